/** Services that share topics, state and index, in this process, each asked through its HTTP API as by a client that does as it is told. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '../../../src/api/app.js';
import { noAuthentication } from '../../../src/api/auth.js';
import { member } from '../../../src/api/world.test-support.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import { tenant } from '../../../src/fixtures.test-support.js';
import type { TopicMap } from '../../../src/log/topics.js';
import { instanceOf } from '../../../src/main/instance.js';
import { createLogger } from '../../../src/observability/logger.js';
import { eventually } from '../eventually.test-support.js';
import { type LiveService, openLiveService } from '../service.test-support.js';
import type { StoreSettings } from './engines.test-support.js';

export interface InstancePlan {
  readonly url: string;
  readonly topics: TopicMap;
  readonly stores: StoreSettings;
  readonly role: 'all' | 'api';
  /** Absent: a new one. */
  readonly folder?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: JsonObject;
}

const AGAIN_MS = 100;
/** What a read may wait for what it was told of. */
const DEADLINE_MS = 10_000;

export class SharingInstance {
  private constructor(
    readonly live: LiveService,
    readonly app: App,
    readonly plan: InstancePlan & { readonly folder: string },
  ) {}

  static async open(wanted: InstancePlan): Promise<SharingInstance> {
    const { folder = mkdtempSync(join(tmpdir(), 'tidemark-instance-')), role, stores, ...plan } = wanted;
    const settings = { ...stores, ROLE: role };
    const live = await openLiveService({ ...plan, folder, settings });
    const { ownership } = live.service.engines;
    const instance = instanceOf({ ROLE: role }, ownership);
    const logger = createLogger({ level: 'silent', to: { write: () => undefined } });
    const app = createApp(live.service, { auth: noAuthentication(tenant), logger, version: '0', instance });
    return new SharingInstance(live, app, { ...wanted, folder });
  }

  /** Ended in order, and another one begun on what it has left on its disk, or on an empty one. */
  async restart(disk: 'kept' | 'empty' = 'kept'): Promise<SharingInstance> {
    await this.live.close();
    if (disk === 'empty') {
      rmSync(this.plan.folder, { recursive: true });
      mkdirSync(this.plan.folder);
    }
    return SharingInstance.open(this.plan);
  }

  /** A body is posted. Asked again where an engine was late. */
  async ask(path: string, body?: unknown): Promise<Answer> {
    return eventually(
      async () => {
        const answer = await this.#askOnce(path, body);
        if (isLate(answer)) throw new Error(`${path}: ${answer.status} ${answer.text}`);
        return answer;
      },
      { everyMs: AGAIN_MS },
    );
  }

  /** Throws what was answered instead of a 200. */
  async ok(path: string, body?: unknown): Promise<JsonObject> {
    const answer = await this.ask(path, body);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** The token of a write of these events. */
  async write(events: readonly JsonObject[]): Promise<string> {
    return String((await this.ok('/v1/events', events)).token);
  }

  async close(): Promise<void> {
    await this.live.close();
    rmSync(this.plan.folder, { recursive: true, force: true });
  }

  async #askOnce(path: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    const asked = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await this.app.request(path, asked);
    const text = await response.text();
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
    return { status: response.status, text, body: isJsonObject(parsed) ? parsed : {} };
  }
}

/** Refused, or marked, because Redis or Qdrant had no time: it says so, and that it may be asked again. */
function isLate({ status, body }: Answer): boolean {
  if (status === 503) return body.code === 'state_unavailable' || body.code === 'index_unavailable';
  const reasons = member(body, 'freshness', 'reasons');
  return Array.isArray(reasons) && reasons.some((one) => isJsonObject(one) && one.code === 'retrieval_unavailable');
}

/** What must have been applied before it is answered. */
export function atLeast(token: string): JsonObject {
  return { level: 'at_least', tokens: [token], deadlineMs: DEADLINE_MS };
}

/** The value of an item of a snapshot; nothing is in that of one that is not there. */
export function itemValue(snapshot: JsonObject, ref: string): JsonObject {
  const { items } = snapshot;
  const found = Array.isArray(items) ? items.find((item) => isJsonObject(item) && item.ref === ref) : undefined;
  return isJsonObject(found) && isJsonObject(found.value) ? found.value : {};
}
