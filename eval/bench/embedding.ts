/** What the rows about embedding share: the real model of the data folder, and a service that retrieves by it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { FileVectorRecord } from '../../connectors/file/vector-record.js';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { TransformersEmbedder, type TransformersOptions } from '../../connectors/transformers/embedder.js';
import { createApp } from '../../src/api/app.js';
import { noAuthentication } from '../../src/api/auth.js';
import { systemClock } from '../../src/domain/clock.js';
import { defaultTopics } from '../../src/log/topics.js';
import { createLogger } from '../../src/observability/logger.js';
import { openService, type Service } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { methodWith } from '../../src/retrieval/method.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { openScratchLog } from './scratch-log.js';

/** The folder of MiniLM, or why it is not there. */
export function benchModel(): { readonly folder: string } | { readonly unavailable: string } {
  const data = dataFolder();
  if (data === undefined) return { unavailable: dataFolderMissing };
  const folder = join(data, 'models/all-MiniLM-L6-v2');
  return existsSync(folder) ? { folder } : { unavailable: `${dataFolderMissing}, with its models` };
}

export function openBenchModel(model: string, options: TransformersOptions = {}): Promise<TransformersEmbedder> {
  const prefixes = { questionPrefix: '', passagePrefix: '' };
  return TransformersEmbedder.open({ model, dtype: 'q8', pooling: 'mean', ...prefixes, cacheFolder: model }, options);
}

/** Text of about so many pieces, another one for each number. */
export function textOf(number: number, words: number): string {
  const some = ['refund', 'card', 'payment', 'the', 'account', 'within', 'days', 'fee', 'transfer', 'bank', 'is', 'of'];
  return Array.from({ length: words }, (_, i) => some[(number * 7 + i * (1 + (number % 5))) % some.length])
    .concat(String(number))
    .join(' ');
}

export interface EmbeddingWorld {
  readonly service: Service;
  readonly app: Hono;
  close(): Promise<void>;
}

export async function openEmbeddingWorld(model: string, tenant: string): Promise<EmbeddingWorld> {
  const { log, folder, remove } = await openScratchLog();
  const embedder = await openBenchModel(model);
  const options = { folder: join(folder, 'vectors'), embedder: embedder.identity };
  const record = await FileVectorRecord.open(options, systemClock.wallMs());
  const method = { ...methodWith(embedder), passages: embedder.passages, record };
  const engines = { log, state: new MemoryState(), index: new MemoryIndex(generationOf(method)), method };
  const service = await openService({ ...engines, clock: systemClock, topics: defaultTopics, audit: 'required' });
  const stopping = new AbortController();
  const running = service.run(stopping.signal);
  const logger = createLogger({ level: 'silent' });
  const app = createApp(service, { auth: noAuthentication(tenant), logger, version: 'bench' });
  const close = async () => {
    stopping.abort();
    await running;
    await embedder.close();
    await record.close();
    await remove();
  };
  return { service, app, close };
}
