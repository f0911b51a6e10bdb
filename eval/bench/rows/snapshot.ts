/** A keyed snapshot of 18 entities and 8 KB over HTTP, audited, against hono returning a constant string of that size. */
import { execFile } from 'node:child_process';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { MemoryIndex } from '../../../connectors/memory/index.js';
import { MemoryState } from '../../../connectors/memory/state.js';
import { createApp } from '../../../src/api/app.js';
import { noAuthentication } from '../../../src/api/auth.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { systemClock } from '../../../src/domain/clock.js';
import { defaultTopics } from '../../../src/log/topics.js';
import { catchUp } from '../../../src/materializer/catch-up.js';
import { createLogger } from '../../../src/observability/logger.js';
import { openService, type Service } from '../../../src/pipeline.js';
import { generationOf } from '../../../src/retrieval/generation.js';
import { snapshotEvents } from '../events.js';
import type { Row } from '../harness.js';
import { openScratchLog } from '../scratch-log.js';

const CONNECTIONS = 16;
const ROUND_MS = 2_000;
const TENANT = 'bench';
const run = promisify(execFile);
const client = fileURLToPath(new URL('../load-client.js', import.meta.url));

export const snapshot: Row = {
  name: 'snapshot: keyed, 18 entities, 8 KB, audit on, 16 connections ÷ hono returning a constant string of that size',
  unit: 'requests/s',
  better: 'high',
  goal: { ship: 0.3, stretch: 0.5 },
  open: async () => {
    const { log, remove } = await openScratchLog();
    const stop = new AbortController();
    const service = await openService({
      log,
      state: new MemoryState(),
      index: new MemoryIndex(generationOf(null)),
      embedder: null,
      clock: systemClock,
      topics: defaultTopics,
      audit: 'required',
    });
    const running = service.run(stop.signal);
    await load(service, snapshotEvents(TENANT), stop.signal);
    const logger = createLogger({ level: 'silent' });
    const app = createApp(service, { auth: noAuthentication(TENANT), logger, version: 'bench' });
    const body = JSON.stringify({ account: 'A-1' });
    const constant = await (await app.request('/v1/context', post(body))).text();
    const ours = await listen(app);
    const baseline = await listen(new Hono().post('/v1/context', (c) => c.body(constant, 200, jsonType)));
    const close = async () => {
      ours.server.close();
      baseline.server.close();
      stop.abort();
      await running;
      await remove();
    };
    return {
      ours: () => answersPerSecond(ours.url, body),
      baseline: () => answersPerSecond(baseline.url, body),
      close,
    };
  },
};

const jsonType = { 'content-type': 'application/json' };

function post(body: string): RequestInit {
  return { method: 'POST', headers: jsonType, body };
}

async function load(service: Service, events: readonly JsonObject[], signal: AbortSignal): Promise<void> {
  await service.intake.append(TENANT, events);
  const { log, state, topics } = service.engines;
  await catchUp(
    log,
    state,
    topics.sources.map(({ name }) => name),
    { signal, onProgress: () => {} },
  );
}

interface Listening {
  readonly server: Server;
  readonly url: string;
}

function listen(app: Pick<Hono, 'fetch'>): Promise<Listening> {
  return new Promise((resolve) => {
    const server = serve(
      { fetch: app.fetch, hostname: '127.0.0.1', port: 0, overrideGlobalObjects: false },
      ({ port }) => resolve({ server: server as Server, url: `http://127.0.0.1:${port}/v1/context` }),
    );
  });
}

async function answersPerSecond(url: string, body: string): Promise<number> {
  const { stdout } = await run(process.execPath, [client, url, body, String(CONNECTIONS), String(ROUND_MS)]);
  return Number(stdout);
}
