/** Sizes: at the limit and beside it, and what is small only while it is packed. */
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import { patch } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import { binary, type CasePlan, type CaseRecord, event, header, plan, raw, state, type Way } from './kafka-records.js';
import { fullState } from './records.test-support.js';

const MIB = 1_048_576;

function ofBytes(id: string, bytes: number): JsonObject {
  const least = Buffer.byteLength(canonicalJson(fullState('account', id, { note: '' })));
  return fullState('account', id, { note: 'x'.repeat(bytes - least) });
}

/** As large as a frame with it is, `beside` the most. */
function framed(id: string, beside: number): CaseRecord {
  const { key } = raw('account', id, null, 'too_large');
  const value = 'x'.repeat(limits.frameBytesMax - 77 - (key?.length ?? 0) + beside);
  return { ...raw('account', id, value, 'too_large'), isBeyondFrame: beside > 0 };
}

/** Of a few kilobytes while they are packed. */
const bombs: readonly (readonly [codec: 'gzip' | 'snappy' | 'lz4', mebibytes: number])[] = [
  ['gzip', 2],
  ['snappy', 2],
  ['lz4', 2],
  ['gzip', 60],
  ['lz4', 60],
];

export const sizeCases: readonly CasePlan[] = [
  ...[-1, 0, 1].map((beside) =>
    plan(`an event ${beside} beside the limit`, 'account', beside > 0 ? 'nothing' : {}, (id) =>
      event('account', id, ofBytes(id, limits.eventBytesMax + beside), beside > 0 ? 'too_large' : 'applied'),
    ),
  ),
  ...[-1, 0, 1].map((beside) =>
    plan(`data of binary mode ${beside} beside the limit`, 'account', beside > 0 ? 'nothing' : {}, (id) => {
      const least = Buffer.byteLength(JSON.stringify({ id, note: '' }));
      const note = 'x'.repeat(limits.eventBytesMax + beside - least);
      return {
        ...binary(id, beside > 0 ? 'too_large' : 'applied'),
        value: Buffer.from(JSON.stringify({ id, note })),
      };
    }),
  ),
  ...[-1, 0, 1].map((beside) =>
    plan(`a record ${beside} beside what a frame holds`, 'account', 'nothing', (id) => framed(id, beside)),
  ),
  ...[2, 5].map((mebibytes) =>
    plan(`a record of ${mebibytes} MiB`, 'account', { plan: 'pro' }, (id) => [
      state(id, 'applied'),
      { ...raw('account', id, 'x'.repeat(mebibytes * MIB), 'too_large'), isBeyondFrame: true },
    ]),
  ),
  plan('a tombstone under a key of 2 MiB', 'account', 'nothing', (id) => ({
    ...raw('account', id, null, 'too_large'),
    key: Buffer.from(`acme/${'x'.repeat(2 * MIB)}`),
    isBeyondFrame: true,
  })),
  plan('a header of 2 MiB', 'account', 'nothing', (id) => ({
    ...state(id, 'too_large'),
    headers: [header('large', 'x'.repeat(2 * MIB))],
    isBeyondFrame: true,
  })),
  plan('a value of zeros', 'account', 'nothing', (id) => raw('account', id, Buffer.alloc(200_000), 'not_json')),
  plan('more values than a text may have', 'account', 'nothing', (id) =>
    raw('account', id, `[${'0,'.repeat(limits.eventBytesMax / 2 - 2)}0]`, 'not_a_cloudevent'),
  ),
  plan('patches that make an entity too large', 'account', { plan: 'pro' }, (id) => [
    state(id, 'applied'),
    ...[0, 1, 2, 3, 4].map((place) => {
      const grown = { [`note${place}`]: 'x'.repeat(limits.entityBytesMax / 4 - 1_000) };
      return event('account', id, patch('account', id, grown), place > 3 ? 'too_large' : 'applied');
    }),
  ]),
  ...bombs.map(([codec, mebibytes]) =>
    plan(`${mebibytes} MiB of zeros packed as ${codec}`, 'account', 'nothing', (id) => {
      const way: Way = { kind: 'packed', codec };
      return { ...raw('account', id, Buffer.alloc(mebibytes * MIB), 'too_large'), isBeyondFrame: true, way };
    }),
  ),
];
