/** Engines of a measurement: everything in memory, one model for all sets, its vectors kept in a folder from run to run. */
import { join } from 'node:path';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { readConfig } from '../../src/config.js';
import { topicsToOpen } from '../../src/log/topics.js';
import { methodNamed, type OpenedMethod } from '../../src/main/method.js';
import type { Engines } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import type { RetrievalMethod } from '../../src/retrieval/method.js';
import type { EvaluationEngines, Setup } from '../harness/setup.js';

export class QualityEngines implements EvaluationEngines {
  readonly #folder: string;
  readonly #opened = new Map<string, Promise<OpenedMethod>>();

  /** `folder`: for the vectors. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly open: EvaluationEngines['open'] = async (setup, { clock, logId, topics, partitionOf }) => {
    const method = await this.#methodOf(setup);
    const log = new MemoryLog({ id: logId, topics: topicsToOpen(topics), clock: () => clock.wallMs(), partitionOf });
    const index = new MemoryIndex(generationOf(method));
    const engines: Engines = { log, state: new MemoryState(), index, method, clock, topics, audit: 'required' };
    return { engines, close: () => log.close() };
  };

  async close(): Promise<void> {
    for (const opened of this.#opened.values()) await (await opened).close();
  }

  async #methodOf({ name, embedder }: Setup): Promise<RetrievalMethod> {
    const opened = this.#opened.get(embedder) ?? methodNamed(embedder, this.#config());
    this.#opened.set(embedder, opened);
    const { method } = await opened;
    if (name !== 'dense') return method;
    const ranking = { ...method.ranking, id: 'dense-alone', denseShare: 1, lexicalShare: 0 };
    return { ...method, ranking };
  }

  #config() {
    return readConfig({ LOG_URL: `file:${join(this.#folder, 'log')}` });
  }
}
