/** What `npm run eval` runs: the demo world, and the data sets where they are. Each has its suite in `eval/suites`. */
import { banking77 } from '../streams/adapters/banking77.js';
import { mtragUn, mtragUnLastTurns } from '../streams/adapters/mtrag-un.js';
import { tauScenarios } from '../streams/adapters/tau-scenarios.js';
import { demoSource } from '../streams/demo-source.js';
import type { StreamSource } from '../streams/source.js';

export const setupNames = ['lexical', 'minilm', 'dense'] as const;
/** `dense`: the same model and passages, and nothing but the cosine: the single retriever that the fusion is held against. */
export type SetupName = (typeof setupNames)[number];

export interface QualitySet {
  /** Of the suite and its baselines. */
  readonly name: string;
  /** Null: needs nothing beside the repository. */
  readonly source:
    | { readonly kind: 'own'; open(): StreamSource }
    | { readonly kind: 'data'; open(data: string): StreamSource };
  readonly setups: readonly SetupName[];
}

export const sets: readonly QualitySet[] = [
  { name: 'demo', source: { kind: 'own', open: demoSource }, setups: ['lexical', 'minilm'] },
  { name: 'tau-banking', source: { kind: 'data', open: tauScenarios }, setups: setupNames },
  { name: 'mtrag-un', source: { kind: 'data', open: mtragUn }, setups: setupNames },
  { name: 'mtrag-un-last-turns', source: { kind: 'data', open: mtragUnLastTurns }, setups: setupNames },
  { name: 'banking77', source: { kind: 'data', open: banking77 }, setups: setupNames },
];
