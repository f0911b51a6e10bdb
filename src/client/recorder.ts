/** Writes down what one run does: events under one correlation id, and where each of them came to lie. */
import type { CloudEvent } from './api.generated.js';
import type { Appended, TidemarkClient } from './client.js';
import { clientLimits } from './limits.js';
import { newId } from './new-id.js';
import type { CallOptions } from './transport.js';

/** An event before it has a name. */
export interface Fact {
  readonly type: string;
  /** The workflow, the idempotency key or the decision, by the class of the event. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The id of the event that led to this one. */
  readonly causedBy?: string | undefined;
}

export interface RecorderParts {
  readonly client: Pick<TidemarkClient, 'append'>;
  /** Of the events: with their ids it names them. */
  readonly source: string;
  readonly correlationId: string;
  readonly signal?: AbortSignal | undefined;
}

export class Recorder {
  readonly correlationId: string;
  /** `topic:partition:offset` of everything written, in order. */
  readonly positions: string[] = [];
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.correlationId = parts.correlationId;
    this.#parts = parts;
  }

  get signal(): AbortSignal | undefined {
    return this.#parts.signal;
  }

  /** All of the facts or none; their ids, in order. */
  async write(facts: readonly Fact[], options: CallOptions = { signal: this.signal }): Promise<readonly string[]> {
    const events = facts.map((fact) => this.#eventOf(fact));
    this.note(await this.#parts.client.append(events, options));
    return events.map(({ id }) => id);
  }

  /** What has happened is written down although the run has been ended: for that it gets some time of its own. */
  async writeLast(facts: readonly Fact[], patienceMs: number = clientLimits.farewellMs): Promise<readonly string[]> {
    return this.write(facts, { signal: AbortSignal.timeout(patienceMs), patienceMs });
  }

  /** Positions of records that others than this class have written for the run. */
  note({ events }: Pick<Appended, 'events'>): readonly string[] {
    const written = events.map(({ position }) => positionText(position));
    this.positions.push(...written);
    return written;
  }

  #eventOf({ type, subject, data, causedBy }: Fact): CloudEvent {
    return {
      ...{ specversion: '1.0', id: newId(), source: this.#parts.source, type, subject },
      ...{ time: new Date().toISOString(), correlationid: this.correlationId },
      ...(causedBy === undefined ? {} : { causationid: causedBy }),
      data,
    };
  }
}

export function positionText({ topic, partition, offset }: Appended['events'][number]['position']): string {
  return `${topic}:${partition}:${offset}`;
}
