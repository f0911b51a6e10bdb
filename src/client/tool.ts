/** A tool call that is claimed before it acts: of all that claim one key, on any instance, one acts. */
import type { TidemarkClient } from './client.js';
import { newId } from './new-id.js';
import { recordFailed, recordReturned } from './outcome.js';
import { TidemarkProblem } from './problem.js';
import type { Recorder } from './recorder.js';

/** The same key for every attempt at the same effect, such as `refund/I-81`. */
export interface NamedKey {
  readonly key: string;
  /**
   * Of the claim itself, random and kept by the caller: a process that starts anew, and does not know what was answered, makes the
   * same claim again under it. Only the one that acts may know it.
   */
  readonly claimId: string;
}

/** Claims that were sent and not answered, by key. Whoever makes one again takes it out: of two at once, one is new. */
export type Unanswered = Map<string, string>;

export interface ToolCall<A, T> {
  readonly name: string;
  readonly args: A;
  readonly key: string | NamedKey;
  readonly act: (args: A, signal: AbortSignal | undefined) => Promise<T> | T;
}

/** What the call rests on and belongs to. */
export interface ToolGround {
  readonly snapshots?: readonly string[];
  readonly decision?: string;
  readonly causedBy?: string | undefined;
  readonly unanswered: Unanswered;
}

export type ToolOutcome<T> =
  | { readonly kind: 'acted'; readonly result: T }
  /** Somebody has claimed the key before: nothing was done now. `unknown` while that call runs, or when its end was lost. */
  | { readonly kind: 'duplicate'; readonly status: 'unknown' }
  | { readonly kind: 'duplicate'; readonly status: 'returned'; readonly result: unknown }
  | { readonly kind: 'duplicate'; readonly status: 'failed'; readonly error: unknown };

/**
 * Acts at most once per key, and throws `idempotency_key_reused` when the key stands for another call. Rethrows what `act` throws, after `tool.failed` is on record. A process that dies between the two leaves
 * a claim without an outcome: whether it acted is not known, so nobody else acts, and a person has to look.
 */
export async function callTool<A, T>(
  client: Pick<TidemarkClient, 'claim'>,
  recorder: Recorder,
  call: ToolCall<A, T>,
  ground: ToolGround,
): Promise<ToolOutcome<T>> {
  const { args, act } = call;
  const { id, told } = await claimOf(client, recorder, call, ground);
  if (told.outcome === 'duplicate') return duplicateOf(told.first, call.name);
  const claimed = { recorder, key: keyOf(call), claimId: id };
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

/** Under a name of its own, so that a claim whose reply was lost is made again and is not taken for somebody else's. */
async function claimOf<A, T>(
  client: Pick<TidemarkClient, 'claim'>,
  recorder: Recorder,
  call: ToolCall<A, T>,
  { causedBy, unanswered, ...named }: ToolGround,
) {
  const key = keyOf(call);
  const id = typeof call.key === 'object' ? call.key.claimId : (unanswered.get(key) ?? newId());
  unanswered.delete(key);
  const cause = causedBy === undefined ? {} : { causationId: causedBy };
  const claim = { idempotencyKey: key, tool: call.name, arguments: call.args, id, ...named, ...cause };
  try {
    const told = await client.claim({ ...claim, correlationId: recorder.correlationId }, { signal: recorder.signal });
    recorder.note({ events: [{ status: 'appended', position: told.position }] });
    return { id, told };
  } catch (error) {
    // What is refused for good was answered: its name stands for nothing.
    if (!(error instanceof TidemarkProblem) || error.retriable) unanswered.set(key, id);
    throw error;
  }
}

export function keyOf({ key }: Pick<ToolCall<never, never>, 'key'>): string {
  return typeof key === 'string' ? key : key.key;
}

type First = Extract<Awaited<ReturnType<TidemarkClient['claim']>>, { outcome: 'duplicate' }>['first'];

/** Throws `idempotency_key_reused` where the key stands for another call: its outcome is not this one's. */
function duplicateOf(first: First, tool: string): Extract<ToolOutcome<never>, { kind: 'duplicate' }> {
  if (first.mismatch === true) {
    throw new TidemarkProblem({
      code: 'idempotency_key_reused',
      message: 'the key was claimed before for another tool or with other arguments; nothing was done',
      advice: 'Give each effect a key of its own.',
      retriable: false,
      facts: { tool, firstTool: first.tool, firstPosition: first.position },
    });
  }
  switch (first.status) {
    case 'returned':
      return { kind: 'duplicate', status: 'returned', result: first.result ?? first.resultRef ?? null };
    case 'failed':
      return { kind: 'duplicate', status: 'failed', error: first.error };
    default:
      return { kind: 'duplicate', status: 'unknown' };
  }
}
