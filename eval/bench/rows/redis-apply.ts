/**
 * Writing slices of 100 entities into Redis through the state store, four under way at once, against redis-benchmark pipelining the same
 * script with one entity a call. Both change what is there: 10,000 tickets, each in an account of its own.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Layout } from '../../../connectors/redis/layout.js';
import { planOf } from '../../../connectors/redis/plan.js';
import { writeScript } from '../../../connectors/redis/scripts.js';
import { addressOf } from '../../../connectors/redis/settings.js';
import { RedisState } from '../../../connectors/redis/state.js';
import { encodeEntity } from '../../../connectors/redis/values.js';
import { writeInput } from '../../../connectors/redis/write.js';
import { canonicalJson, digestOf } from '../../../src/domain/canonical.js';
import type { PresentEntity } from '../../../src/domain/entity.js';
import { partitionKey } from '../../../src/domain/position.js';
import type { StateWrite } from '../../../src/state/port.js';
import type { OwnRedis } from '../../live/redis.js';
import { type Opened, type Row, ratePerSecond, spread, type Unavailable } from '../harness.js';
import { conditionalUpsert } from '../redis/conditional-upsert.js';
import { openRedis, settingsOf } from '../redis/world.js';

const ENTITIES = 10_000;
const SLICE = 100;
/** Partitions, of which each has one slice under way. */
const UNDER_WAY = 4;
const PASSES = 5;
const PIPELINED = 100;
const CALLS = 100_000;
/** What redis-benchmark writes another number of twelve digits in place of. */
const ANY = '__rand_int__';
/** In its place where a text is made. */
const SAMPLE = '000000000000';
const TENANT = 'bench';
const LOG_ID = 'bench';

export const redisApply: Row = {
  name: `redis: apply of ${ENTITIES.toLocaleString('en')} entities of 408 bytes in slices of ${SLICE} ÷ redis-benchmark pipelining the same script (P=${PIPELINED}, same keys)`,
  unit: 'entities/s',
  better: 'high',
  goal: { ship: 1.3, stretch: 1.6 },
  open: async () => {
    const redis = await openRedis();
    if ('unavailable' in redis) return redis;
    try {
      return await opened(redis);
    } catch (error) {
      await redis.stop();
      throw error;
    }
  },
};

async function opened(redis: OwnRedis): Promise<Opened | Unavailable> {
  const state = await RedisState.open(settingsOf(redis), LOG_ID);
  const client = new Redis(addressOf(redis.server.address));
  const applied = new Applied(state);
  await applied.pass();
  const same = await sameScript(client, state);
  const bareSha = String(await client.script('LOAD', conditionalUpsert));
  const bare = [bareSha, '1', `bare:${ANY}`, '1', 'x'.repeat(408), '1700000000000'];
  const bareRates: number[] = [];
  return {
    ours: () =>
      ratePerSecond(ENTITIES * PASSES, async () => {
        for (let pass = 0; pass < PASSES; pass++) await applied.pass();
      }),
    baseline: async () => {
      bareRates.push(await benchmarked(redis, bare));
      return benchmarked(redis, same);
    },
    note: () =>
      `pipelining the three calls of a bare conditional upsert instead: ${Math.round(spread(bareRates).median).toLocaleString('en')}/s`,
    close: async () => {
      client.disconnect();
      state.close();
      await redis.stop();
    },
  };
}

async function benchmarked({ server }: OwnRedis, call: readonly string[]): Promise<number> {
  const flags = ['-p', String(server.plan.port), '-n', String(CALLS), '-P', String(PIPELINED), '-r', String(ENTITIES)];
  const { stdout } = await promisify(execFile)('redis-benchmark', [...flags, '--csv', 'EVALSHA', ...call]);
  // A title, which repeats the call with its line feeds, then the rate and latencies.
  const perSecond = Number(stdout.trim().split('","').at(-7));
  if (!(perSecond > 0)) throw new Error(`redis-benchmark told no rate: ${stdout.slice(-200)}`);
  return perSecond;
}

