/** Bad input for time travel, at each of its entrances: refused with a status, a code and advice, or answered without anything later. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileLog } from '../../connectors/file/log.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { systemClock } from '../../src/domain/clock.js';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { encodeToken, type LogIdentity } from '../../src/domain/token.js';
import { account, policy, ticket } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { ScratchFolder } from '../flow/file-log.test-support.js';
import { Flow, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { faultOf, type Heard } from './answer-rules.test-support.js';

const tenants = ['owner', 'stranger'];
let flow: Flow;
/** Of a reply to each of the two. */
let tokens: Readonly<Record<string, string>>;

beforeAll(async () => {
  const clock = new TwoHandClock();
  flow = await Flow.open({ clock, log: memoryLog(clock), tenants });
  for (const tenant of tenants) {
    const secret = `secret of ${tenant}`;
    const events = [account('A-1', { secret }), ticket('T-1', { secret }), policy('P-1', { body: secret })];
    await flow.caller(tenant).ok('/v1/events', { body: events.map((event) => ({ ...event, tenant })) });
  }
  await flow.settle();
  const own = await Promise.all(tenants.map((tenant) => flow.caller(tenant).ok('/v1/accounts/A-1')));
  tokens = Object.fromEntries(tenants.map((tenant, index) => [tenant, String(own[index]?.token)]));
});
afterAll(() => flow.stop());

type Give = (of: Flow, asOf: unknown) => Promise<Heard>;

const consistency = { deadlineMs: 0, onViolation: 'refuse' };
const inBody: readonly (readonly [string, Give])[] = [
  ['a context', (of, asOf) => owner(of, '/v1/context', { account: 'A-1', asOf, consistency })],
  [
    'a context with a question',
    (of, asOf) => owner(of, '/v1/context', { account: 'A-1', question: 'q', asOf, consistency }),
  ],
  ['a search', (of, asOf) => owner(of, '/v1/search', { question: 'q', asOf, consistency })],
  [
    'a search of an account',
    (of, asOf) => owner(of, '/v1/search', { question: 'q', account: 'A-1', asOf, consistency }),
  ],
];
const entrances: typeof inBody = [
  ...inBody,
  ['an account', (of, asOf) => owner(of, `/v1/accounts/A-1?deadlineMs=20&asOf=${encodeURIComponent(String(asOf))}`)],
];

/** The clock goes on while it is answered, so that a deadline passes. */
async function owner(of: Flow, path: string, body?: Readonly<Record<string, unknown>>): Promise<Heard> {
  const time = setInterval(() => of.options.clock.advance(10), 1);
  try {
    return await of.caller('owner').ask(path, body === undefined ? {} : { body });
  } finally {
    clearInterval(time);
  }
}

/** Refused in order: as every problem is, with this status and code, and with nothing of anybody's data. */
function expectRefusal(heard: Heard, status: number, code: string): JsonObject {
  expect(faultOf(heard)).toBeUndefined();
  expect(heard.body).toMatchObject({ status, code });
  expect(heard.text).not.toContain('secret');
  return heard.body;
}

const own = () => flow.service.identity;
const identity = (more: Partial<LogIdentity> = {}): LogIdentity => {
  return {
    id: own().id,
    incarnationOf: own().incarnationOf,
    partitionsOf: own().partitionsOf,
    epochs: own().epochs,
    ...more,
  };
};
const at = (offset: bigint): ReadonlyMap<PartitionKey, bigint> => new Map([[partitionKey('crm.accounts', 0), offset]]);
const t1 = (content: unknown) => `t1.${Buffer.from(JSON.stringify(content)).toString('base64url')}`;

const noToken: readonly (readonly [string, () => string])[] = [
  ['a word', () => 'yesterday'],
  ['an instant', () => '2026-03-01T00:00:00Z'],
  ['a snapshot id', () => `sha256-${'ab'.repeat(32)}`],
  ['an offset alone', () => '7'],
  ['a prefix alone', () => 't1.'],
  ['another version', () => encodeToken(own(), at(0n)).replace('t1.', 't2.')],
  ['a good one with its end cut off', () => encodeToken(own(), at(0n)).slice(0, -9)],
  ['a good one in upper case', () => encodeToken(own(), at(0n)).toUpperCase()],
  ['JSON that is no object', () => t1([])],
  ['no vector', () => t1({ l: own().id })],
  ['a vector that is a list', () => t1({ l: own().id, v: [['crm.accounts', 0, 0]] })],
  ['a negative offset', () => 'crm.accounts:0:-1'],
  ['an offset of 10^30', () => `crm.accounts:0:1${'0'.repeat(30)}`],
  ['a fraction', () => 'crm.accounts:0:0.5'],
  ['an exponent', () => 'crm.accounts:0:1e3'],
  ['two positions', () => 'crm.accounts:0:0,crm.accounts:1:0'],
  ['a position and a line end', () => 'crm.accounts:0:0\n'],
  ['10,000 levels', () => `t1.${Buffer.from('['.repeat(10_000)).toString('base64url')}`],
];

