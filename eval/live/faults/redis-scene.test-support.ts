/**
 * A whole service on Kafka whose state is in a Redis of the test's own: a process, clients that go on through what is done to its Redis,
 * and everything they were told meanwhile.
 */
import { expect } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import {
  answersReplay,
  neverFalselyFresh,
  nothingGoesBack,
  nothingLost,
  nothingTwice,
} from '../../processes/checks.test-support.js';
import { Clients } from '../../processes/clients.test-support.js';
import { type Heard, Server } from '../../processes/server.test-support.js';
import { seed } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { ProcessScene } from '../processes/scene.test-support.js';
import { Round } from './rounds.test-support.js';

/** What came of one request. */
export interface Reply {
  readonly path: string;
  /** 0: the connection was cut. */
  readonly status: number;
  /** Of a problem. */
  readonly code: string | undefined;
  /** Of an answer, or all of those that its partitions have. */
  readonly labels: readonly unknown[];
  readonly askedAtMs: number;
  readonly tookMs: number;
}

export const isRefused = ({ status, code }: Reply) => status === 503 && code === 'state_unavailable';

/** Nothing is said of what cannot be known. */
export const isUnknown = ({ labels, status }: Reply) => status === 503 || labels.includes('unknown');

/** `GET /v1/positions` says that something is wrong. */
export const isTrouble = ({ path, status, labels }: Reply) =>
  path === '/v1/positions' && (status === 503 || labels.some((label) => label !== 'fresh'));

/** A server that remembers what it replied. */
class HeardServer extends Server {
  readonly replies: Reply[] = [];

  override async ask(path: string, body?: unknown, key?: string): Promise<Heard> {
    const askedAtMs = performance.now();
    const heard = await super.ask(path, body, key);
    const tookMs = performance.now() - askedAtMs;
    const status = heard.kind === 'reply' ? heard.status : 0;
    const told = heard.kind === 'reply' ? heard.body : {};
    const code = typeof told.code === 'string' ? told.code : undefined;
    this.replies.push({ path, status, code, labels: labelsIn(told), askedAtMs, tookMs });
    return heard;
  }

  /** On a busy machine a healthy Redis may be late for once, which is told and passes. */
  override async ok(path: string, body?: unknown, key?: string): Promise<JsonObject> {
    return await eventually(() => super.ok(path, body, key));
  }
}

function labelsIn({ freshness, partitions }: JsonObject): readonly unknown[] {
  if (isJsonObject(freshness)) return [freshness.label];
  return Array.isArray(partitions) ? partitions.filter(isJsonObject).map(({ label }) => label) : [];
}

/** Of `Clients`: each loads and reads accounts of its own. */
const PAIRS = [0, 1, 2];

export class RedisScene {
  readonly clients = new Clients(seed());
  readonly #scene: ProcessScene;
  readonly #server: HeardServer;
  #rounds: Round[] = [];

  private constructor(scene: ProcessScene, server: HeardServer) {
    this.#scene = scene;
    this.#server = server;
  }

  /** Every account is there and shown when it resolves; nobody asks or loads. */
  static async open(stores: Readonly<Record<string, string>>): Promise<RedisScene> {
    const scene = await ProcessScene.open('file');
    const server = new HeardServer(scene.folder, { settings: { ...scene.settings, ...stores } });
    const opened = await server.opened;
    if (typeof opened !== 'string') expect.fail(`the server did not start: ${JSON.stringify(opened)}`);
    const one = new RedisScene(scene, server);
    const { clients } = one;
    const lacks = (account: string) => !clients.acknowledged.some((known) => known.account === account);
    while (clients.accounts.some(lacks)) await Promise.all(PAIRS.map((pair) => clients.load(server, pair)));
    await server.ready();
    return one;
  }

  get server(): Server {
    return this.#server;
  }

  /** Of requests since then. */
  repliesSince(sinceMs: number, path = ''): readonly Reply[] {
    return this.#server.replies.filter((one) => one.askedAtMs >= sinceMs && one.path.startsWith(path));
  }

