/** Instances that share one state, and one address for their clients: a balancer that asks `/readyz`, and goes on where a connection ends. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import type { Heard, Served, Server } from '../../processes/server.test-support.js';
import { eventually } from '../eventually.test-support.js';
import type { ProcessScene } from '../processes/scene.test-support.js';
import { qdrantUrl, redisUrl } from '../settings.js';

type Settings = Readonly<Record<string, string>>;

export class Fleet implements Served {
  /** Questions of clients, and connections that ended without an answer. */
  readonly counts = { asked: 0, cut: 0 };
  /** Answers of a status of 5xx that nobody has asked for. */
  readonly failed: string[] = [];
  readonly servers = new Map<string, Server>();
  readonly #scene: ProcessScene;
  readonly #stores: Settings = {
    STATE_URL: redisUrl() ?? '',
    REDIS_PREFIX: `t-${randomUUID()}`,
    INDEX_URL: qdrantUrl() ?? '',
    QDRANT_COLLECTION: `t-${randomUUID()}`,
  };
  /** Names of those that are given questions. */
  #inTurn: readonly string[] = [];
  #turn = 0;

  constructor(scene: ProcessScene) {
    this.#scene = scene;
  }

  server(name: string): Server {
    const server = this.servers.get(name);
    return server ?? expect.fail(`there is no instance ${name}`);
  }

  /** It listens when this resolves; clients come to it once it is admitted. */
  async start(name: string, more: Settings = {}): Promise<Server> {
    const { folder } = this.#scene;
    const journal = { JOURNAL_URL: `file:${join(folder, name)}`, AUDIT_SPOOL: join(folder, `${name}-spool`) };
    const server = await this.#scene.start({ ...this.#stores, ...journal, ...more });
    this.servers.set(name, server);
    return server;
  }

  /** Clients come to it from when it says that it is ready. */
  async admit(name: string): Promise<void> {
    const isReady = async () => expect(await this.server(name).ask('/readyz')).toMatchObject({ status: 200 });
    await eventually(isReady);
    this.#inTurn = [...this.#inTurn.filter((one) => one !== name), name];
  }

  /** Nothing is asked of it any more. */
  dismiss(name: string): void {
    this.#inTurn = this.#inTurn.filter((one) => one !== name);
  }

  /** A connection that ends without an answer is another instance's turn. */
  async ask(path: string, body?: unknown): Promise<Heard> {
    this.counts.asked += 1;
    await eventually(() => expect(this.#inTurn).not.toEqual([]));
    for (let tries = 0; tries < this.#inTurn.length + 1; tries++) {
      const heard = await this.#next().ask(path, body);
      if (heard.kind === 'cut') this.counts.cut += 1;
      else {
        if (heard.status >= 500 && !isWished(heard, body))
          this.failed.push(`${path}: ${heard.status} ${heard.text.slice(0, 200)}`);
        return heard;
      }
    }
    return { kind: 'cut' };
  }

  async ok(path: string, body?: unknown): Promise<JsonObject> {
    const heard = await this.ask(path, body);
    if (heard.kind === 'cut') expect.fail(`${path}: nobody answers`);
    expect(`${heard.status} ${heard.status === 200 ? '' : heard.text}`, path).toBe('200 ');
    return heard.body;
  }

  /** Everything in the log is applied, and every instance that is asked knows. */
  async ready(): Promise<void> {
    await Promise.all(this.#inTurn.map((name) => this.server(name).ready()));
  }

  /** By instance, once each partition is applied by one of them and by nobody else. */
  settled(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return eventually(async () => {
      const shares = await Promise.all(names.map(async (name) => ownedIn(await positionsOf(this.server(name)))));
      const all = await positionsOf(this.server(names[0] ?? ''));
      expect(shares.flat().sort()).toEqual(all.map(nameOf).sort());
      for (const share of shares) expect(share.length).toBeGreaterThan(0);
      return new Map(names.map((name, index) => [name, shares[index] ?? []]));
    });
  }

  #next(): Server {
    this.#turn += 1;
    const name = this.#inTurn[this.#turn % Math.max(this.#inTurn.length, 1)];
    return this.server(name ?? 'to ask');
  }
}

export async function positionsOf(server: Server): Promise<readonly JsonObject[]> {
  const { partitions } = await server.ok('/v1/positions');
  return Array.isArray(partitions) ? partitions.filter(isJsonObject) : [];
}

export const ownedIn = (positions: readonly JsonObject[]) =>
  positions.filter(({ owned }) => owned === true).map(nameOf);

const nameOf = ({ topic, partition }: JsonObject) => `${topic}:${partition}`;

/** Who would rather have no answer than a marked one is refused while nobody applies, which a part that goes over is for a moment. */
function isWished(heard: Heard & { kind: 'reply' }, asked: unknown): boolean {
  if (!/^urn:tidemark:problem:(stale|behind)$/.test(String(heard.body.type)) || !isJsonObject(asked)) return false;
  return isJsonObject(asked.consistency) && asked.consistency.onViolation === 'wait';
}
