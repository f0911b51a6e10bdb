import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import { EpochTable } from './epoch-table.js';
import { oneEpoch } from './epochs.js';
import { mergeVectors, type PartitionKey, partitionKey } from './position.js';
import { decodeToken, encodeToken, type LogIdentity, mergeTokens } from './token.js';

const log: LogIdentity = {
  id: 'log-1',
  incarnationOf: (topic) => (['tickets', 'policies'].includes(topic) ? `${topic}-1` : undefined),
  partitionsOf: (topic) => (['tickets', 'policies'].includes(topic) ? 4 : 0),
  epochs: oneEpoch,
};

const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const place = fc.tuple(fc.constantFrom('tickets', 'policies'), fc.nat({ max: 3 }));
const vector = fc
  .array(fc.tuple(place, offset), { maxLength: 8 })
  .map((entries) => new Map<PartitionKey, bigint>(entries.map(([[topic, n], at]) => [partitionKey(topic, n), at])));

function codeOf(token: string, reader: LogIdentity = log): string {
  try {
    decodeToken(reader, token);
    return 'accepted';
  } catch (error) {
    return error instanceof TidemarkError ? error.code : `threw ${String(error)}`;
  }
}

/** A log that has lost what it held of tickets:0 from offset 10 on, and has since come to epoch 2. */
const lossy = new EpochTable([
  { leaderEpoch: 0, first: 0n },
  { leaderEpoch: 2, first: 10n },
]);
const losing: LogIdentity = {
  ...log,
  epochs: { epochOf: (_, at) => lossy.epochOf(at), endOf: (_, leaderEpoch) => lossy.endOf(leaderEpoch) },
};

const encoded = (value: unknown) => `t1.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;

describe('a token', () => {
  it('decodes to the positions it was made of, and equal positions make equal tokens', () => {
    fc.assert(
      fc.property(vector, (positions) => {
        const token = encodeToken(log, positions);
        expect(decodeToken(log, token)).toEqual(positions);
        expect(encodeToken(log, new Map([...positions].reverse()))).toBe(token);
      }),
    );
  });

  it('is good while its positions are of the history of the log, under any epoch', () => {
    for (const offset of [0n, 9n, 10n, 99n]) {
      const vector = new Map([['tickets:0', offset]] as const);
      expect(decodeToken(losing, encodeToken(losing, vector))).toEqual(vector);
    }
    expect(codeOf(encodeToken(log, new Map([['tickets:0', 9n]])), losing)).toBe('accepted');
  });

  it('of records that the log has lost is refused and not waited for, whatever stands there now', () => {
    const lost = [
      encodeToken(log, new Map([['tickets:0', 10n]])),
      encodeToken(losing, new Map([['tickets:0', 10n]]), new Map([['tickets:0', 1]])),
    ];
    expect(lost.map((token) => codeOf(token, losing))).toEqual(['token_of_another_log', 'token_of_another_log']);
  });

  it('of an epoch that the log has never come to is refused', () => {
    expect(codeOf(encodeToken(losing, new Map([['tickets:0', 10n]])), log)).toBe('token_of_another_log');
  });

  it('names no epoch where all are 0, so older tokens are read as they are', () => {
    const text = Buffer.from(encodeToken(log, new Map([['tickets:0', 1n]])).slice(3), 'base64url').toString();
    expect(text).toBe('{"l":"log-1","v":{"tickets":["tickets-1",{"0":"1"}]}}');
  });

  it.each([[1], ['2'], [{ 0: '2' }], [{ 0: -1 }], [{ 0: 0.5 }], [null]])(
    'with epochs like %j is malformed',
    (epochs) => {
      expect(codeOf(encoded({ l: 'log-1', v: { tickets: ['tickets-1', { 0: '1' }, epochs] } }))).toBe(
        'token_malformed',
      );
    },
  );

  it('merged with others covers the larger offset of each partition', () => {
    fc.assert(
      fc.property(fc.array(vector, { maxLength: 4 }), (vectors) => {
        const tokens = vectors.map((positions) => encodeToken(log, positions));
        expect(mergeTokens(log, tokens)).toEqual(mergeVectors(vectors));
      }),
    );
  });

  it('may be written as topic:partition:offset by a producer that knows no other', () => {
    expect(decodeToken(log, 'tickets:3:17')).toEqual(new Map([['tickets:3', 17n]]));
  });

  it('of the future is legal: its sender waits', () => {
    expect(codeOf('tickets:0:9999999999999999999')).toBe('accepted');
  });

  it.each([
    ['another log', encodeToken({ ...log, id: 'log-2' }, new Map([['tickets:0', 1n]]))],
    ['a topic made anew', encodeToken({ ...log, incarnationOf: () => 'tickets-2' }, new Map([['tickets:0', 1n]]))],
    ['an unknown topic', 'orders:0:1'],
    ['an unknown partition', 'tickets:4:1'],
    ['an unknown partition inside', encoded({ l: 'log-1', v: { tickets: ['tickets-1', { 4: '1' }] } })],
  ])('of %s is refused as foreign', (_what, token) => {
    expect(codeOf(token)).toBe('token_of_another_log');
  });

  it.each([
    '',
    't1.',
    't2.e30',
    'tickets:0:-1',
    'tickets:0:01',
    'tickets:0x0:1',
    encoded(null),
    encoded({ l: 'log-1' }),
    encoded({ l: 'log-1', v: { tickets: 7 } }),
    encoded({ l: 'log-1', v: { tickets: ['tickets-1', { 0: 1.5 }] } }),
    encoded({ l: 'log-1', v: { tickets: ['tickets-1', { '-1': '1' }] } }),
    'x'.repeat(limits.tokenLengthMax + 1),
  ])('is refused as malformed when it is %j', (token) => {
    expect(codeOf(token)).toBe('token_malformed');
  });

  it('gives one of the two refusals on any text and any JSON, and throws nothing else', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String().map((text) => `t1.${text}`),
      fc.jsonValue().map(encoded),
      fc.jsonValue().map((v) => encoded({ l: 'log-1', v })),
      fc.jsonValue().map((entry) => encoded({ l: 'log-1', v: { tickets: ['tickets-1', entry] } })),
    );
    fc.assert(
      fc.property(anything, (token) => {
        expect(['accepted', 'token_malformed', 'token_of_another_log']).toContain(codeOf(token));
      }),
      { numRuns: 500 },
    );
  });
});
