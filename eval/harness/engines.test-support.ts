/** Engines of tests: everything in memory, words alone. */
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { topicsToOpen } from '../../src/log/topics.js';
import type { Engines } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod } from '../../src/retrieval/method.js';
import type { EvaluationEngines } from './setup.js';

/** `changed`: engines that do something else than they should. */
export function memoryEngines(changed: (engines: Engines) => Partial<Engines> = () => ({})): EvaluationEngines {
  return {
    open: async (_, { clock, logId, topics, partitionOf }) => {
      const log = new MemoryLog({ id: logId, topics: topicsToOpen(topics), clock: () => clock.wallMs(), partitionOf });
      const method = lexicalMethod;
      const index = new MemoryIndex(generationOf(method));
      const engines: Engines = { log, state: new MemoryState(), index, method, clock, topics, audit: 'required' };
      return { engines: { ...engines, ...changed(engines) }, close: () => log.close() };
    },
  };
}
