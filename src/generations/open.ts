/** The generations of a service, as its topic of them says. */
import type { Clock } from '../domain/clock.js';
import type { PositionVector } from '../domain/position.js';
import type { EventLog, RecordReader } from '../log/port.js';
import { type TopicMap, topicAbout } from '../log/topics.js';
import type { Witness } from '../snapshot/witness.js';
import type { StateStore } from '../state/port.js';
import { untilFollowed } from './followed.js';
import { configuredGeneration, type GenerationParts } from './generation.js';
import { GenerationLog } from './generation-log.js';
import { type GenerationEngines, Generations } from './generations.js';
import { GenerationOperations } from './operating.js';

export interface OpeningParts {
  readonly log: EventLog & RecordReader;
  readonly topics: TopicMap;
  readonly state: StateStore;
  readonly journal: { through(): Promise<PositionVector> };
  readonly witness: Pick<Witness, 'end'>;
  readonly clock: Clock;
  /** Absent: there is only the configured one. */
  readonly engines: GenerationEngines | undefined;
  readonly configured: Omit<GenerationParts, 'methodText' | 'model'>;
  readonly tenants: () => readonly string[];
  /** Whether this instance fills what several share. */
  readonly isFilling: () => boolean;
  readonly onFailure: (error: unknown) => void;
}

export interface OpenedGenerations {
  readonly generations: Generations;
  readonly operations: GenerationOperations;
}

/** Rejects with `config_invalid` when the generation that is live on record cannot be opened. */
export async function openGenerations(parts: OpeningParts): Promise<OpenedGenerations> {
  const { log, topics, state, journal, witness, clock, engines, tenants, isFilling, onFailure } = parts;
  const record = await GenerationLog.open({ log, topic: topics.model, clock, onFailure });
  const named = { methodText: engines?.configured ?? 'configured', model: engines?.configuredModel };
  const configured = configuredGeneration({ ...parts.configured, ...named }, state);
  const around = { state, tenants, clock, isFilling, onFailure };
  const generations = await Generations.open({ record, configured, engines, ...around });
  const end = (waitMs: number) => witness.end(waitMs);
  const following = { log, state, journal, end, topic: topicAbout(topics, 'policy').name, clock };
  const followed = () => untilFollowed(following);
  const operations = new GenerationOperations({
    generations,
    record,
    followed,
    pendingCount: () => state.pendingCount(),
  });
  return { generations, operations };
}
