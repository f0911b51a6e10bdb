/** A set-up: what a suite evaluates. Two that are compared differ in it and in nothing else. */
import type { Clock } from '../../src/domain/clock.js';
import type { NewRecord } from '../../src/log/port.js';
import type { TopicMap } from '../../src/log/topics.js';
import type { Engines } from '../../src/pipeline.js';
import type { Inputs } from '../../src/prompts/inputs.js';
import type { TurnWeights } from '../../src/retrieval/conversation.js';
import type { Lag } from './lag.js';

/** Numbers that take the place of the default's. */
export interface RankingChoice {
  readonly denseShare?: number | undefined;
  readonly lexicalShare?: number | undefined;
  readonly turns?: { readonly [Weight in keyof TurnWeights]?: number | undefined } | undefined;
}

/** Passages that are cut by characters. */
export interface PassagesChoice {
  readonly charsMax?: number | undefined;
  readonly titleCharsMax?: number | undefined;
}

/** A prompt whose messages are rendered into every context. */
export interface PromptChoice {
  readonly id: string;
  /** Null: the newest. */
  readonly version: string | null;
  /** Null: the prompt of this name without a variant. */
  readonly variant: string | null;
  readonly input: Inputs;
}

export interface Setup {
  readonly name: string;
  /** As the setting EMBEDDER takes it. */
  readonly embedder: string;
  /** A name of `varied.ts`, or numbers. Null: the default. */
  readonly ranking: string | RankingChoice | null;
  readonly passages: string | PassagesChoice | null;
  /** Null: none is rendered. */
  readonly prompt: PromptChoice | null;
  /** A file of policy events that take the place of the stream's. */
  readonly policies: string | null;
  /** Null: what has arrived is folded and indexed before anything is asked. */
  readonly lag: Lag | null;
}

export const lexicalSetup: Setup = {
  name: 'lexical',
  embedder: 'lexical',
  ranking: null,
  passages: null,
  prompt: null,
  policies: null,
  lag: null,
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