const foreign: readonly (readonly [string, () => string])[] = [
  ['another log', () => encodeToken(identity({ id: 'log-2' }), at(0n))],
  ['a log of the same topics that was built anew', () => encodeToken(identity({ id: `${own().id}0` }), at(0n))],
  ['a topic that was made anew', () => encodeToken(identity({ incarnationOf: () => 'an older one' }), at(0n))],
  ['a topic of no name here', () => 'no.such:0:0'],
  ['a topic named like a prototype', () => '__proto__:0:0'],
  ['the audit topic, which no answer comes from', () => 'copilot.context:0:0'],
  ['a partition past the count', () => 'crm.accounts:4:0'],
  ['a partition past 2^32', () => 'crm.accounts:4294967296:0'],
  [
    'a partition past the count, encoded',
    () => t1({ l: own().id, v: { 'crm.accounts': [own().incarnationOf('crm.accounts'), { 99: '0' }] } }),
  ],
];

describe.each(entrances)('asOf, given to %s', (_what, give) => {
  it.each(noToken)('that is %s is refused as no token', async (_token, make) => {
    expectRefusal(await give(flow, make()), 400, 'token_malformed');
  });

  it.each(foreign)('of %s is refused as foreign', async (_of, make) => {
    expectRefusal(await give(flow, make()), 422, 'token_of_another_log');
  });

  it.each(['1', '1000000', '9223372036854775807'])(
    'beyond the end, at offset %s, is refused as of the future',
    async (offset) => {
      expectRefusal(await give(flow, `support.policies:3:${offset}`), 422, 'token_in_future');
    },
  );

  it('that is longer than a token can be is refused', async () => {
    expectRefusal(await give(flow, 't'.repeat(limits.tokenLengthMax + 1)), 422, 'request_invalid');
    expectRefusal(await give(flow, 't'.repeat(limits.tokenLengthMax)), 400, 'token_malformed');
  });

  it('of another tenant has no authority: it tells how far, and shows nothing of whose it is', async () => {
    const heard = await give(flow, tokens.stranger);
    expect(faultOf(heard)).toBeUndefined();
    expect(heard.text).not.toContain('secret of stranger');
    if (heard.status !== 200) expectRefusal(heard, 404, 'account_not_found');
    else expect(heard.body.freshness).toMatchObject({ label: 'stale', reasons: [{ code: 'as_of' }] });
  });
});

describe.each(inBody)('asOf, given to %s', (_what, give) => {
  it.each<[string, unknown]>([
    ['a number', 7],
    ['true', true],
    ['null', null],
    ['a list of tokens', ['crm.accounts:0:0']],
    ['an object', { 'crm.accounts': { 0: '0' } }],
    ['an empty text', ''],
  ])('that is %s is refused, naming the member', async (_value, asOf) => {
    const told = expectRefusal(await give(flow, asOf), 422, 'request_invalid');
    expect(told.errors).toMatchObject([{ in: 'body', pointer: '/asOf' }]);
  });
});

const keptForOneMs = { ageMs: 1, bytes: null };

function openLog(folder: ScratchFolder): Promise<FileLog> {
  const topics = topicsToOpen(defaultTopics).map((topic) => ({ ...topic, retention: keptForOneMs }));
  // One record per segment: retention lets whole segments go.
  const segmentBytesMax = 1;
  const clock = () => systemClock.wallMs();
  return FileLog.open({ folder: folder.path, topics, clock, segmentBytesMax, onReport: () => undefined });
}

/** A service on a folder of which retention has left, while it runs, only the last record of each partition. */
async function expired(run: (left: Flow, partition: string) => Promise<void>): Promise<void> {
  const folder = await ScratchFolder.make();
  const clock = new TwoHandClock();
  try {
    const log = await openLog(folder);
    const full = await Flow.open({ clock, log, tenants });
    const events = [0, 1, 2, 3].map((n) => ({ ...account('A-1', { n }), tenant: 'owner' }));
    const posted = await full.caller('owner').ok('/v1/events', { body: events.slice(0, 1) });
    for (const event of events.slice(1)) await full.caller('owner').ok('/v1/events', { body: event });
    await full.settle();
    await log.expire(new Map([...(await log.ends())].map(([key, end]) => [key, end - 1n])), Date.now() + 1_000_000);
    const { topic, partition } = (posted.events as { position: JsonObject }[])[0]?.position ?? {};
    await run(full, `${topic}:${partition}`);
    await full.stop();
    await log.close();
  } finally {
    await folder.remove();
  }
}

describe('asOf a position before the first kept record', () => {
  it.each(entrances)('given to %s is a past that is lost, expired', async (_what, give) => {
    await expired(async (left, partition) => {
      for (const offset of [0, 1, 2]) {
        const told = expectRefusal(await give(left, `${partition}:${offset}`), 410, 'past_lost');
        expect(told.facts).toMatchObject({ reason: 'expired' });
      }
    });
  });

  it('is told apart from one that is kept: an answer that needs nothing older is given, any other is of a past that is lost', async () => {
    await expired(async (left, partition) => {
      for (const [what, give] of entrances) {
        const heard = await give(left, `${partition}:3`);
        if (what === 'a search') expect(heard.status).toBe(200);
        else expect(expectRefusal(heard, 410, 'past_lost').facts).toMatchObject({ reason: 'expired' });
      }
    });
  });
});
