/**
 * Two services on the same topics, asked by agents: `0` and `1`. With Redis and Qdrant they share state and audit; without them each has
 * a state of its own, and what they have in common is the log alone.
 */
import type { Asked, Heard } from '../../../src/api/world.test-support.js';
import { member } from '../../../src/api/world.test-support.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import type { TopicMap } from '../../../src/log/topics.js';
import type { Caller } from '../../flow/service.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { kafkaServers, kafkaUrl, qdrantUrl, redisUrl } from '../settings.js';
import { LiveEngines, missingOf } from '../suites/engines.test-support.js';
import { SharingInstance } from '../suites/instances.test-support.js';
import { LiveTopics } from '../topics.js';

export const sharingMissing = missingOf(['redis', 'qdrant']);

/** What a claim may wait for its answer. */
const DEADLINE_MS = 10_000;
const AGAIN_MS = 50;

export class AgentPair {
  /** Replies of 503 that said that the same may be asked again, by code. */
  readonly turnedAway = new Map<string, number>();

  private constructor(
    readonly topics: LiveTopics,
    readonly engines: LiveEngines | null,
    readonly instances: [SharingInstance, SharingInstance],
  ) {}

  static async open(): Promise<AgentPair> {
    const topics = await LiveTopics.open(kafkaServers());
    const map = await topics.createMap();
    const shared = { redis: redisUrl() ?? '', qdrant: qdrantUrl() ?? '' };
    const engines = sharingMissing === undefined ? await LiveEngines.open(shared) : null;
    const plan = { url: kafkaUrl() ?? '', stores: engines?.settings() ?? {}, role: 'all' } as const;
    const instances = await Promise.all([
      SharingInstance.open({ ...plan, topics: map }),
      SharingInstance.open({ ...plan, topics: engines === null ? await besides(topics, map) : map }),
    ]);
    return new AgentPair(topics, engines, instances);
  }

  /** Those of any number are taken in turn. */
  at(number: number): SharingInstance {
    return this.instances[number % 2 === 0 ? 0 : 1];
  }

  /** Ends one in order and begins it anew: its ledger is made from the log. */
  async restart(number: 0 | 1, disk: 'kept' | 'empty' = 'kept'): Promise<void> {
    this.instances[number] = await this.at(number).restart(disk);
  }

  /** Asks one of them, and again where it is told that it may; each time `instance` says whom. */
  caller(instance: () => number): Caller {
    const request = async (path: string, { method, body, headers = {} }: Asked = {}): Promise<Response> => {
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const sent = { 'content-type': 'application/json', ...headers };
      const how = method ?? (body === undefined ? 'GET' : 'POST');
      return this.at(instance()).app.request(path, { ...init, method: how, headers: sent });
    };
    const ask = (path: string, asked?: Asked): Promise<Heard> =>
      eventually(async () => this.#answered(path, await request(path, asked)), { everyMs: AGAIN_MS });
    const ok = async (path: string, asked?: Asked): Promise<JsonObject> => {
      const { status, text, body } = await ask(path, asked);
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
      return body;
    };
    return { request, ask, ok };
  }

  /**
   * The answer to a claim of `asked.idempotencyKey`. Whoever is told that it is not known yet claims again under the same id, of the
   * next instance that `instance` names.
   */
  async claim(instance: () => number, asked: JsonObject): Promise<JsonObject> {
    let body: JsonObject = { tool: 'refund', deadlineMs: DEADLINE_MS, ...asked };
    const once = this.caller(instance);
    return eventually(
      async () => {
        const heard = await heardOf(await once.request('/v1/claims', { body }));
        const id = member(heard.body, 'facts', 'id');
        if (typeof id === 'string') body = { ...body, id };
        const { status, text } = this.#answeredAs('/v1/claims', heard);
        return status === 200 ? heard.body : { outcome: `${status} ${text}` };
      },
      { everyMs: AGAIN_MS },
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((one) => one.close()));
    await this.engines?.close();
    await this.topics.close();
  }

  async #answered(path: string, response: Response): Promise<Heard> {
    return this.#answeredAs(path, await heardOf(response));
  }

  /** Throws what says that it may be asked again, and counts it. */
  #answeredAs(path: string, heard: Heard): Heard {
    if (heard.status !== 503 || heard.body.retriable !== true) return heard;
    const code = String(heard.body.code);
    this.turnedAway.set(code, (this.turnedAway.get(code) ?? 0) + 1);
    throw new Error(`${path}: ${heard.text}`);
  }
}

/** The same topics, but for those that belong to one instance alone unless it shares its state. */
async function besides(topics: LiveTopics, map: TopicMap): Promise<TopicMap> {
  const [rejected, context] = await Promise.all(['rejected', 'context'].map((name) => topics.create(`other.${name}`)));
  return { ...map, rejected: rejected ?? '', context: context ?? '' };
}

async function heardOf(response: Response): Promise<Heard> {
  const { status, headers } = response;
  const text = await response.text();
  const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  return { status, headers, text, body: isJsonObject(parsed) ? parsed : {} };
}
