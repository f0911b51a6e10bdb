import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { encodeToken, type LogIdentity } from '../../src/domain/token.js';
import { account } from '../../src/fixtures.test-support.js';
import type { Heard } from './answer-rules.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
  await subject.put(account('A-1'));
});
afterAll(() => subject.close());

/** The five ways a token comes in. */
const entrances: readonly (readonly [string, (token: string) => Promise<Heard>])[] = [
  ['a snapshot', (token) => subject.ask('/v1/context', { body: { account: 'A-1', ...atLeast(token) } })],
  ['a search', (token) => subject.ask('/v1/search', { body: { question: 'q', ...atLeast(token) } })],
  ['a merge', (token) => subject.ask('/v1/tokens/merge', { body: { tokens: [token] } })],
  ['a read', (token) => subject.ask(`/v1/accounts/A-1?deadlineMs=1&token=${encodeURIComponent(token)}`)],
  ['a stream', (token) => subject.ask(`/v1/changes?account=A-1&token=${encodeURIComponent(token)}`)],
];

function atLeast(token: string, more: Readonly<Record<string, unknown>> = {}) {
  return { consistency: { level: 'at_least', tokens: [token], deadlineMs: 1, ...more } };
}

const at = (offset: bigint): ReadonlyMap<PartitionKey, bigint> => new Map([[partitionKey('crm.accounts', 0), offset]]);
const t1 = (content: unknown) => `t1.${Buffer.from(JSON.stringify(content)).toString('base64url')}`;
const own = () => subject.service.identity;
const incarnation = () => own().incarnationOf('crm.accounts') ?? '';
const vector = (partitions: unknown, of = incarnation()) =>
  t1({ l: own().id, v: { 'crm.accounts': [of, partitions] } });

const foreign: readonly (readonly [string, () => string])[] = [
  ['another log', () => encodeToken({ ...identity(), id: 'log-2' }, at(0n))],
  ['a topic made anew', () => encodeToken({ ...identity(), incarnationOf: () => 'an older one' }, at(0n))],
  ['a topic of no name here', () => t1({ l: own().id, v: { 'no.such': [null, { 0: '0' }] } })],
  ['a partition that does not exist', () => 'crm.accounts:1:0'],
  ['a partition past 2^31', () => 'crm.accounts:4294967296:0'],
  ['a topic that does not exist', () => 'no.such:0:0'],
  ['a topic named like a prototype', () => 'constructor:0:0'],
  ['a partition that does not exist, encoded', () => vector({ 7: '0' })],
];

function identity(): LogIdentity {
  return { id: own().id, incarnationOf: own().incarnationOf, partitionsOf: own().partitionsOf, epochs: own().epochs };
}

const garbage: readonly (readonly [string, () => string])[] = [
  ['a word', () => 'garbage'],
  ['a space', () => ' '],
  ['a prefix alone', () => 't1.'],
  ['another version', () => encodeToken(own(), at(0n)).replace('t1.', 't2.')],
  ['a good one with its end cut off', () => encodeToken(own(), at(0n)).slice(0, -9)],
  ['bytes that are no text', () => `t1.${Buffer.from([0xff, 0xfe, 0x80]).toString('base64url')}`],
  ['characters outside base64', () => 't1.!!!!'],
  ['JSON that is no object', () => t1([1, 2])],
  ['JSON null', () => t1(null)],
  ['no log', () => t1({ v: {} })],
  ['a log that is a number', () => t1({ l: 1, v: {} })],
  ['no vector', () => t1({ l: own().id })],
  ['a topic without its parts', () => t1({ l: own().id, v: { 'crm.accounts': [] } })],
  ['a topic that is an object', () => t1({ l: own().id, v: { 'crm.accounts': {} } })],
  ['a negative offset', () => 'crm.accounts:0:-1'],
  ['an offset of 10^30', () => `crm.accounts:0:1${'0'.repeat(30)}`],
  ['a negative partition', () => 'crm.accounts:-1:0'],
  ['a fraction', () => 'crm.accounts:0:1.5'],
  ['an exponent', () => 'crm.accounts:0:1e3'],
  ['hexadecimal', () => 'crm.accounts:0:0x10'],
  ['a leading zero', () => 'crm.accounts:0:007'],
  ['other digits', () => 'crm.accounts:0:٣'],
  ['a line end', () => 'crm.accounts:0:0\n'],
  ['one part too many', () => 'crm.accounts:0:0:0'],
  ['a negative offset, encoded', () => vector({ 0: '-1' })],
  ['an offset of 10^30, encoded', () => vector({ 0: `1${'0'.repeat(30)}` })],
  ['no offset, encoded', () => vector({ 0: null })],
  ['an object for an offset', () => vector({ 0: { toString: 'x' } })],
  ['a partition named like a prototype', () => vector(JSON.parse('{"__proto__": "0"}'))],
  ['10,000 levels', () => `t1.${Buffer.from('['.repeat(10_000)).toString('base64url')}`],
];

