/** What tests of the API are written with: an application over a service in memory, asked without a socket. */
import { expect } from 'vitest';
import type { JsonObject } from '../domain/canonical.js';
import { tenant, topics, World, type WorldOptions } from '../fixtures.test-support.js';
import type { AcceptingLog } from '../log/trouble.js';
import { createLogger } from '../observability/logger.js';
import { type App, createApp } from './app.js';
import { type Authenticator, noAuthentication } from './auth.js';
import { documented } from './endpoints.js';
import type { Instance } from './instance.js';
import type { Mount } from './mount.js';
import type { ApiService } from './service.js';

export interface Asked {
  readonly method?: string;
  /** Sent as JSON unless it is text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: JsonObject;
}

export interface ApiWorldOptions extends WorldOptions {
  readonly auth?: Authenticator;
  readonly stopping?: AbortSignal;
  readonly accepting?: AcceptingLog;
  readonly instance?: Instance;
  readonly mounts?: readonly Mount[];
  readonly index?: ApiService['engines']['index'];
  readonly reconciler?: ApiService['reconciler'];
  readonly generations?: ApiService['generations'];
}

const noGenerations: ApiService['generations'] = {
  status: () => [],
  trouble: () => null,
  start: async () => '',
  promote: async () => undefined,
  rollBack: async () => '',
  drop: async () => undefined,
};

export class ApiWorld {
  /** Lines of the log, parsed. */
  readonly lines: JsonObject[] = [];
  readonly app: App;

  private constructor(
    readonly world: World,
    readonly service: ApiService,
    options: ApiWorldOptions,
  ) {
    const to = { write: (line: string) => void this.lines.push(JSON.parse(line)) };
    const { auth = noAuthentication(tenant), stopping, instance, mounts = [] } = options;
    const logger = createLogger({ level: 'debug', to });
    this.app = createApp(service, {
      auth,
      logger,
      version: '0.1.0',
      mounts,
      ...(stopping === undefined ? {} : { stopping }),
      ...(instance === undefined ? {} : { instance }),
    });
  }

  static async open(options: ApiWorldOptions = {}): Promise<ApiWorld> {
    const world = await World.open(options);
    const { log, state, clock, parts } = world;
    const accepting = options.accepting === undefined ? {} : { accepting: options.accepting };
    const { index = {}, reconciler = null, generations = noGenerations } = options;
    const engines = { log, state, index, clock, topics, ...accepting };
    return new ApiWorld(world, { engines, ...parts, reconciler, generations }, options);
  }

  request(path: string, asked: Asked = {}): Promise<Response> {
    const { body, headers = {} } = asked;
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const init: RequestInit = { method: asked.method ?? (body === undefined ? 'GET' : 'POST') };
    if (body !== undefined) init.body = raw ? Buffer.from(body) : JSON.stringify(body);
    return Promise.resolve(this.app.request(path, { ...init, headers: { ...type, ...headers } }));
  }

  async ask(path: string, asked: Asked = {}): Promise<Heard> {
    const response = await this.request(path, asked);
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : {},
    };
  }

  /** A reply of status 200 and of the shape its description promises, or the test fails showing the problem. */
  async ok(path: string, asked: Asked = {}): Promise<JsonObject> {
    const { status, text, body } = await this.ask(path, asked);
    expect(`${status} ${status === 200 ? '' : text}`).toBe('200 ');
    const described = documented.find((one) => patternOf(one.path).test(path.split('?', 1)[0] ?? ''));
    expect(described?.reply.schema.safeParse(body).error?.issues ?? []).toEqual([]);
    return body;
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '[.]').replaceAll(/\{.+?\}/g, '[^/]+')}$`);
}

/** A problem is one in every respect, whatever address it comes from. */
export function expectProblem(heard: Heard, status: number, code: string): JsonObject {
  expect(heard.body).toMatchObject({ status, code, type: `urn:tidemark:problem:${code}` });
  expect(heard.status).toBe(status);
  expect(heard.headers.get('content-type')).toBe('application/problem+json');
  for (const member of ['title', 'detail', 'advice']) expect(heard.body[member]).toMatch(/./);
  expect(heard.body.requestId).toBe(heard.headers.get('x-request-id'));
  return heard.body;
}

/** The member at a path, undefined where there is none. */
export function member(body: JsonObject, ...path: readonly (string | number)[]): unknown {
  let found: unknown = body;
  for (const name of path) found = (found as Record<string | number, unknown> | undefined)?.[name];
  return found;
}
