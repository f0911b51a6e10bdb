/** One decision, from its proposal to what came of it. Each of its events says which one it follows. */
import type { TidemarkClient } from './client.js';
import { Recorder } from './recorder.js';
import { callTool, keyOf, type ToolCall, type ToolOutcome } from './tool.js';

export interface Proposal {
  /** What is to be done, in words. */
  readonly action: string;
  readonly rationale?: string | undefined;
  /** `required`: a person has to say yes or no before it is executed. */
  readonly approval?: 'required' | 'none' | undefined;
  /** Who is asked for it. */
  readonly askedOf?: string | undefined;
  /** What it rests on; without it the snapshot of the run. */
  readonly snapshots?: readonly string[] | undefined;
  /** Keys of the tool calls it rests on; without it those of the run so far. */
  readonly toolCalls?: readonly string[] | undefined;
  /** Of the decision, where it has one already. */
  readonly id?: string | undefined;
}

export interface Override {
  /** A person. */
  readonly by: string;
  readonly reason: string;
  /** What is to be done instead; without it, nothing is. */
  readonly replacement?: unknown;
}

export interface Effect {
  /** `topic:partition:offset` of the records it wrote. */
  readonly wrote?: readonly string[] | undefined;
  readonly toolCalls?: readonly string[] | undefined;
}

/** What a process has to know of a decision to go on with it. */
export interface DecisionOptions {
  /** Of the run that proposed it. */
  readonly correlationId: string;
  /** The id of its newest event, which the next one follows. */
  readonly last: string;
  /** What its tool calls rest on. */
  readonly snapshots?: readonly string[] | undefined;
  /** CloudEvents `source` of what is written: the program that goes on with it. */
  readonly source?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** See `TidemarkClient.decision`. */
export function resume(client: TidemarkClient, id: string, options: DecisionOptions): Decision {
  const { correlationId, last, snapshots = [], source = 'tidemark-client', signal } = options;
  const recorder = new Recorder({ client, source, correlationId, signal });
  // The same whatever is written of the decision meanwhile: a claim that is made again is the same claim.
  const ground = { decision: id, snapshots, causedBy: last, unanswered: new Map() };
  return new Decision(id, last, recorder, (call) => callTool(client, recorder, call, ground));
}

type CallTool = <A, T>(call: ToolCall<A, T>, decision: string) => Promise<ToolOutcome<T>>;

export class Decision {
  readonly id: string;
  readonly #recorder: Recorder;
  readonly #callTool: CallTool;
  readonly #acted: string[] = [];
  #last: string;

  /** `last`: the id of its newest event. */
  constructor(id: string, last: string, recorder: Recorder, callTool: CallTool) {
    this.id = id;
    this.#last = last;
    this.#recorder = recorder;
    this.#callTool = callTool;
  }

  /** The id of its newest event: with it and `correlationId` another process goes on, by `TidemarkClient.decision`. */
  get last(): string {
    return this.#last;
  }

  get correlationId(): string {
    return this.#recorder.correlationId;
  }

  approved(by: string): Promise<void> {
    return this.#write('decision.approved', { by });
  }

  overridden({ by, reason, replacement }: Override): Promise<void> {
    return this.#write('decision.overridden', {
      by,
      reason,
      ...(replacement === undefined ? {} : { replacement }),
    });
  }

  /** Carries it out through a tool, which is claimed like any other. */
  async tool<A, T>(
    name: string,
    args: A,
    key: ToolCall<A, T>['key'],
    act: ToolCall<A, T>['act'],
  ): Promise<ToolOutcome<T>> {
    const call = { name, args, key, act };
    const outcome = await this.#callTool(call, this.id);
    if (outcome.kind === 'acted') this.#acted.push(keyOf(call));
    return outcome;
  }

  /** Without `toolCalls`: those that have acted through `tool`. */
  executed({ wrote = [], toolCalls = this.#acted }: Effect = {}): Promise<void> {
    return this.#write('decision.executed', { wrote, toolCalls });
  }

  compensated(reason: string, wrote: readonly string[] = []): Promise<void> {
    return this.#write('decision.compensated', { reason, wrote });
  }

  async #write(type: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    const fact = { type, subject: this.id, data: { ...data, follows: this.#last }, causedBy: this.#last };
    const [id] = await this.#recorder.write([fact]);
    this.#last = id ?? this.#last;
  }
}