describe.each(entrances)('a token, given to %s', (_what, give) => {
  it.each(foreign)('of %s is refused as foreign', async (_of, make) => {
    expect((await give(make())).body).toMatchObject({ status: 422, code: 'token_of_another_log' });
  });

  it.each(garbage)('that is %s is refused as no token', async (_of, make) => {
    expect((await give(make())).body).toMatchObject({ status: 400, code: 'token_malformed' });
  });
});

describe('a token of the future', () => {
  const future = () => encodeToken(own(), at(1_000_000n));
  const ask = (more: Readonly<Record<string, unknown>>) =>
    subject.ask('/v1/context', { body: { account: 'A-1', ...atLeast(future(), more) } });

  it('waits, and is refused at the deadline as one that no write has given', async () => {
    const { body } = await ask({ deadlineMs: 60, onViolation: 'wait' });
    expect(body).toMatchObject({ status: 422, code: 'token_in_future', facts: { waitedMs: expect.any(Number) } });
    expect((body.facts as { waitedMs: number }).waitedMs).toBeGreaterThanOrEqual(60);
  });

  it('is refused at once on request', async () => {
    const { body } = await ask({ deadlineMs: 30_000, onViolation: 'refuse' });
    expect(body).toMatchObject({ status: 422, code: 'token_in_future' });
    expect((body.facts as { waitedMs: number }).waitedMs).toBeLessThan(1_000);
  });

  it('is answered on request, marked as not covered', async () => {
    const { status, body } = await ask({ deadlineMs: 30_000, onViolation: 'mark' });
    expect(status).toBe(200);
    expect(body.freshness).toMatchObject({ label: 'stale', reasons: [{ code: 'tokens_not_covered' }] });
  });

  it('of the largest offset there is can be merged, and waits like any other', async () => {
    const largest = 'crm.accounts:0:9223372036854775807';
    const { token, through } = await subject.ok('/v1/tokens/merge', {
      body: { tokens: [largest, 'crm.accounts:0:1'] },
    });
    expect(through).toEqual({ 'crm.accounts': { 0: '9223372036854775807' } });
    const { body } = await subject.ask(`/v1/accounts/A-1?deadlineMs=1&token=${String(token)}`);
    expect(body).toMatchObject({ code: 'token_in_future' });
  });

  it('is covered by the write it waits for', async () => {
    const next = (await subject.service.engines.log.ends()).get(partitionKey('crm.accounts', 0)) ?? 0n;
    const body = { account: 'A-1', ...atLeast(`crm.accounts:0:${next}`, { deadlineMs: 30_000 }) };
    const [answer] = await Promise.all([subject.ok('/v1/context', { body }), subject.put(account('A-2'))]);
    expect(answer.freshness).toMatchObject({ label: 'fresh' });
  });
});
