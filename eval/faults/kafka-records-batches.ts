/** Batches and transactions: good and bad beside each other, what was aborted, what was packed. */
import {
  type CasePlan,
  type CaseRecord,
  type Expected,
  plan,
  raw,
  state,
  tombstone,
  type Way,
} from './kafka-records.js';

const committed: Way = { kind: 'committed' };
const aborted: Way = { kind: 'aborted' };

const by = (way: Way, record: CaseRecord): CaseRecord => ({ ...record, way });

function named(id: string, name: string, expected: Expected = 'applied'): CaseRecord {
  return state(id, expected, { name });
}

function mixed(id: string): readonly CaseRecord[] {
  return [
    named(id, 'first'),
    raw('account', id, '{', 'not_json'),
    named(id, 'second'),
    named(id, 'first', 'duplicate'),
    state(id, 'version_mixed', {}, { entityversion: '7' }),
    raw('account', id, Buffer.of(0xff), 'not_utf8'),
    named(id, 'last'),
  ];
}

const codecs = ['gzip', 'snappy', 'lz4'] as const;

export const batchCases: readonly CasePlan[] = [
  plan('good and bad in one batch', 'account', { name: 'last' }, mixed),
  ...codecs.map((codec) =>
    plan(`good and bad in one batch of ${codec}`, 'account', { name: 'last' }, (id) => {
      const way: Way = { kind: 'packed', codec };
      return mixed(id).map((record) => by(way, record));
    }),
  ),
  plan('good and bad in one transaction', 'account', { name: 'last' }, (id) =>
    mixed(id).map((one) => by(committed, one)),
  ),
  plan('a transaction that was aborted', 'account', 'nothing', (id) => by(aborted, named(id, 'x', 'unseen'))),
  plan('bad records of an aborted transaction', 'account', 'nothing', (id) =>
    mixed(id).map((record) => by(aborted, { ...record, expected: 'unseen' })),
  ),
  plan('an abort between two states', 'account', { name: 'after' }, (id) => [
    named(id, 'before'),
    by(aborted, named(id, 'aborted', 'unseen')),
    named(id, 'after'),
  ]),
  plan('an abort, and the same in a transaction that holds', 'account', { name: 'same' }, (id) => [
    by(aborted, named(id, 'same', 'unseen')),
    by(committed, named(id, 'same')),
  ]),
  plan('a tombstone that was aborted', 'account', { name: 'kept' }, (id) => [
    named(id, 'kept'),
    by(aborted, tombstone('account', id, 'unseen')),
  ]),
  plan('a tombstone in a transaction', 'account', 'deleted', (id) => [
    by(committed, named(id, 'gone')),
    by(committed, tombstone('account', id, 'applied')),
  ]),
  plan('aborts in a row', 'account', { name: 'last' }, (id) => [
    ...[1, 2, 3].map((count) => by({ ...aborted }, named(id, `${count}`, 'unseen'))),
    by(committed, named(id, 'last')),
  ]),
  plan('an event that was aborted and comes again', 'account', { name: 'again' }, (id) => [
    named(id, 'first'),
    by(aborted, named(id, 'again', 'unseen')),
    named(id, 'again'),
    named(id, 'again', 'duplicate'),
  ]),
  plan('an abort at the end', 'account', { name: 'committed' }, (id) => [
    by(committed, named(id, 'committed')),
    by(aborted, named(id, 'aborted', 'unseen')),
  ]),
];