/** All entities again and again, each time on top of what the pass before has written. */
export class Applied {
  readonly #state: RedisState;
  #pass = 0;
  #held: readonly PresentEntity[] = [];
  readonly #through = new Map<number, bigint>();

  constructor(state: RedisState) {
    this.#state = state;
  }

  async pass(): Promise<void> {
    this.#pass++;
    const next = Array.from({ length: ENTITIES }, (_, n) => ticketOf(String(n).padStart(12, '0'), this.#pass, n));
    const lanes = Array.from({ length: UNDER_WAY }, async (_, lane) => {
      for (let at = lane * SLICE; at < ENTITIES; at += UNDER_WAY * SLICE) await this.#write(lane, next, at);
    });
    await Promise.all(lanes);
    this.#held = next;
  }

  async #write(lane: number, next: readonly PresentEntity[], at: number): Promise<void> {
    const after = this.#through.get(lane) ?? -1n;
    const through = after + BigInt(SLICE);
    const changes = next.slice(at, at + SLICE).map((entity, index) => {
      const foldedOn = this.#held[at + index];
      return foldedOn === undefined ? { entity, expected: null } : { entity, expected: foldedOn.watermark, foldedOn };
    });
    const counts = { applied: SLICE, superseded: 0, duplicate: 0, rejected: 0 };
    const progress = [{ partition: partitionKey('tickets', lane), through, after, counts }];
    const replaced = changes.map(({ entity }) => entity.key);
    const { kind } = await this.#state.write({ progress, changes, replaced, decided: [], block: [] });
    if (kind !== 'written') throw new Error('a write met another');
    this.#through.set(lane, through);
  }
}

const filler = 'x'.repeat(408 - canonicalJson(dataOf(SAMPLE, '')).length);

function dataOf(id: string, body: string) {
  return { accountId: `A-${id}`, body, id: `T-${id}`, status: 'open', subject: 'Question about an invoice' };
}

function ticketOf(id: string, revision: number, offset: number): PresentEntity {
  const json = canonicalJson(dataOf(id, filler));
  const hash = digestOf(json);
  const position = {
    topic: 'tickets',
    incarnation: { id: 'bench', ordinal: 1 },
    partition: 0,
    leaderEpoch: 0,
    offset: BigInt(revision * ENTITIES + offset),
  };
  return {
    key: { tenant: TENANT, kind: 'ticket', id: `T-${id}` },
    watermark: { position, version: null },
    eventTime: '2026-01-01T00:00:00Z',
    recent: [{ id: hash.slice(7, 39), digest: hash, offset: position.offset }],
    redrives: [],
    revision,
    accountId: `A-${id}`,
    status: 'present',
    json,
    hash,
    facets: { kind: 'ticket', open: true, priorityRank: 2, updatedAtMs: 0 },
  };
}

/**
 * One entity as the product writes it, on top of itself, with the number in its keys left to redis-benchmark. It puts another number into
 * each place, so the field is one that every account has.
 */
async function sameScript(client: Redis, state: RedisState): Promise<readonly string[]> {
  const layout = new Layout('tidemark', await state.contents());
  const entity = ticketOf(SAMPLE, 1, 0);
  const counts = { applied: 1, superseded: 0, duplicate: 0, rejected: 0 };
  const progress = [{ partition: partitionKey('same', 0), through: 0n, counts }];
  const changes = [{ entity, expected: entity.watermark, foldedOn: entity }];
  const write: StateWrite = { progress, changes, replaced: [entity.key], decided: [], block: [] };
  const { keys, args = [] } = writeInput(
    layout,
    planOf(write, layout, () => entity),
    'bench/1',
  );
  const pipeline = client.pipeline();
  for (let n = 0; n < ENTITIES; n++) {
    const account = layout.account(TENANT, `A-${String(n).padStart(12, '0')}`).entities;
    pipeline.hset(account, `ticket:T-${SAMPLE}`, encodeEntity(entity));
  }
  await pipeline.exec();
  const anyKeys = keys.map((key) => key.replace(`A-${SAMPLE}}`, `A-${ANY}}`));
  return [writeScript.sha1, String(keys.length), ...anyKeys, layout.contents, ...args];
}
