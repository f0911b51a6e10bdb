/** The client: one method for each thing a copilot asks of the service. */
import type {
  ClaimRequest,
  CloudEvent,
  ContextRequest,
  DecisionTrace,
  Operations,
  SearchRequest,
  Snapshot,
  Validity,
  Verdict,
} from './api.generated.js';
import { type ChangeMessage, changes, type Watched } from './changes.js';
import { type Decision, type DecisionOptions, resume } from './decision.js';
import { type Finished, type Run, type RunOptions, withContext } from './run.js';
import { type CallOptions, type CallParts, type ClientOptions, type Operation, Transport } from './transport.js';
import { type WaitOptions, waitForTokens } from './wait.js';

/** What a read waits for in the service before it answers. */
export interface CoverOptions extends CallOptions {
  readonly tokens?: readonly string[] | undefined;
  readonly deadlineMs?: number | undefined;
}

export type Appended = Operations['appendEvents']['reply'];

/**
 * Every method throws `TidemarkProblem` where the service refuses, after having tried again where the problem says that this may
 * help, and the signal's reason where that ends the call.
 */
export class TidemarkClient {
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
  }

  /** What a copilot should know of an account, stamped with the log positions it was built from. */
  context(request: ContextRequest, options?: CallOptions): Promise<Snapshot> {
    return this.#transport.call('snapshotContext', { body: request }, options);
  }

  /** What bears on a question, with the same stamp. */
  search(request: SearchRequest, options?: CallOptions): Promise<Snapshot> {
    return this.#transport.call('search', { body: request }, options);
  }

  /** All of the events or none. A repetition, by `(source, id)`, has one effect, so that sending again is safe. */
  append(events: CloudEvent | readonly CloudEvent[], options: CallOptions = {}): Promise<Appended> {
    const { correlationId } = options;
    const named = (event: CloudEvent) => ({ ...event, correlationid: event.correlationid ?? correlationId });
    const body = isOne(events) ? named(events) : events.map(named);
    return this.#transport.call('appendEvents', { body }, options);
  }

  /** Resolves once what the tokens cover is applied. A read that is given the tokens waits by itself. */
  waitFor(tokens: string | readonly string[], options: WaitOptions = {}): Promise<void> {
    return waitForTokens(this.#transport, typeof tokens === 'string' ? [tokens] : tokens, options);
  }

  /** Tells when accounts move and when snapshots stop being valid, through reconnects. Ends with the signal, or by leaving the loop. */
  changes(watched: Watched, options: CallOptions = {}): AsyncGenerator<ChangeMessage, void, undefined> {
    return changes(this.#transport, watched, options);
  }

  /** A released snapshot, rebuilt. */
  snapshot(id: string, options?: CallOptions): Promise<Snapshot> {
    return this.#transport.call('getSnapshot', { path: { id } }, options);
  }

  /** Whether a snapshot still holds, or what superseded it. */
  validity(id: string, options: CoverOptions = {}): Promise<Validity> {
    const { tokens, deadlineMs } = options;
    return this.#transport.call('snapshotValidity', { path: { id }, query: { token: tokens, deadlineMs } }, options);
  }

  /** Builds a snapshot again from the log and compares. */
  replay(id: string, depth: 'content' | 'full' = 'full', options?: CallOptions): Promise<Verdict> {
    return this.#transport.call('replaySnapshot', { path: { id }, body: { depth } }, options);
  }

  /** Leave to act: `proceed` for the first claim of a key by position, `duplicate` with the outcome for every later one. */
  claim(request: ClaimRequest, options: CallOptions = {}): Promise<Operations['claimToolCall']['reply']> {
    const body = { ...request, correlationId: request.correlationId ?? options.correlationId };
    return this.#transport.call('claimToolCall', { body }, options);
  }

  /** What a decision rested on and what came of it, from the records of the log; what is missing is named under `gaps`. */
  trace(decision: string, options?: CallOptions): Promise<DecisionTrace> {
    return this.#transport.call('traceDecision', { path: { id: decision } }, options);
  }

  /**
   * Does a task on record: writes `task.started`, reads the context, lets `act` use its tools and decide, and writes `task.finished`
   * with the records of the run, or `task.failed` when `act` throws. All of it under one correlation id.
   */
  withContext<T>(
    request: ContextRequest,
    act: (run: Run) => Promise<T> | T,
    options: RunOptions = {},
  ): Promise<Finished<T>> {
    return withContext(this, request, act, options);
  }

  /** Goes on with a decision that was proposed elsewhere, such as where a person approves it: writes what follows, and nothing yet. */
  decision(id: string, options: DecisionOptions): Decision {
    return resume(this, id, options);
  }

  /** Any operation of the API that has no method of its own, by its `operationId`. */
  call<O extends Operation>(
    operation: O,
    parts: CallParts & Partial<Pick<Operations[O], 'path' | 'query' | 'body'>>,
    options?: CallOptions,
  ): Promise<Operations[O]['reply']> {
    return this.#transport.call(operation, parts, options);
  }
}

function isOne(events: CloudEvent | readonly CloudEvent[]): events is CloudEvent {
  return !Array.isArray(events);
}
