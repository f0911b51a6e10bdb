/** Reads a request's body: bounded, of a known media type, as JSON without surprises. */
import type { JsonValue } from '../domain/canonical.js';
import { readJson } from '../domain/json.js';
import { rejectionAdvice } from '../domain/rejection.js';
import type { ErrorFacts } from '../errors.js';
import { limits } from '../limits.js';
import { type Problem, problem } from './problems.js';
import type { ApiRequest } from './request.js';

export interface Body {
  readonly kind: 'body';
  readonly mediaType: string;
  /** Undefined when the body is empty. */
  readonly value: JsonValue | undefined;
}

export async function readBody(request: ApiRequest, mediaTypes: readonly string[]): Promise<Body | Problem> {
  const bytes = await readBytes(request);
  if ('kind' in bytes) return bytes;
  const type = request.header('content-type');
  if (bytes.length === 0 && type === undefined) return { kind: 'body', mediaType: '', value: undefined };
  const mediaType = mediaTypeOf(type ?? '');
  const encoding = request.header('content-encoding') ?? 'identity';
  if (mediaType === undefined || !mediaTypes.includes(mediaType) || encoding !== 'identity') {
    return type === undefined ? typeMissing(mediaTypes) : unsupported(mediaTypes);
  }
  if (bytes.length === 0) return { kind: 'body', mediaType, value: undefined };
  const reading = readJson(bytes);
  if (reading.ok) return { kind: 'body', mediaType, value: reading.value };
  const { reason, detail } = reading.rejection;
  if (reason === 'too_large') return tooLarge(detail, { valuesMax: limits.jsonValuesMax });
  // What is said of a record speaks of redriving it.
  const advice = reason === 'not_json' ? 'Send valid JSON (RFC 8259) as the body.' : rejectionAdvice[reason];
  return problem({ code: 'request_malformed', message: detail, advice, retriable: false, facts: { reason } });
}

/** Undefined for a charset other than UTF-8, which RFC 8259 section 8.1 asks for. */
function mediaTypeOf(header: string): string | undefined {
  // What nearly every request says, and there is nothing in it to take apart.
  if (header === 'application/json') return header;
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return charset === undefined || /^charset="?utf-8"?$/.test(charset) ? type : undefined;
}

async function readBytes(request: ApiRequest): Promise<Uint8Array | Problem> {
  try {
    return (await request.bytes(limits.requestBytesMax)) ?? tooLarge();
  } catch {
    const advice = 'Send the whole body again.';
    return problem({ code: 'request_malformed', message: 'the body ended early', advice, retriable: true });
  }
}

function tooLarge(
  message = 'the body is longer than the limit',
  facts: ErrorFacts = { bytesMax: limits.requestBytesMax },
): Problem {
  return problem({
    code: 'request_too_large',
    message,
    advice: 'Send fewer events at once; keep large content elsewhere and send a pointer with its hash.',
    retriable: false,
    facts,
    // What was not read is still in the connection: it ends here, and the client is told so.
    headers: { connection: 'close' },
  });
}

function typeMissing(mediaTypes: readonly string[]): Problem {
  return problem({
    code: 'media_type_unsupported',
    message: 'the request has a body and no content-type header',
    advice: `Add the header "content-type: ${mediaTypes[0]}", or another of the types named.`,
    retriable: false,
    facts: { mediaTypes },
  });
}

function unsupported(mediaTypes: readonly string[]): Problem {
  return problem({
    code: 'media_type_unsupported',
    message: 'the content type, its charset or the content encoding is not one this address reads',
    advice: 'Send one of the types named, in UTF-8 and without content encoding.',
    retriable: false,
    facts: { mediaTypes },
  });
}
