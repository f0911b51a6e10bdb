/** A tool call that is claimed before it acts: of all that claim one key, on any instance, one acts. */
import type { TidemarkClient } from './client.js';
import { clientLimits } from './limits.js';
import { newId } from './new-id.js';
import { TidemarkProblem } from './problem.js';
import { errorFact, type Recorder } from './recorder.js';

export interface ToolCall<A, T> {
  readonly name: string;
  readonly args: A;
  /** The same for every attempt at the same effect, such as `refund/I-81`. */
  readonly key: string;
  readonly act: (args: A, signal: AbortSignal | undefined) => Promise<T> | T;
}

/** What the call rests on and belongs to. */
export interface ToolGround {
  readonly snapshots?: readonly string[];
  readonly decision?: string;
  readonly causedBy?: string | undefined;
}

export type ToolOutcome<T> =
  | { readonly kind: 'acted'; readonly result: T }
  /** Somebody has claimed the key before: nothing was done now. `unknown` while that call runs, or when its end was lost. */
  | { readonly kind: 'duplicate'; readonly status: 'unknown' }
  | { readonly kind: 'duplicate'; readonly status: 'returned'; readonly result: unknown }
  | { readonly kind: 'duplicate'; readonly status: 'failed'; readonly error: unknown };

/**
 * Acts at most once per key. Rethrows what `act` throws, after `tool.failed` is on record. A process that dies between the two leaves
 * a claim without an outcome: whether it acted is not known, so nobody else acts, and a person has to look.
 */
export async function callTool<A, T>(
  client: Pick<TidemarkClient, 'claim'>,
  recorder: Recorder,
  call: ToolCall<A, T>,
  ground: ToolGround,
): Promise<ToolOutcome<T>> {
  const { name, args, key, act } = call;
  // A name of its own, so that a reply that was lost can be asked for again and is not taken for somebody else's claim.
  const id = newId();
  const { causedBy, ...named } = ground;
  const cause = causedBy === undefined ? {} : { causationId: causedBy };
  const claim = { idempotencyKey: key, tool: name, arguments: args, id, ...named, ...cause };
  const told = await client.claim({ ...claim, correlationId: recorder.correlationId }, { signal: recorder.signal });
  recorder.note({ events: [{ status: 'appended', position: told.position }] });
  if (told.outcome === 'duplicate') return duplicateOf(told.first);
  let result: T;
  try {
    result = await act(args, recorder.signal);
  } catch (error) {
    const failed = { type: 'tool.failed', subject: key, data: { error: errorFact(error) }, causedBy: id };
    await recorder.writeLast([failed]);
    throw error;
  }
  const returned = { type: 'tool.returned', subject: key, data: await resultFact(result), causedBy: id };
  await recorder.writeLast([returned]).catch((cause: unknown) => {
    throw unrecorded(key, result, cause);
  });
  return { kind: 'acted', result };
}

type First = Extract<Awaited<ReturnType<TidemarkClient['claim']>>, { outcome: 'duplicate' }>['first'];

function duplicateOf(first: First): Extract<ToolOutcome<never>, { kind: 'duplicate' }> {
  switch (first.status) {
    case 'returned':
      return { kind: 'duplicate', status: 'returned', result: first.result ?? first.resultRef ?? null };
    case 'failed':
      return { kind: 'duplicate', status: 'failed', error: first.error };
    default:
      return { kind: 'duplicate', status: 'unknown' };
  }
}

/** A result too large for an event is told by its hash. */
async function resultFact(result: unknown): Promise<Readonly<Record<string, unknown>>> {
  const text = JSON.stringify(result ?? null);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= clientLimits.resultBytesMax) return { result: JSON.parse(text) };
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { resultRef: { hash: `sha256-${hash}`, bytes: bytes.length } };
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
