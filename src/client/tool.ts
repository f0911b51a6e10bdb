/** A tool call that is claimed before it acts: of all that claim one key, on any instance, one acts. */
import type { TidemarkClient } from './client.js';
import { newId } from './new-id.js';
import { recordFailed, recordReturned } from './outcome.js';
import type { Recorder } from './recorder.js';

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
  const claimed = { recorder, key, claimId: id };
  let result: T;
  try {
    result = await act(args, recorder.signal);
  } catch (error) {
    await recordFailed(claimed, error);
    throw error;
  }
  await recordReturned(claimed, result);
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
