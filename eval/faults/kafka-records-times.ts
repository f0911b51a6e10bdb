/** Timestamps: those of records order nothing, those of events are only told. */
import { type CasePlan, type Expected, plan, state } from './kafka-records.js';

const YEAR_MS = 31_557_600_000;
const NOW_MS = Date.UTC(2026, 2, 1);

/** Of a record, in Kafka. None of a thousand years ago: what is negative but -1, which is none, clients refuse to write. */
const records: readonly (readonly [what: string, ...timestamps: readonly number[]])[] = [
  ['none', -1],
  ['1970', 0],
  ['ten years ago', NOW_MS - 10 * YEAR_MS],
  ['in ten years', NOW_MS + 10 * YEAR_MS],
  ['in the year 9999', Date.UTC(9999, 11, 31)],
  ['past what a date holds', 8_640_000_000_000_001],
  ['microseconds taken for milliseconds', NOW_MS * 1_000],
  ['seconds taken for milliseconds', NOW_MS / 1_000],
];

const orders: readonly (readonly [what: string, ...timestamps: readonly number[]])[] = [
  ['that go back', NOW_MS, NOW_MS - YEAR_MS, 0],
  ['that are all the same', NOW_MS, NOW_MS, NOW_MS],
  ['that jump about', NOW_MS + 10 * YEAR_MS, NOW_MS - 10 * YEAR_MS, NOW_MS],
];

const times: readonly (readonly [time: string, Expected])[] = [
  ['0001-01-01T00:00:00Z', 'applied'],
  ['9999-12-31T23:59:59Z', 'applied'],
  ['2036-03-01T00:00:00Z', 'applied'],
  ['2026-03-01T09:30:00.123456789+14:00', 'applied'],
  ['2026-02-30T00:00:00Z', 'time_invalid'],
  ['2026-03-01T25:00:00Z', 'time_invalid'],
  ['1772000000', 'time_invalid'],
];

export const timeCases: readonly CasePlan[] = [
  ...records.map(([what, timestampMs = 0]) =>
    plan(`a record of ${what}`, 'account', {}, (id) => ({ ...state(id, 'applied'), timestampMs })),
  ),
  ...orders.map(([what, ...timestamps]) =>
    plan(`records with timestamps ${what}`, 'account', { name: `${timestamps.length - 1}` }, (id) =>
      timestamps.map((timestampMs, place) => ({ ...state(id, 'applied', { name: `${place}` }), timestampMs })),
    ),
  ),
  ...times.map(([time, expected]) =>
    plan(`an event of ${time}`, 'account', expected === 'applied' ? {} : 'nothing', (id) =>
      state(id, expected, {}, { time }),
    ),
  ),
  plan('an event that is older than the one before it', 'account', { name: 'second' }, (id) => [
    state(id, 'applied', { name: 'first' }, { time: '2026-03-01T00:00:00Z' }),
    state(id, 'applied', { name: 'second' }, { time: '2016-03-01T00:00:00Z' }),
  ]),
];