  /** From now on events come, accounts are read, and it is asked how far everything is. */
  begin(): void {
    const { clients } = this;
    const server = this.#server;
    let turn = 0;
    const look = async () => {
      const { accounts } = clients;
      await server.ask(`/v1/accounts/${accounts[turn++ % accounts.length]}`);
    };
    this.#rounds = [
      ...PAIRS.map((pair) => new Round(60, async () => void (await clients.load(server, pair)))),
      ...PAIRS.map((pair) => new Round(40, async () => void (await clients.read(server, pair)))),
      new Round(20, look),
      new Round(100, async () => void (await server.ask('/v1/positions'))),
      new Round(400, async () => void (await clients.redrive(server))),
    ];
  }

  /** From now on as well; resolves once answers have come. */
  async works(): Promise<void> {
    await this.rest();
    this.begin();
    const { answers } = this.clients;
    const before = answers.length;
    await eventually(() => expect(answers.length).toBeGreaterThan(before + 20));
  }

  /** Resolves with the first reply since then that is it. */
  told(sinceMs: number, isIt: (reply: Reply) => boolean): Promise<Reply> {
    return eventually(() => {
      const replies = this.repliesSince(sinceMs);
      const found = replies.find(isIt);
      if (found === undefined) throw new Error(`the last replies: ${JSON.stringify(replies.slice(-5))}`);
      return found;
    });
  }

  /** Resolves when it has lasted so long; load and questions go on meanwhile. */
  async lasts(sinceMs: number, forMs: number): Promise<void> {
    await eventually(() => expect(performance.now() - sinceMs).toBeGreaterThan(forMs), { withinMs: forMs + 60_000 });
  }

  /** Nobody asks or loads any more; what was not acknowledged is. */
  async rest(): Promise<void> {
    await Promise.all(this.#rounds.splice(0).map((round) => round.stop()));
    await this.clients.settle(this.#server);
  }

  /** Resolves when an answer shows all that was in the log when it was asked for, with how long that took. */
  async caughtUp(sinceMs = performance.now()): Promise<number> {
    const { clients } = this;
    const consistency = { level: 'latest', deadlineMs: 1_000, onViolation: 'mark' };
    await eventually(async () => {
      const heard = await this.#server.ask('/v1/context', { account: clients.accounts[0], consistency });
      expect(heard).toMatchObject({ kind: 'reply', status: 200 });
      // A patch of what never was keeps an account incomplete.
      expect(['fresh', 'incomplete'], JSON.stringify(heard)).toContain(labelOf(heard));
    });
    return countedMs(sinceMs);
  }

  /** What every fault has to leave: all that was acknowledged, once, answers that were true, and a past that replays. */
  async isWhole(): Promise<void> {
    await this.rest();
    const [server, { clients }] = [this.#server, this];
    await nothingLost(server, clients);
    await nothingTwice(server, clients, this.#scene.map.rejected);
    neverFalselyFresh(clients);
    nothingGoesBack(clients);
    const some = [...clients.answers.slice(0, 2), ...clients.answers.slice(-2)];
    await eventually(() => answersReplay(server, some));
    expect(clients.surprises).toEqual([]);
    // What is missing is not new, unless the answer says of how long ago it speaks.
    const isNew = ({ status, labels }: Reply) => status === 404 && !labels.includes('stale');
    expect(this.repliesSince(0, '/v1/accounts').filter(isNew)).toEqual([]);
  }

  /** Ends the service; one with its state in memory, on a copy of its own, folds the same of the topics. */
  async isFoldOfTopics(): Promise<void> {
    const before = await this.#contents(this.#server);
    expect(await this.#server.stop()).toMatchObject({ code: 0 });
    this.#scene.loseFolder();
    const folded = await this.#scene.start();
    await folded.ready();
    expect(before).toEqual(await this.#contents(folded));
    await answersReplay(folded, this.clients.answers.slice(-5));
    expect(await folded.stop()).toMatchObject({ code: 0 });
  }

  /** Every entity of every account, with its hash, and the policies. */
  async #contents(server: Server): Promise<readonly unknown[]> {
    const all: unknown[] = [];
    for (const account of this.clients.accounts) {
      const { account: own, members, blocked } = await server.ok(`/v1/accounts/${account}`);
      const { items } = await server.ok('/v1/context', { account, kinds: ['policy'] });
      all.push(own, members, sortedByPosition(blocked), items);
    }
    return all;
  }

  async close(): Promise<void> {
    await Promise.all(this.#rounds.map((round) => round.stop()));
    await this.#server.kill();
    await this.#scene.close();
  }
}

/** Which of several marks comes first says nothing. */
function sortedByPosition(blocked: unknown): readonly string[] {
  return Array.isArray(blocked) ? blocked.map((mark) => JSON.stringify(mark)).sort() : [];
}

function labelOf(heard: Heard): unknown {
  return heard.kind === 'reply' && isJsonObject(heard.body.freshness) ? heard.body.freshness.label : undefined;
}
