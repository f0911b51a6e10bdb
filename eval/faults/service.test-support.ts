/** The whole service on engines in memory, asked without a socket, with an eye on everything that must not happen meanwhile. */

import { expect } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { createApp } from '../../src/api/app.js';
import { noAuthentication } from '../../src/api/auth.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { systemClock } from '../../src/domain/clock.js';
import { isJsonObject } from '../../src/domain/json.js';
import { covers, type Position, positionText } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { tenant, topics } from '../../src/fixtures.test-support.js';
import type { GenerationEngines } from '../../src/generations/generations.js';
import type { EventLog, NewRecord, RecordReader } from '../../src/log/port.js';
import { topicsToOpen, unappliedTopics } from '../../src/log/topics.js';
import type { AcceptingLog } from '../../src/log/trouble.js';
import { createLogger } from '../../src/observability/logger.js';
import { openService, type Service } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod } from '../../src/retrieval/method.js';
import { faultOf, faultOfLetter, type Heard } from './answer-rules.test-support.js';
import { Stopwatch } from './stopwatch.test-support.js';

export interface Asked {
  readonly method?: string;
  /** Sent as JSON unless it is text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** No question holds the event loop longer on its own, so that others beside it are answered. */
const STALL_MS_MAX = 200;

export function memoryLog(): MemoryLog {
  return new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => systemClock.wallMs() });
}

/** Methods that a generation can be started by: words, ranked under these names. */
export const methodNames = ['one', 'two', 'three'] as const;

const generations: GenerationEngines = {
  configured: 'lexical',
  open: async (text) => {
    if (!methodNames.some((name) => name === text)) throw invalid(`EMBEDDER is ${JSON.stringify(text)}`);
    const method = { ...lexicalMethod, ranking: { ...lexicalMethod.ranking, id: text } };
    return { method, index: new MemoryIndex(generationOf(method)) };
  },
};

function invalid(message: string): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice: 'Name another.', retriable: false });
}

export class BadInputService {
  readonly watch = new Stopwatch();
  /** What the service itself calls unexpected, and rejections nobody has handled. */
  readonly surprises: string[] = [];
  readonly service: Service;
  readonly #app: ReturnType<typeof createApp>;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #onSurprise = (reason: unknown) => void this.surprises.push(`not handled: ${String(reason)}`);

