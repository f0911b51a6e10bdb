/**
 * What the suites of the whole flow are written with: the service as `src/pipeline.ts` wires it, by default on embedded engines,
 * asked through its HTTP API by callers with keys. Its clock moves only when a test moves it.
 */
import type { Hono } from 'hono';
import { expect, vi } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { createApp } from '../../src/api/app.js';
import { hashKey, keyAuthentication, type Scope } from '../../src/api/auth.js';
import type { Asked, Heard } from '../../src/api/world.test-support.js';
import type { RetentionSettings } from '../../src/checkpoint/keeping.js';
import type { CheckpointStore } from '../../src/checkpoint/port.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { covers } from '../../src/domain/position.js';
import { DrivenClock } from '../../src/fixtures.test-support.js';
import type { EventLog, RecordReader } from '../../src/log/port.js';
import { defaultTopics, type TopicMap, topicsToOpen, unappliedTopics } from '../../src/log/topics.js';
import { type MaterializerReport, reportsNothing } from '../../src/materializer/report.js';
import { mcpMount } from '../../src/mcp/http.js';
import { promptSource } from '../../src/mcp/prompt-source.js';
import { createLogger } from '../../src/observability/logger.js';
import { type Engines, openService, type Service } from '../../src/pipeline.js';
import { openPrompts } from '../../src/prompts/folder.js';
import { listingsOf } from '../../src/prompts/listing.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod, type RetrievalMethod } from '../../src/retrieval/method.js';

/** Wall time is set and may jump, as the port says; monotonic time is advanced. Neither moves by itself. */
export class TwoHandClock extends DrivenClock {
  #wallMs = Date.UTC(2026, 2, 1);

  override wallMs(): number {
    return this.#wallMs;
  }

  setWall(ms: number): void {
    this.#wallMs = ms;
  }
}

export function memoryLog(clock: TwoHandClock): MemoryLog {
  return new MemoryLog({ topics: topicsToOpen(defaultTopics), clock: () => clock.wallMs() });
}

export interface FlowOptions {
  readonly clock: TwoHandClock;
  readonly log: EventLog & RecordReader;
  /** Absent: the default ones. */
  readonly topics?: TopicMap;
  /** Absent: every start folds the whole log. */
  readonly checkpoints?: CheckpointStore;
  readonly retention?: RetentionSettings;
  /** Each has a caller with a key of its own. */
  readonly tenants: readonly string[];
  /** Lexical unless given. */
  readonly method?: RetrievalMethod;
  /** Opened at every start over what they held. Absent: in memory, empty at every start. */
  readonly stores?: OpenStores;
}

/** Of the log with this id. They bring their method. */
export type OpenStores = (logId: string) => Promise<FlowStores>;

export interface FlowStores extends Pick<Engines, 'state' | 'index' | 'method' | 'ownership'> {
  close(): Promise<void>;
}

/** Names the caller who operates the service: of the first tenant, and sees the rejected records of all. */
export const OPERATOR = 'the-operator';

const scopes: Scope[] = ['read', 'write', 'operate', 'metrics', 'approve'];

/** A caller of one tenant. */
export interface Caller {
  request(path: string, asked?: Asked): Promise<Response>;
  ask(path: string, asked?: Asked): Promise<Heard>;
  /** A reply of status 200, or the test fails showing the problem. */
  ok(path: string, asked?: Asked): Promise<JsonObject>;
}

/** With a clock that stands, a failed step is never tried again: then these say why nothing moves. */
function failureReport(): FailureReport {
  const failures: unknown[] = [];
  const failed = (error: unknown) => void failures.push(error);
  const tried = { indexFailed: failed, commitFailed: failed, followFailed: failed };
  return { ...reportsNothing, ...tried, writeFailed: (_, error) => failed(error), failures };
}

interface FailureReport extends MaterializerReport {
  readonly failures: readonly unknown[];
}

export class Flow {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #closeStores: (() => Promise<void>) | undefined;

  private constructor(
    readonly service: Service,
    readonly app: Hono,
    readonly options: FlowOptions,
    readonly report: FailureReport,
  ) {}

