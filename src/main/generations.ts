/** How the generations beside the configured one come about: a method by its name, and an index for it where the configured one has its. */
import { MemoryIndex } from '../../connectors/memory/index.js';
import type { Notice } from '../cli/composition.js';
import type { Config } from '../config.js';
import type { GenerationEngines, OpenedMethod, OpenIndexes } from '../generations/generations.js';
import type { SharedIndex } from '../generations/reading.js';
import { generationOf } from '../retrieval/generation.js';
import type { RetrievalMethod } from '../retrieval/method.js';
import type { ModelReading } from '../retrieval/model-reading.js';
import { methodNamed } from './method.js';

export interface ClosableGenerations extends GenerationEngines {
  /** Models and indexes of those that are still open. */
  close(): Promise<void>;
}

/** Where indexes outlive the process. */
export interface SharedIndexes {
  /** Has one of its own; the state's marks are for it. */
  readonly configured: RetrievalMethod;
  open(
    method: RetrievalMethod,
    isFilling: () => boolean,
  ): Promise<{ readonly index: SharedIndex; close(): Promise<void> }>;
  followed(open: OpenIndexes): void;
}

export interface GenerationsOpening {
  /** Null: every index is in this process. */
  readonly shared: SharedIndexes | null;
  /** Hears of their records of vectors. */
  readonly tell: (notice: Notice) => void;
  /** Of the method the service is opened with. */
  readonly configuredModel: ModelReading | undefined;
}

export function generationEnginesOf(
  config: Config,
  { shared, tell, configuredModel }: GenerationsOpening,
): ClosableGenerations {
  const open = new Set<() => Promise<void>>();
  const indexOf = async (method: RetrievalMethod, isFilling: () => boolean) => {
    const generation = generationOf(method);
    // Two that differ in their weights alone would have one collection, and that of the configured one is the indexer's.
    if (shared === null || generation === generationOf(shared.configured))
      return { index: new MemoryIndex(generation) };
    const { index, close } = await shared.open(method, isFilling);
    return { index, shared: index, close };
  };
  return {
    configured: config.EMBEDDER,
    configuredModel,
    entitiesPerSecond: config.SHADOW_RATE,
    whenLost: config.GENERATION_LOST,
    open: async (text, isFilling, how): Promise<OpenedMethod> => {
      const { method, model, close: closeMethod } = await methodNamed(text, config, { ...how, tell });
      const { close: closeIndex, ...indexes } = await indexOf(method, isFilling).catch(async (error: unknown) => {
        await closeMethod();
        throw error;
      });
      const closeOnce = async () => {
        if (!open.delete(closeOnce)) return;
        await closeIndex?.();
        await closeMethod();
      };
      open.add(closeOnce);
      return { method, model, ...indexes, close: closeOnce };
    },
    ...(shared === null ? {} : { followed: (told: OpenIndexes) => shared.followed(told) }),
    close: async () => {
      for (const close of [...open]) await close();
    },
  };
}
