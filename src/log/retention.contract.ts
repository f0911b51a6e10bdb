/** What every log that lets records go must keep to. Retention here is of `notes`; the records of `orders` are kept. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partitionKey } from '../domain/position.js';
import { collect, newRecord, noteRecords, notes, orders, type Subject, text } from './contract-kit.js';
import type { LogRecord } from './port.js';
import type { ExpiredRange, ExpiringLog, Retention } from './retention.js';

export type ExpiringSubject = Subject & ExpiringLog;

export interface ExpiringTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retention?: Retention;
}

/** Opens a new, empty log that rolls its segments, if it has any, within ten records. The contract closes it. */
export type OpenExpiring = (topics: readonly ExpiringTopic[], clock: () => number) => Promise<ExpiringSubject>;

const dayMs = 86_400_000;
const firstDayMs = 1_760_000_000_000;
const everything = new Map([
  ['notes:0', 10_000n],
  ['orders:0', 10_000n],
] as const);

class World {
  nowMs = firstDayMs;
  readonly #open: OpenExpiring;
  #log: ExpiringSubject | undefined;

  constructor(open: OpenExpiring) {
    this.#open = open;
  }

  async open(retention: Retention): Promise<ExpiringSubject> {
    this.#log = await this.#open([orders, { ...notes, retention }], () => this.nowMs);
    return this.#log;
  }

  /** A hundred notes, `n0` to `n99`, one append each so that segments roll; ten a day. */
  async openWithNotes(retention: Retention): Promise<ExpiringSubject> {
    const log = await this.open(retention);
    for (const [i, record] of noteRecords(100).entries()) {
      this.nowMs = firstDayMs + Math.floor(i / 10) * dayMs;
      await log.append([record]);
    }
    return log;
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }
}

export function retentionContract(name: string, open: OpenExpiring): void {
  describe(`${name} keeps the contract of retention`, () => {
    const made: { world: World } = { world: new World(open) };
    beforeEach(() => {
      made.world = new World(open);
    });
    afterEach(() => made.world.close());

    describe('what expires', () => expiringCases(() => made.world));
    describe('what an expired record leaves', () => readingCases(() => made.world));
    describe('retention that makes no sense', () => faultCases(() => made.world));
  });
}

const threeDays: Retention = { ageMs: 3 * dayMs, bytes: null };
const fewBytes: Retention = { ageMs: null, bytes: 1 };

function expiringCases(world: () => World): void {
  it('is nothing, where no retention is set', async () => {
    const log = await world().openWithNotes({ ageMs: null, bytes: null });
    expect(await log.expire(everything, firstDayMs + 1_000 * dayMs)).toEqual([]);
    expect(await startOf(log)).toBe(0n);
  });

  it('still counts among the records that were given out', async () => {
    const log = await world().openWithNotes(threeDays);
    await log.expire(everything, firstDayMs + 1_000 * dayMs);
    const start = await startOf(log);
    expect(start).toBeGreaterThan(0n);
    for (const offset of [start - 1n, start, 99n]) {
      expect((await log.recordsThrough(new Map([['notes:0', offset]]))).get('notes:0')).toBe(offset + 1n);
    }
  });

  it('is what has come of age and no younger record, and the answer names it', async () => {
    const log = await world().openWithNotes(threeDays);
    const ranges = await log.expire(everything, firstDayMs + 9 * dayMs);
    const start = await startOf(log);
    // Days 0 to 5 are more than three days old on day 9; day 6 is not.
    expect(Number(start)).toBeGreaterThan(0);
    expect(Number(start)).toBeLessThanOrEqual(60);
    expect(ranges).toEqual([{ topic: 'notes', partition: 0, from: 0n, to: start } satisfies ExpiredRange]);
    expect(await log.expire(everything, firstDayMs + 9 * dayMs)).toEqual([]);
  });

  it('is never later than the position it may go to, and nothing of a partition that is absent there', async () => {
    const log = await world().openWithNotes(fewBytes);
    expect(await log.expire(new Map(), firstDayMs)).toEqual([]);
    expect(await log.expire(new Map([['orders:0', 5n]]), firstDayMs)).toEqual([]);
    for (const upTo of [0n, 31n, 64n]) {
      await log.expire(new Map([['notes:0', upTo]]), firstDayMs);
      const start = await startOf(log);
      expect(start <= upTo + 1n).toBe(true);
      expect((await log.read('notes', 0, [upTo + 1n]))[0]?.kind).toBe('found');
    }
    expect(await startOf(log)).toBeGreaterThan(32n);
  });

  it('is never the last record, nor one of another topic', async () => {
    const log = await world().openWithNotes({ ageMs: 1, bytes: 1 });
    await log.append([newRecord('orders', null, 'kept')]);
    await log.expire(everything, firstDayMs + 1_000 * dayMs);
    const last = await log.read('notes', 0, [99n]);
    expect(last).toMatchObject([{ kind: 'found' }]);
    expect(await log.read('orders', 0, [0n])).toMatchObject([{ kind: 'found' }]);
    expect((await log.ends()).get('notes:0')).toBe(100n);
  });

  it('is nothing while the clock stands before the records', async () => {
    const log = await world().openWithNotes(threeDays);
    expect(await log.expire(everything, firstDayMs - 400 * dayMs)).toEqual([]);
    expect(await startOf(log)).toBe(0n);
  });

  it('is no record that was stamped while the clock was set back', async () => {
    const log = await world().openWithNotes(threeDays);
    const today = world().nowMs;
    await log.expire(everything, today);
    const before = await startOf(log);
    world().nowMs = firstDayMs - 400 * dayMs;
    for (const record of noteRecords(50, 'late')) await log.append([record]);
    await log.expire(everything, today);
    expect(await startOf(log)).toBe(before);
  });
}

