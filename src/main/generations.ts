/** How the generations beside the configured one come about: a method by its name, and an index of this process for it. */
import { MemoryIndex } from '../../connectors/memory/index.js';
import type { Config } from '../config.js';
import type { GenerationEngines, OpenedMethod } from '../generations/generations.js';
import { generationOf } from '../retrieval/generation.js';
import { methodNamed } from './method.js';

export interface ClosableGenerations extends GenerationEngines {
  /** Models of those that are still open. */
  close(): Promise<void>;
}

export function generationEnginesOf(config: Config): ClosableGenerations {
  const open = new Set<() => Promise<void>>();
  return {
    configured: config.EMBEDDER,
    entitiesPerSecond: config.SHADOW_RATE,
    open: async (text): Promise<OpenedMethod> => {
      const { method, close } = await methodNamed(text, config);
      const closeOnce = async () => {
        if (open.delete(closeOnce)) await close();
      };
      open.add(closeOnce);
      return { method, index: new MemoryIndex(generationOf(method)), close: closeOnce };
    },
    close: async () => {
      for (const close of [...open]) await close();
    },
  };
}
