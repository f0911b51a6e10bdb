/** What must hold of every answer, however bad the question was: it is an answer, or a problem that says what to do next. */
import { problemTypes } from '../../src/api/problems.js';
import type { JsonObject, JsonValue } from '../../src/domain/canonical.js';
import { isJsonObject } from '../../src/domain/json.js';
import { rejectionAdvice } from '../../src/domain/rejection.js';
import type { ErrorCode } from '../../src/errors.js';

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty when the answer is no JSON object. */
  readonly body: JsonObject;
}

/** A problem may be 503 only for these: the state is not where the caller wants it, which no question's form can be blamed for. */
const askAgain: readonly ErrorCode[] = ['behind', 'stale'];

/** What is wrong with an answer; undefined when nothing is. */
export function faultOf(heard: Heard): string | undefined {
  const { status, headers, text } = heard;
  if (headers.get('x-request-id') === null) return `${status} without a request id`;
  if (status < 400) return undefined;
  const fault = faultOfProblem(heard);
  return fault === undefined ? undefined : `${status}: ${fault}: ${text.slice(0, 300)}`;
}

function faultOfProblem({ status, headers, body }: Heard): string | undefined {
  const code = isErrorCode(body.code) ? body.code : undefined;
  if (headers.get('content-type') !== 'application/problem+json') return 'no problem';
  if (code === undefined) return 'no known code';
  if (problemTypes[code].status !== status || body.status !== status) return 'another status than its code has';
  if (status >= 500 && !askAgain.includes(code)) return 'a fault of ours';
  if (body.requestId !== headers.get('x-request-id')) return 'another request id than its header';
  for (const member of ['type', 'title', 'detail', 'instance', 'advice']) {
    if (typeof body[member] !== 'string' || body[member] === '') return `no ${member}`;
  }
  if (typeof body.retriable !== 'boolean') return 'does not say whether to try again';
  return saysWhere(code, body) ? undefined : 'names no member';
}

/** A fault inside the request is named by the place where it is. */
function saysWhere(code: ErrorCode, { errors, facts }: JsonObject): boolean {
  if (code === 'request_malformed') return isJsonObject(facts) && typeof facts.reason === 'string';
  if (code !== 'request_invalid' && code !== 'event_rejected') return true;
  const named = Array.isArray(errors) ? errors : [];
  return named.length > 0 && named.every((error) => isJsonObject(error) && isPlaced(error));
}

function isPlaced({ in: where, pointer, detail }: JsonObject): boolean {
  const known = typeof where === 'string' && ['body', 'query', 'path'].includes(where);
  return known && typeof pointer === 'string' && /^(\/|$)/.test(pointer) && typeof detail === 'string' && detail !== '';
}

/** What is wrong with a rejected event as it is shown; undefined when it says why, where and what to do. */
export function faultOfLetter(letter: JsonValue): string | undefined {
  if (!isJsonObject(letter)) return 'no object';
  const { id, position, reason, detail, advice } = letter;
  if (typeof reason !== 'string' || !Object.hasOwn(rejectionAdvice, reason))
    return `no known reason: ${String(reason)}`;
  if (typeof detail !== 'string' || detail === '') return `${reason} without detail`;
  if (typeof advice !== 'string' || advice === '') return `${reason} without advice`;
  if (!isJsonObject(position)) return `${reason} without a position`;
  const { topic, partition, offset } = position;
  return `${String(topic)}:${String(partition)}:${String(offset)}` === id ? undefined : `${reason} at another position`;
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(problemTypes, code);
}