  /** Opening over a log that was used before is a restart. */
  static async open(options: FlowOptions): Promise<Flow> {
    const { clock, log, tenants, retention } = options;
    const { close, ...stores } = await storesOf(options);
    const prompts = await openPrompts();
    const report = failureReport();
    const service = await openService({
      log,
      ...stores,
      ...(retention === undefined ? {} : { retention }),
      clock,
      topics: options.topics ?? defaultTopics,
      audit: 'required',
      prompts,
      report,
    });
    const keys = tenants.map((tenant) => {
      return { id: tenant, sha256: hashKey(keyOf(tenant)), tenant, scopes, operator: false };
    });
    keys.push({ id: OPERATOR, sha256: hashKey(keyOf(OPERATOR)), tenant: tenants[0] ?? '', scopes, operator: true });
    const logger = createLogger({ level: 'silent', to: { write: () => undefined } });
    const mounts = [mcpMount({ version: '0.0.0', prompts: promptSource(listingsOf(prompts)) })];
    const app = createApp(service, { auth: keyAuthentication({ keys }), logger, version: '0.0.0', mounts });
    const flow = new Flow(service, app, options, report);
    flow.#closeStores = close;
    flow.#running = service.run(flow.#stop.signal);
    return flow;
  }

  /** Of a tenant, or the operator. */
  caller(name: string): Caller {
    const request = async (path: string, { method, body, headers = {} }: Asked = {}): Promise<Response> => {
      const sent = body === undefined ? {} : { 'content-type': 'application/json' };
      const init: RequestInit = { method: method ?? (body === undefined ? 'GET' : 'POST') };
      if (body !== undefined) init.body = JSON.stringify(body);
      const authorization = `Bearer ${keyOf(name)}`;
      return this.app.request(path, { ...init, headers: { ...sent, authorization, ...headers } });
    };
    const ask = async (path: string, asked: Asked = {}): Promise<Heard> => heardOf(await request(path, asked));
    const ok = async (path: string, asked: Asked = {}): Promise<JsonObject> => {
      const { status, text, body } = await ask(path, asked);
      expect(`${status} ${status === 200 ? '' : text}`, path).toBe('200 ');
      return body;
    };
    return { request, ask, ok };
  }

  /** Waits until everything in the log is applied, letters and decisions included, and indexed. */
  async settle(): Promise<void> {
    const { engines, journal } = this.service;
    const { log, state, topics } = engines;
    await vi.waitFor(
      async () => {
        const ends = [...(await log.ends())].filter(
          ([key, end]) => end > 0n && !unappliedTopics(topics).some((name) => key.startsWith(name)),
        );
        const wanted = new Map(ends.map(([key, end]) => [key, end - 1n]));
        expect(covers(await state.through(), wanted), 'all is applied').toBe(true);
        // A state that outlives its process is there before the journal has been read.
        expect(covers(await journal.through(), wanted), 'all is known to the journal').toBe(true);
        expect(await state.allPending(1), 'all is indexed').toEqual([]);
      },
      { timeout: 20_000, interval: 2 },
    );
  }

  /** Ends the service; the log stays open for the next one. What it retried unseen is seen here. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#closeStores?.();
    this.#closeStores = undefined;
    expect(this.report.failures).toEqual([]);
  }

  /** The service started anew: over the same log, or over the one that a folder was opened as again. */
  async restart(log: FlowOptions['log'] = this.options.log): Promise<Flow> {
    await this.stop();
    const flow = await Flow.open({ ...this.options, log });
    await flow.settle();
    return flow;
  }
}

async function storesOf(options: FlowOptions): Promise<FlowStores & Pick<Engines, 'checkpointing'>> {
  const { log, stores, method = lexicalMethod, checkpoints: store } = options;
  if (stores !== undefined) return stores(log.id);
  const state = new MemoryState();
  const index = new MemoryIndex(generationOf(method));
  const kept = store === undefined ? {} : { checkpointing: { store, state } };
  return { state, index, method, ...kept, close: async () => undefined };
}

/** Of a caller. */
export function keyOf(name: string): string {
  return `key-of-${name}`;
}

async function heardOf(response: Response): Promise<Heard> {
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  const { status, headers } = response;
  return { status, headers, text, body: isJson && text !== '' ? JSON.parse(text) : {} };
}
