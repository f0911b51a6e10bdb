/** Engines of a measurement: everything in memory, one model for all sets, its vectors kept in a folder from run to run. */
import { join } from 'node:path';
import { FileVectorRecord } from '../../connectors/file/vector-record.js';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { TransformersEmbedder } from '../../connectors/transformers/embedder.js';
import { systemClock } from '../../src/domain/clock.js';
import { topicsToOpen } from '../../src/log/topics.js';
import type { Engines } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod, methodWith, type RetrievalMethod } from '../../src/retrieval/method.js';
import type { EvaluationEngines, Setup } from '../harness/setup.js';
import { variedMethod } from '../harness/varied.js';

interface OpenedMethod {
  readonly method: RetrievalMethod;
  close(): Promise<void>;
}

export class QualityEngines implements EvaluationEngines {
  readonly #folder: string;
  readonly #opened = new Map<string, Promise<OpenedMethod>>();

  /** `folder`: for the vectors. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  readonly open: EvaluationEngines['open'] = async (setup, { clock, logId, topics, partitionOf }) => {
    const method = variedMethod(await this.#methodOf(setup), setup);
    const log = new MemoryLog({ id: logId, topics: topicsToOpen(topics), clock: () => clock.wallMs(), partitionOf });
    const index = new MemoryIndex(generationOf(method));
    const engines: Engines = { log, state: new MemoryState(), index, method, clock, topics, audit: 'required' };
    return { engines, close: () => log.close() };
  };

  async close(): Promise<void> {
    for (const opened of this.#opened.values()) await (await opened).close();
  }

  async #methodOf({ embedder }: Setup): Promise<RetrievalMethod> {
    const opened = this.#opened.get(embedder) ?? this.#opening(embedder);
    this.#opened.set(embedder, opened);
    return (await opened).method;
  }

  /** `lexical`, or `transformers:` and the folder of a model, as the setting EMBEDDER takes it. */
  async #opening(name: string): Promise<OpenedMethod> {
    if (name === 'lexical') return { method: lexicalMethod, close: async () => undefined };
    const cacheFolder = join(this.#folder, 'models');
    const read = { dtype: 'q8', pooling: 'mean', questionPrefix: '', passagePrefix: '', cacheFolder } as const;
    const embedder = await TransformersEmbedder.open({ model: name.replace(/^transformers:/, ''), ...read });
    const kept = { folder: join(this.#folder, 'vectors'), embedder: embedder.identity };
    const record = await FileVectorRecord.open(kept, systemClock.wallMs());
    const close = async () => {
      await embedder.close();
      await record.close();
    };
    return { method: { ...methodWith(embedder), passages: embedder.passages, record }, close };
  }
}
