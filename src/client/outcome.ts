/** Writes down what came of a tool call. It has happened: nothing about its form may keep it from the log. */
import { clientLimits } from './limits.js';
import { TidemarkProblem } from './problem.js';
import type { Recorder } from './recorder.js';

type Data = Readonly<Record<string, unknown>>;

export interface Claimed {
  readonly recorder: Recorder;
  readonly key: string;
  /** The id of the event that claimed it. */
  readonly claimId: string;
}

/** Throws `outcome_unrecorded`, which holds the result. */
export async function recordReturned(claimed: Claimed, result: unknown): Promise<void> {
  try {
    await write(claimed, 'tool.returned', await resultFact(result)).catch((error: unknown) => {
      if (!(error instanceof TidemarkProblem) || error.retriable) throw error;
      return write(claimed, 'tool.returned', omitted(`the service refuses it: ${error.code}`));
    });
  } catch (cause) {
    throw unrecorded(claimed.key, result, cause);
  }
}

/** Never rejects: the error of the tool says more than why it could not be recorded, which it is given as `suppressed`. */
export async function recordFailed(claimed: Claimed, error: unknown): Promise<void> {
  await write(claimed, 'tool.failed', { error: errorFact(error) }).catch((suppressed: unknown) => {
    if (typeof error !== 'object' || error === null) return;
    // As the `SuppressedError` of ECMAScript has it. An error that is frozen stays as it is.
    Reflect.defineProperty(error, 'suppressed', { value: suppressed, configurable: true, enumerable: true });
  });
}

/** What the log is told of an error, whatever was thrown. */
export function errorFact(error: unknown): Data {
  try {
    const message = error instanceof Error ? error.message : String(error);
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    const known = isCode(code) ? { code } : {};
    return message === '' ? known : { ...known, message: cut(message) };
  } catch {
    // It has no text, or throws when it is looked at.
    return {};
  }
}

function isCode(code: unknown): code is string {
  return typeof code === 'string' && code !== '' && code.length <= clientLimits.codeCharsMax && !halves.test(code);
}

/** Unpaired surrogates: they have no UTF-8 form, and the service refuses them. */
const halves = /\p{Surrogate}/u;

/** A cut may go through a character of two units. */
function cut(message: string): string {
  return message.slice(0, clientLimits.messageCharsRecordedMax).replaceAll(new RegExp(halves, 'gu'), '\ufffd');
}

async function write({ recorder, key, claimId }: Claimed, type: string, data: Data): Promise<void> {
  await recorder.writeLast([{ type, subject: key, data, causedBy: claimId }], clientLimits.outcomeMs);
}

/** A result too large for an event is told by its hash. */
async function resultFact(result: unknown): Promise<Data> {
  const text = jsonOf(result ?? null);
  if (text === undefined) return omitted('it is no JSON');
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= clientLimits.resultBytesMax) return { result: JSON.parse(text) };
  // Browsers give it to pages of secure origins only.
  const { subtle }: Partial<Pick<typeof crypto, 'subtle'>> = crypto;
  if (subtle === undefined) return omitted(`it has ${bytes.length} bytes, and there is nothing to hash them with`);
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { resultRef: { hash: `sha256-${hash}`, bytes: bytes.length } };
}

function jsonOf(result: unknown): string | undefined {
  try {
    return JSON.stringify(result);
  } catch {
    return undefined;
  }
}

/** Stands for a result that the log cannot hold, so that the key has a return all the same. */
function omitted(reason: string): Data {
  return { result: { omitted: reason } };
}

function unrecorded(idempotencyKey: string, result: unknown, cause: unknown): TidemarkProblem {
  return new TidemarkProblem({
    code: 'outcome_unrecorded',
    message: 'the tool has acted, and what it returned could not be recorded',
    advice: 'Do not act again: append tool.returned for this key once the service can be reached.',
    retriable: false,
    facts: { idempotencyKey, result },
    cause,
  });
}