  private constructor(service: Service) {
    this.service = service;
    const to = { write: (line: string) => void this.surprises.push(line) };
    const logger = createLogger({ level: 'error', to });
    this.#app = createApp(service, {
      auth: noAuthentication(tenant),
      logger,
      version: '0',
      stopping: this.#stop.signal,
    });
    process.on('unhandledRejection', this.#onSurprise);
    this.#running = service.run(this.#stop.signal);
  }

  static async open(log: EventLog & RecordReader = memoryLog()): Promise<BadInputService> {
    const index = new MemoryIndex(generationOf(lexicalMethod));
    const engines = { log, state: new MemoryState(), index, method: lexicalMethod };
    // Whatever an operator accepts has happened: what has not is refused by the log, and by no code of ours.
    const accepting: AcceptingLog = { accept: async () => 'now' };
    const chosen = { clock: systemClock, topics, audit: 'required', accepting, generations } as const;
    return new BadInputService(await openService({ ...engines, ...chosen }));
  }

  /** Fails the test when anything unexpected has happened, or when a question took the event loop for itself. */
  async close(): Promise<void> {
    const { ms, what } = await this.watch.worst(STALL_MS_MAX);
    this.#stop.abort();
    await this.#running;
    process.off('unhandledRejection', this.#onSurprise);
    expect(this.surprises).toEqual([]);
    expect(ms, what).toBeLessThan(STALL_MS_MAX);
  }

  /** The same log, everything else made anew. */
  async reopen(): Promise<BadInputService> {
    await this.close();
    const reopened = await BadInputService.open(this.service.engines.log);
    await reopened.settle();
    return reopened;
  }

  /** An answer of any status, which keeps the rules of every answer. */
  async ask(path: string, asked: Asked = {}): Promise<Heard> {
    const what = `${asked.method ?? ''} ${path.slice(0, 80)} ${describe(asked.body)}`;
    const heard = await this.watch.time(what, () => this.#hear(path, asked));
    const fault =
      asked.method === 'HEAD' ? faultOf({ ...heard, status: heard.status < 500 ? 200 : 500 }) : faultOf(heard);
    if (fault !== undefined) expect.fail(`${what}: ${fault}`);
    return heard;
  }

  async #hear(path: string, { method, body, headers = {} }: Asked): Promise<Heard> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const init: RequestInit = { method: method ?? (body === undefined ? 'GET' : 'POST') };
    if (body !== undefined) init.body = raw ? Buffer.from(body) : JSON.stringify(body);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await this.#app.request(path, { ...init, headers: { ...type, ...headers } });
    const mediaType = response.headers.get('content-type') ?? '';
    if (mediaType.startsWith('text/event-stream')) await response.body?.cancel();
    const text = response.bodyUsed || mediaType.startsWith('text/event-stream') ? '' : await response.text();
    const parsed: unknown = mediaType.includes('json') && text !== '' ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, body: isJsonObject(parsed) ? parsed : {} };
  }

  /** An answer of status 200, or the test fails showing the problem. */
  async ok(path: string, asked: Asked = {}): Promise<JsonObject> {
    const { status, text, body } = await this.ask(path, asked);
    expect(`${status} ${status === 200 ? '' : text}`).toBe('200 ');
    return body;
  }

  /** Appends events through the entrance and waits until they are applied. */
  async put(...events: readonly JsonObject[]): Promise<JsonObject> {
    const reply = await this.ok('/v1/events', { body: events });
    await this.settle();
    return reply;
  }

  /** Appends records past the entrance, as any producer can, and waits until they are applied. */
  async produce(...records: readonly NewRecord[]): Promise<readonly string[]> {
    const positions = await this.service.engines.log.append(records);
    await this.settle();
    return positions.map((position: Position) => positionText(position));
  }

  /** Waits until everything that has been appended is applied, dead letters included. */
  async settle(): Promise<void> {
    const { state, log } = this.service.engines;
    for (;;) {
      let stop = () => {};
      const moved = new Promise<void>((resolve) => {
        stop = state.watch(() => resolve());
      });
      const ends = [...(await log.ends())].filter(
        ([key, end]) => end > 0n && !unappliedTopics(topics).some((name) => key.startsWith(name)),
      );
      const isApplied = covers(await state.through(), new Map(ends.map(([key, end]) => [key, end - 1n])));
      if (!isApplied) await moved;
      stop();
      if (isApplied) return;
    }
  }

  /** How records were counted, which must add up. */
  async counts(): Promise<JsonObject> {
    const { totals } = await this.ok('/v1/positions');
    expect(totals).toMatchObject({ addsUp: true });
    return isJsonObject(totals) ? totals : {};
  }

  /** The letter of a rejected record with the record as it was. */
  async letter(id: string): Promise<JsonObject> {
    const letter = await this.ok(`/v1/rejected/${encodeURIComponent(id)}`);
    expect(faultOfLetter(letter), id).toBeUndefined();
    expect(letter.id).toBe(id);
    return letter;
  }

  /** All letters, by the position of their record. */
  async letters(): Promise<ReadonlyMap<string, JsonObject>> {
    const found = new Map<string, JsonObject>();
    let after = '';
    do {
      const page = await this.ok(`/v1/rejected?limit=200${after}`);
      const listed = Array.isArray(page.rejected) ? page.rejected : [];
      for (const letter of listed) {
        expect(faultOfLetter(letter)).toBeUndefined();
        found.set(String(letter.id), letter);
      }
      after = typeof page.nextAfter === 'string' ? `&after=${encodeURIComponent(page.nextAfter)}` : '';
    } while (after !== '');
    return found;
  }
}

function describe(body: unknown): string {
  if (body === undefined) return '';
  const text =
    typeof body === 'string' || body instanceof Uint8Array
      ? Buffer.from(body).toString('latin1')
      : JSON.stringify(body);
  return `${text.length} bytes: ${text.slice(0, 60)}`;
}
