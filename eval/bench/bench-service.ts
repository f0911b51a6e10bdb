/** The whole service on embedded engines over a scratch log, asked through its HTTP application. */

import type { Hono } from 'hono';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { createApp } from '../../src/api/app.js';
import { noAuthentication } from '../../src/api/auth.js';
import type { CheckpointStore } from '../../src/checkpoint/port.js';
import { systemClock } from '../../src/domain/clock.js';
import type { EventLog, RecordReader } from '../../src/log/port.js';
import { defaultTopics } from '../../src/log/topics.js';
import { catchUp } from '../../src/materializer/catch-up.js';
import { createLogger } from '../../src/observability/logger.js';
import { openService, type Service } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod } from '../../src/retrieval/method.js';

export interface BenchService {
  readonly service: Service;
  readonly app: Hono;
  /** Waits until everything in the log is applied. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** With `checkpoints` it starts from the newest of them, and leaves one when it is stopped. */
export async function startService(
  log: EventLog & RecordReader,
  tenant: string,
  checkpoints?: CheckpointStore,
): Promise<BenchService> {
  const state = new MemoryState();
  const service = await openService({
    log,
    state,
    index: new MemoryIndex(generationOf(lexicalMethod)),
    method: lexicalMethod,
    clock: systemClock,
    topics: defaultTopics,
    audit: 'required',
    ...(checkpoints === undefined ? {} : { checkpointing: { store: checkpoints, state } }),
  });
  const stopping = new AbortController();
  const running = service.run(stopping.signal);
  const logger = createLogger({ level: 'silent' });
  const app = createApp(service, { auth: noAuthentication(tenant), logger, version: 'bench' });
  const names = defaultTopics.sources.map(({ name }) => name);
  const watching = { signal: stopping.signal, onProgress: () => undefined };
  const settle = () => catchUp(log, state, names, watching);
  const stop = async () => {
    stopping.abort();
    await running;
  };
  return { service, app, settle, stop };
}

/** Throws on any other status than 200: a bench of errors measures nothing. */
export async function postJson(app: Hono, path: string, body: object): Promise<unknown> {
  const response = await app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 200) throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`);
  return response.json();
}
