/** Keys and values in Redis that nobody of this service wrote: what cannot be believed is given up and begins anew, and none is served. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { redisMissing, redisUrl } from '../../eval/live/settings.js';
import type { Entity } from '../../src/domain/entity.js';
import { entity, writer } from '../../src/state/contract-kit.js';
import { fieldOf, Layout } from './layout.js';
import { openStates } from './redis.test-support.js';
import type { RedisState } from './state.js';

const url = redisUrl();
const [policy, ticket, account] = [entity('policy', 'P-1'), entity('ticket', 'T-1'), entity('account', 'A-1')];
const all: readonly Entity[] = [policy, ticket, account];

/** A key, and what is done to it. */
type Harm = readonly [
  name: string,
  key: (layout: Layout) => string,
  harm: (redis: Redis, key: string) => Promise<unknown>,
];

const anotherType = async (redis: Redis, key: string) => {
  await redis.del(key);
  await redis.rpush(key, 'x');
};
const field = (name: string, value: string) => (redis: Redis, key: string) => redis.hset(key, name, value);

const keys: readonly (readonly [name: string, key: (layout: Layout) => string])[] = [
  ['meta', ({ control }) => control.meta],
  ['progress', (layout) => layout.progress],
  ['counts', (layout) => layout.counts],
  ['marks of records', (layout) => layout.blockedOf('acme')],
  ['pending', (layout) => layout.pending],
  ['pending of a tenant', (layout) => layout.pendingOf('acme')],
  ['revisions', (layout) => layout.revisions],
  ['tenants', (layout) => layout.tenants],
  ['index', (layout) => layout.index],
  ['entities of an account', (layout) => layout.account('acme', 'A-1').entities],
  ['stamp of an account', (layout) => layout.account('acme', 'A-1').meta],
  ['policies', (layout) => layout.tenant('acme').present],
  ['stamp of a tenant', (layout) => layout.tenant('acme').meta],
  ['home of a ticket', (layout) => layout.home(ticket.key)],
];

const offsets = ['', ' 7', '7 ', '7.5', '1e3', '0x7', 'NaN', '99999999999999999999', "0'); redis.call('FLUSHALL') --"];
const values = [
  '',
  'x',
  '\n\n\n',
  '[]\n1\n[]\n{}',
  '["0",0,"i-1",null]\nNaN\n[]\n{}',
  'return redis.call("KEYS", "*")',
];

const harms: readonly Harm[] = [
  ...keys.map(([name, key]): Harm => [`${name}: another type`, key, anotherType]),
  ...offsets.map(
    (value): Harm => [
      `progress of ${JSON.stringify(value)}`,
      ({ progress }) => progress,
      field('support.tickets:0', value),
    ],
  ),
  ...values.map(
    (value): Harm => [
      `a policy of ${JSON.stringify(value)}`,
      (layout) => layout.tenant('acme').present,
      field(fieldOf(policy.key), value),
    ],
  ),
  ...values.map(
    (value): Harm => [
      `a ticket of ${JSON.stringify(value)}`,
      (layout) => layout.account('acme', 'A-1').entities,
      field(fieldOf(ticket.key), value),
    ],
  ),
];

describe.skipIf(url === undefined)(`poison in Redis: ${redisMissing()}`, () => {
  const address = new URL(url ?? 'redis://127.0.0.1:1').host;
  const states = openStates(() => address);
  let redis: Redis;
  let empty: readonly unknown[];
  beforeAll(async () => {
    redis = new Redis(url ?? '');
    empty = await told(await states.open({ prefix: `poison-${randomUUID()}` }));
  });
  afterAll(async () => {
    states.closeAll();
    await redis.quit();
  });

  async function opened(
    prefix = `poison-${randomUUID()}`,
  ): Promise<{ state: RedisState; layout: Layout; prefix: string }> {
    const state = await states.open({ prefix });
    await writer(state).put(...all);
    await state.repend({ index: 'one', revision: 1 });
    return { state, layout: new Layout(prefix, await state.contents()), prefix };
  }

  /** Of each question the answer, or with what it was refused. */
  async function told(state: RedisState): Promise<readonly unknown[]> {
    const asked = [
      state.account('acme', 'A-1'),
      state.tenant('acme'),
      state.entities(all.map(({ key }) => key)),
      state.pendingKeys('acme'),
      state.allPending(9),
      state.indexMark(),
      state.pendingCount(),
      state.progress(),
      state.through(),
    ];
    return (await Promise.allSettled(asked)).map((one) => {
      if (one.status === 'fulfilled') return one.value;
      expect(one.reason).toMatchObject({ code: 'state_unavailable', retriable: true });
      return 'refused';
    });
  }

  it.each(harms)('%s', async (_name, keyOf, harm) => {
    const { state, layout } = await opened();
    const [other, before] = [await opened(), await told(state)];
    const untouched = await told(other.state);
    await harm(redis, keyOf(layout));
    for (let round = 0; round < 3; round++) mustBeTrue(await told(state), { before, empty });
    // What is named by the prefix alone may be somebody else's: it is refused until it is taken away.
    if (keyOf(layout) === layout.control.meta) await redis.del(layout.control.meta);
    // It goes on by itself: with what it held, or with other contents that are filled from the journal.
    await eventually(async () => {
      const { kind } = await writer(state).put(entity('policy', `P-${randomUUID()}`));
      expect(kind).toBe('written');
    });
    expect(await told(other.state)).toEqual(untouched);
  });

  it.each(["'; return redis.call('FLUSHALL') --", 'a}:{b', '%0025', 'a\n["0",0,"i-1",null]', 'a:b:c', '\u0000'])(
    'a name is a name, whatever it says: %j',
    async (name) => {
      const { state } = await opened();
      const named = entity('policy', name, { tenant: name });
      await writer(state).put(named);
      expect(await state.entities([named.key])).toEqual([named]);
      expect((await state.tenant(name)).policies.byRef.size).toBe(1);
      expect((await state.tenant('acme')).policies.byRef.size).toBe(1);
    },
  );
});

/** Each answer is what it was, is refused, or is that of a store that holds nothing yet: nothing else is ever said. */
function mustBeTrue(
  answers: readonly unknown[],
  { before, empty }: Record<'before' | 'empty', readonly unknown[]>,
): void {
  for (const [at, answer] of answers.entries()) {
    if (answer === 'refused') continue;
    const text = textOf(answer);
    expect([textOf(before[at]), textOf(empty[at])]).toContain(text);
  }
}

function textOf(answer: unknown): string {
  return (
    JSON.stringify(answer, (name, value: unknown) => {
      if (value instanceof Map) return Object.fromEntries(value);
      if (typeof value === 'bigint') return String(value);
      // Of a view: how many policies there are says enough, and stamps may move.
      return name === 'version' ? undefined : value;
    }) ?? 'null'
  );
}
