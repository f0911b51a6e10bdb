import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import type { JsonObject } from '../domain/canonical.js';
import { systemClock } from '../domain/clock.js';
import { recordKey } from '../domain/record-key.js';
import { TidemarkError } from '../errors.js';
import { DrivenClock, tenant } from '../fixtures.test-support.js';
import type { EventLog, NewRecord } from '../log/port.js';
import { topicsToOpen } from '../log/topics.js';
import {
  follow,
  interaction,
  interactionRecord,
  newInteractionLog,
  type RunningLedger,
  topicsOf,
} from './claim.test-support.js';
import { InteractionLedger, type LedgerRecord } from './ledger.js';

const topics = topicsOf(1);
const running: RunningLedger[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()));
});

async function ledgerOver(log: MemoryLog, of = topics): Promise<InteractionLedger> {
  const made = await follow(log, of);
  running.push(made);
  expect(await made.ledger.catchUp()).toBe(true);
  return made.ledger;
}

const tool = (type: string, id: string, more: JsonObject = {}) =>
  interactionRecord('tool', interaction(`tool.${type}`, 'key-1', id, more));
const offsets = (records: readonly LedgerRecord[]) => records.map(({ position }) => Number(position.offset));
const claimIn = async (...records: readonly NewRecord[]) => {
  const log = newInteractionLog(topics);
  await log.append(records);
  return (await ledgerOver(log)).claimOf(tenant, 'key-1');
};

describe('a claim in the ledger', () => {
  it('is the first record of its key, and its outcome the first result', async () => {
    const known = await claimIn(tool('called', '1'), tool('called', '2'), tool('returned', '3'), tool('returned', '4'));
    expect(known).toMatchObject({ first: { offset: 0n }, holder: { source: 'test', id: '1' }, status: 'returned' });
    expect(known?.outcome?.offset).toBe(2n);
  });

  it('has failed until a result comes, of several failures by the newest', async () => {
    const failed = [tool('called', '1'), tool('failed', '2'), tool('failed', '3')];
    expect(await claimIn(...failed)).toMatchObject({ status: 'failed', outcome: { offset: 2n } });
    expect(await claimIn(...failed, tool('returned', '4'))).toMatchObject({
      status: 'returned',
      outcome: { offset: 3n },
    });
  });

  it('is nobody’s when an outcome was first', async () => {
    expect(await claimIn(tool('returned', '1'), tool('called', '2'))).toMatchObject({
      holder: null,
      first: { offset: 0n },
    });
  });

  it.each<[string, NewRecord]>([
    ['is no event', { ...tool('called', '1'), value: Buffer.from('{') }],
    ['is of no known type', tool('cancelled', '1')],
    ['lacks what its type requires', tool('called', '1', { data: {} })],
    ['lies under another key', { ...tool('called', '1'), key: recordKey(tenant, 'key-2') }],
    ['is of another tenant', interactionRecord('tool', interaction('tool.called', 'key-1', '1', { tenant: 'other' }))],
    ['is of another key', interactionRecord('tool', interaction('tool.called', 'key-2', '1'))],
  ])('does not count a record that %s', async (_, record) => {
    expect(await claimIn(record)).toBeUndefined();
    expect(await claimIn(record, tool('called', '2'))).toMatchObject({ first: { offset: 1n }, holder: { id: '2' } });
  });

  it('is the same in the same partition of several', async () => {
    const of = topicsOf(5);
    const log = newInteractionLog(of);
    const keys = Array.from({ length: 40 }, (_, n) => `key-${n}`);
    for (const id of ['first', 'second']) {
      await log.append(keys.map((key) => interactionRecord('tool', interaction('tool.called', key, `${key} ${id}`))));
    }
    const ledger = await ledgerOver(log, of);
    for (const key of keys) expect(ledger.claimOf(tenant, key)).toMatchObject({ holder: { id: `${key} first` } });
    expect(new Set(keys.map((key) => ledger.claimOf(tenant, key)?.first.partition)).size).toBe(5);
  });
});

