/** A task of an agent from its start to its end, with everything it does on record under one correlation id. */
import type { CloudEvent, ContextRequest, Snapshot } from './api.generated.js';
import type { Appended, TidemarkClient } from './client.js';
import { Decision, type Proposal } from './decision.js';
import { clientLimits } from './limits.js';
import { newId } from './new-id.js';
import { errorFact } from './outcome.js';
import { TidemarkProblem } from './problem.js';
import { Recorder } from './recorder.js';
import { callTool, keyOf, type ToolCall, type ToolOutcome, type Unanswered } from './tool.js';

export interface RunOptions {
  /** What the task is, for those who read the trace. */
  readonly task?: string | undefined;
  /** Of the workflow the task belongs to; without it, one of its own. */
  readonly workflow?: string | undefined;
  /** Where the task is part of something larger that has one. */
  readonly correlationId?: string | undefined;
  /** CloudEvents `source` of what the run writes: the program that runs it. */
  readonly source?: string | undefined;
  /** Ends the run: its calls reject with the signal's reason, and the task is recorded as failed. */
  readonly signal?: AbortSignal | undefined;
}

export interface Finished<T> {
  readonly value: T;
  readonly correlationId: string;
  readonly workflow: string;
  readonly snapshot: Snapshot;
  /** `topic:partition:offset` of all that the run has written, the end of the task included. */
  readonly records: readonly string[];
}

interface RunParts {
  readonly client: TidemarkClient;
  readonly recorder: Recorder;
  readonly workflow: string;
  readonly snapshot: Snapshot;
  /** The id of `task.started`. */
  readonly started: string | undefined;
}

/** What the task is done with. */
export class Run {
  /** What the copilot knows; `messages` of a prompt that was asked for are in it. */
  readonly snapshot: Snapshot;
  readonly correlationId: string;
  readonly workflow: string;
  readonly #parts: RunParts;
  readonly #keys = new Set<string>();
  readonly #unanswered: Unanswered = new Map();

  constructor(parts: RunParts) {
    this.snapshot = parts.snapshot;
    this.correlationId = parts.recorder.correlationId;
    this.workflow = parts.workflow;
    this.#parts = parts;
  }

  get signal(): AbortSignal | undefined {
    return this.#parts.recorder.signal;
  }

  /** Claims `key`, and acts only where nobody has claimed it before. After a claim that nobody answered, to call it again is safe. */
  tool<A, T>(name: string, args: A, key: ToolCall<A, T>['key'], act: ToolCall<A, T>['act']): Promise<ToolOutcome<T>> {
    return this.#tool({ name, args, key, act }, {});
  }

  /** Appends events of the business, as part of what the task does; their positions are what a decision `wrote`. */
  async append(events: readonly CloudEvent[]): Promise<Appended & { readonly positions: readonly string[] }> {
    const { client, recorder } = this.#parts;
    const own = events.map((event) => ({ ...event, correlationid: this.correlationId }));
    const appended = await client.append(own, { signal: this.signal });
    return { ...appended, positions: recorder.note(appended) };
  }

  /** Proposes a decision that rests on the snapshot and on the tool calls so far. */
  async propose(proposal: Proposal): Promise<Decision> {
    const { recorder, started } = this.#parts;
    const { id = newId(), action, rationale, approval = 'none', askedOf } = proposal;
    const { snapshots = [this.snapshot.id], toolCalls = [...this.#keys] } = proposal;
    const why = rationale === undefined ? {} : { rationale };
    const { prompt } = this.snapshot.stamp;
    const asking = prompt === undefined ? {} : { prompt };
    const data = { action, snapshots, toolCalls, ...why, ...asking, approval };
    const asked = { decision: id, ...(askedOf === undefined ? {} : { from: askedOf }) };
    const [last = ''] = await recorder.write([
      { type: 'decision.proposed', subject: id, data, causedBy: started },
      ...(approval === 'required'
        ? [{ type: 'approval.requested', subject: this.workflow, data: asked, causedBy: started }]
        : []),
    ]);
    return new Decision(id, last, recorder, (call, decision) => this.#tool(call, { decision }));
  }

  async #tool<A, T>(call: ToolCall<A, T>, ground: { readonly decision?: string }): Promise<ToolOutcome<T>> {
    const { client, recorder, started } = this.#parts;
    this.#keys.add(keyOf(call));
    const own = { snapshots: [this.snapshot.id], causedBy: started, unanswered: this.#unanswered };
    return callTool(client, recorder, call, { ...ground, ...own });
  }
}

/** See `TidemarkClient.withContext`. */
export async function withContext<T>(
  client: TidemarkClient,
  request: ContextRequest,
  act: (run: Run) => Promise<T> | T,
  options: RunOptions,
): Promise<Finished<T>> {
  const { source = 'tidemark-client', workflow = newId(), signal } = options;
  const { correlationId = request.correlationId ?? newId() } = options;
  const recorder = new Recorder({ client, source, correlationId, signal });
  const task = options.task === undefined ? {} : { task: options.task };
  const [started] = await recorder.write([{ type: 'task.started', subject: workflow, data: task }]);
  const ending = (type: string, data: Readonly<Record<string, unknown>>) =>
    recorder.writeLast([{ type, subject: workflow, data, causedBy: started }]);
  const acted = async () => {
    const snapshot = await client.context({ ...request, correlationId }, { signal });
    return { snapshot, value: await act(new Run({ client, recorder, workflow, snapshot, started })) };
  };
  const { snapshot, value } = await acted().catch(async (error: unknown) => {
    // Where even this cannot be written, the log shows a task that never ended, which is so; the first error says more.
    await ending('task.failed', { error: errorFact(error) }).catch(() => undefined);
    throw error;
  });
  const finished = { value, correlationId, workflow, snapshot, records: recorder.positions };
  await ending('task.finished', endOf(recorder.positions)).catch((cause: unknown) => {
    throw unended(finished, cause);
  });
  return finished;
}

/** What was done is not lost with the record of its end. */
function unended<T>(finished: Finished<T>, cause: unknown): TidemarkProblem {
  return new TidemarkProblem({
    code: 'end_unrecorded',
    message: 'the task is done, and its end could not be recorded',
    advice: 'Do not do it again: append task.finished for this workflow once the service can be reached.',
    retriable: false,
    facts: { ...finished },
    cause,
  });
}

/** The newest, where there are more than an event may name: the others are found by their correlation id. */
function endOf(positions: readonly string[]): Readonly<Record<string, unknown>> {
  const records = positions.slice(-clientLimits.recordsNamedMax);
  return { outcome: 'done', records, recordCount: positions.length };
}