function readingCases(world: () => World): void {
  it('is a reading that says expired, beside those that are kept', async () => {
    const log = await world().openWithNotes(threeDays);
    await log.expire(everything, world().nowMs);
    const start = await startOf(log);
    const readings = await log.read('notes', 0, [0n, start - 1n, start, 99n, 100n]);
    const seen = readings.map((reading) => (reading.kind === 'found' ? text(reading.record.value) : reading.why));
    expect(seen).toEqual(['expired', 'expired', `n${start}`, 'n99', 'beyond_end']);
  });

  it('is a subscription that begins at the start, whether or not it asked for an earlier offset', async () => {
    const log = await world().openWithNotes(threeDays);
    await log.expire(everything, world().nowMs);
    const start = Number(await startOf(log));
    const kept = Array.from({ length: 100 - start }, (_, i) => `n${start + i}`);
    for (const from of [new Map(), new Map([['notes:0', 3n]] as const)]) {
      expect((await collect(log, 100 - start, from)).map((record) => text(record.value))).toEqual(kept);
    }
  });

  it('is a scan of what is kept', async () => {
    const log = await world().openWithNotes(threeDays);
    await log.expire(everything, world().nowMs);
    const records: LogRecord[] = [];
    for await (const slice of log.scan('notes', 0, 0n, 80n)) records.push(...slice);
    expect(records[0]?.position.offset).toBe(await startOf(log));
    expect(records.at(-1)?.position.offset).toBe(79n);
  });

  it('is no change to the offsets that come after', async () => {
    const log = await world().openWithNotes(threeDays);
    await log.expire(everything, world().nowMs);
    expect((await log.append(noteRecords(1)))[0]?.offset).toBe(100n);
  });

  it('is past_lost for a scan that had not come to it yet, and no record out of place', async () => {
    const log = await world().open(fewBytes);
    for (let i = 0; i < 60; i++) await log.append(noteRecords(20, `${i}-`));
    const scan = log.scan('notes', 0, 0n, 1_200n)[Symbol.asyncIterator]();
    const first = await scan.next();
    expect(first.done === true ? 0 : first.value.length).toBeGreaterThan(0);
    await log.expire(everything, firstDayMs);
    await expect(drain(scan)).rejects.toMatchObject({ code: 'past_lost', facts: { reason: 'expired' } });
  });

  it('is a jump to the start for a subscription that had not come to it yet', async () => {
    const log = await world().open(fewBytes);
    for (let i = 0; i < 60; i++) await log.append(noteRecords(20, `${i}-`));
    const stop = new AbortController();
    const offsets: bigint[] = [];
    for await (const { records, nextOffset } of log.subscribe(['notes'], new Map(), stop.signal)) {
      if (offsets.length === 0) await log.expire(everything, firstDayMs);
      offsets.push(...records.map(({ position }) => position.offset));
      if (nextOffset === 1_200n) stop.abort();
    }
    expect(offsets).toContain(await startOf(log));
    expect(offsets.at(-1)).toBe(1_199n);
    expect(offsets.every((offset, i) => i === 0 || offset > (offsets[i - 1] ?? 0n))).toBe(true);
  });
}

function faultCases(world: () => World): void {
  it.each<[string, Retention]>([
    ['an age of zero', { ageMs: 0, bytes: null }],
    ['a negative age', { ageMs: -1, bytes: null }],
    ['an age that is no number', { ageMs: Number.NaN, bytes: null }],
    ['an endless age', { ageMs: Number.POSITIVE_INFINITY, bytes: null }],
    ['half a byte', { ageMs: null, bytes: 0.5 }],
    ['a size of zero', { ageMs: null, bytes: 0 }],
    ['a negative size', { ageMs: null, bytes: -5 }],
  ])('is refused: %s', async (_, retention) => {
    await expect(world().open(retention)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('is refused as a time that is none, and nothing goes', async () => {
    const log = await world().openWithNotes(fewBytes);
    for (const nowMs of [Number.NaN, Number.POSITIVE_INFINITY, 1.5]) {
      await expect(log.expire(everything, nowMs)).rejects.toMatchObject({ code: 'request_invalid' });
    }
    expect(await startOf(log)).toBe(0n);
  });

  it('is refused once the log is closed', async () => {
    const log = await world().openWithNotes(fewBytes);
    await log.close();
    await expect(log.expire(everything, firstDayMs)).rejects.toMatchObject({ code: 'stopping' });
  });
}

async function startOf(log: ExpiringSubject): Promise<bigint> {
  return (await log.starts()).get(partitionKey('notes', 0)) ?? -1n;
}

async function drain(scan: AsyncIterator<readonly LogRecord[]>): Promise<void> {
  for (let next = await scan.next(); next.done !== true; next = await scan.next());
}
