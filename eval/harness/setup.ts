/** A set-up: what a suite evaluates. Two that are compared differ in it and in nothing else. */
import type { Clock } from '../../src/domain/clock.js';
import type { NewRecord } from '../../src/log/port.js';
import type { TopicMap } from '../../src/log/topics.js';
import type { Engines } from '../../src/pipeline.js';

export interface Setup {
  readonly name: string;
  /** As the setting EMBEDDER takes it. */
  readonly embedder: string;
  /** By the name that `main` knows it by. Null: the default one. */
  readonly ranking: string | null;
  readonly passages: string | null;
  /** Name of a prompt, whose messages are rendered into every context. */
  readonly prompt: string | null;
  /** A file of policy events that take the place of the stream's. */
  readonly policies: string | null;
}

export const lexicalSetup: Setup = {
  name: 'lexical',
  embedder: 'lexical',
  ranking: null,
  passages: null,
  prompt: null,
  policies: null,
};

/** Everything of the service that a world is played into: empty, in memory, by the clock that the harness drives. */
export interface WorldEngines {
  readonly engines: Engines;
  close(): Promise<void>;
}

export interface WorldWish {
  readonly clock: Clock;
  /** Of the log: the same in every run, because every snapshot names it. */
  readonly logId: string;
  readonly topics: TopicMap;
  /** Where a record belongs that its source has in a partition of its own; undefined: where its key says. */
  readonly partitionOf: (record: NewRecord) => number | undefined;
}

/** Implemented in `src/main`, which knows the engines. */
export interface EvaluationEngines {
  /** Rejects with `config_invalid` for a model or a rule that is not there. */
  open(setup: Setup, wish: WorldWish): Promise<WorldEngines>;
}