describe('records of one decision, call, workflow or correlation', () => {
  it('are told in order, a repeated event once, and no other tenant’s', async () => {
    const log = newInteractionLog(topics);
    const correlated = { correlationid: 'w-1' };
    const approved = interaction('decision.approved', 'D-1', '1', correlated);
    await log.append([
      interactionRecord('decision', approved),
      interactionRecord('decision', approved),
      interactionRecord('decision', { ...approved, tenant: 'other' }),
      interactionRecord('decision', interaction('decision.approved', 'D-1', '2')),
      tool('called', '3', correlated),
      interactionRecord('control', interaction('task.started', 'W', '4', correlated)),
    ]);
    const ledger = await ledgerOver(log);
    expect(offsets(ledger.decision(tenant, 'D-1'))).toEqual([0, 3]);
    expect(offsets(ledger.tool(tenant, 'key-1'))).toEqual([0]);
    expect(offsets(ledger.workflow(tenant, 'W'))).toEqual([0]);
    const types = ledger.correlated(tenant, 'w-1').map(({ type }) => type);
    expect(types.sort()).toEqual(['decision.approved', 'task.started', 'tool.called']);
    expect(offsets(ledger.decision('other', 'D-1'))).toEqual([2]);
    expect(ledger.decision('nobody', 'D-1')).toEqual([]);
  });

  it('count once when the log delivers them again', async () => {
    const log = newInteractionLog(topics);
    await log.append([tool('called', '1'), tool('called', '2')]);
    const twice = new Proxy(log, {
      get: (target, name) => {
        if (name === 'subscribe')
          return (...asked: Parameters<MemoryLog['subscribe']>) => repeated(target.subscribe(...asked));
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const ledger = await ledgerOver(twice);
    expect(offsets(ledger.tool(tenant, 'key-1'))).toEqual([0, 1]);
    expect(ledger.count).toBe(2);
  });
});

async function* repeated(batches: ReturnType<EventLog['subscribe']>) {
  for await (const batch of batches) yield* [batch, batch];
}

describe('a ledger', () => {
  it('covers a record when it has passed it, and catches up with what was in the log', async () => {
    const log = newInteractionLog(topics);
    const ledger = await ledgerOver(log);
    const [position] = await log.append([tool('called', '1')]);
    if (position === undefined) throw new Error('one was appended');
    expect(ledger.covers(position)).toBe(false);
    expect(await ledger.reached(position, 1_000)).toBe(true);
    expect(ledger.covers({ ...position, offset: position.offset + 1n })).toBe(false);
  });

  it('says so when the log does not show its end in time, or cannot be asked for it', async () => {
    const log = newInteractionLog(topics);
    const ledger = await InteractionLedger.open({ log, topics, clock: systemClock });
    const [position] = await log.append([tool('called', '1')]);
    expect(position && (await ledger.reached(position, 5))).toBe(false);
    expect(await ledger.catchUp(5)).toBe(false);
    log.ends = () => Promise.reject(new Error('away'));
    expect(await ledger.catchUp(1_000)).toBe(false);
  });

  it('goes on where it was when the log could not be read, and says so', async () => {
    const log = newInteractionLog(topics);
    const damaged = new TidemarkError({ code: 'log_damaged', message: 'a frame', advice: 'none', retriable: false });
    const sound = log.subscribe.bind(log);
    log.subscribe = () => {
      log.subscribe = sound;
      throw damaged;
    };
    const told: unknown[] = [];
    const clock = new DrivenClock('rushing');
    const ledger = await InteractionLedger.open({ log, topics, clock, onFailure: (error) => told.push(error) });
    const stopping = new AbortController();
    const done = ledger.run(stopping.signal);
    await log.append([tool('called', '1')]);
    await vi.waitFor(() => expect(ledger.count).toBe(1));
    expect(told).toEqual([damaged]);
    stopping.abort();
    await done;
  });

  it('knows of what retention has left as much as the log does', async () => {
    const nowMs = 1_700_000_000_000;
    const kept = { retention: { ageMs: null, bytes: 1 } };
    const log = new MemoryLog({ topics: topicsToOpen(topics).map((one) => ({ ...one, ...kept })), clock: () => nowMs });
    await log.append([tool('called', '1'), tool('called', '2')]);
    const before = await ledgerOver(log);
    await log.expire(new Map([['copilot.tool:0', 1n]]), nowMs);
    expect(before.claimOf(tenant, 'key-1')).toMatchObject({ holder: { id: '1' } });
    expect((await ledgerOver(log)).claimOf(tenant, 'key-1')).toMatchObject({
      holder: { id: '2' },
      first: { offset: 1n },
    });
  });

  it('knows a key and its outcome long after their records have left the window', async () => {
    const log = newInteractionLog(topics);
    const others = Array.from({ length: 100 }, (_, n) => interaction('tool.called', `other-${n}`, `${n}`));
    await log.append([tool('called', 'own'), tool('failed', 'outcome')]);
    await log.append(others.map((body) => interactionRecord('tool', body)));
    const made = await follow(log, topics, 30);
    running.push(made);
    expect(await made.ledger.catchUp()).toBe(true);
    expect(made.ledger.tool(tenant, 'key-1')).toEqual([]);
    const known = { first: { offset: 0n }, holder: 'on_record', status: 'failed', outcome: { offset: 1n } };
    expect(made.ledger.claimOf(tenant, 'key-1')).toMatchObject(known);
  });

  it('tells how much it has still to read of what the log held when it was opened', async () => {
    const log = newInteractionLog(topics);
    await log.append([tool('called', '1'), tool('called', '2')]);
    const ledger = await InteractionLedger.open({ log, topics, clock: systemClock });
    await log.append([tool('called', '3')]);
    expect([ledger.unread(), ledger.unread('tool'), ledger.unread('decision')]).toEqual([2n, 2n, 0n]);
    expect((await ledgerOver(log)).unread()).toBe(0n);
  });

  it('keeps a bounded number of records, the newest of each partition', async () => {
    const log = newInteractionLog(topics);
    const bodies = Array.from({ length: 50 }, (_, n) => interaction('task.started', `W-${n}`, `${n}`));
    await log.append(bodies.map((body) => interactionRecord('control', body)));
    const made = await follow(log, topics, 30);
    running.push(made);
    expect(await made.ledger.catchUp()).toBe(true);
    expect(made.ledger.count).toBe(10);
    expect([39, 40].map((n) => made.ledger.workflow(tenant, `W-${n}`).length)).toEqual([0, 1]);
    expect((['control', 'decision'] as const).map((kind) => made.ledger.knowsAll(kind))).toEqual([false, true]);
    const [oldest] = made.ledger.workflow(tenant, 'W-40');
    expect(made.ledger.unknownBeforeMs('control')).toBe(oldest?.timestampMs);
    expect(made.ledger.unknownBeforeMs('decision')).toBeNull();
  });
});
