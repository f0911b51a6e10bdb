/** Time travel and redrive where records have expired: from the base on they are answered, before it they say what is gone (P5, P8). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { account, recordOf, ticket } from '../../src/fixtures.test-support.js';
import type { RecordReading } from '../../src/log/port.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { Flow, OPERATOR, TwoHandClock } from '../flow/service.test-support.js';

const tenant = 'acme';
let folder: string;
let flow: Flow;
let log: AlteringLog;

/** Once that is said, whoever reads single tickets finds another mark than was written. */
class AlteringLog extends MemoryLog {
  isAltered = false;

  override async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    const readings = await super.read(topic, partition, offsets);
    if (!this.isAltered || topic !== 'support.tickets') return readings;
    return readings.map((one) => {
      if (one.kind === 'missing') return one;
      const text = Buffer.from(one.record.value ?? []).toString();
      return { ...one, record: { ...one.record, value: Buffer.from(text.replace('"mark":2', '"mark":7')) } };
    });
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-travel-'));
  const clock = new TwoHandClock();
  const topics = topicsToOpen(defaultTopics).map((topic) => ({ ...topic, retention: { ageMs: null, bytes: 1 } }));
  log = new AlteringLog({ topics, clock: () => clock.wallMs() });
  const retention = { log, retentionOf: new Map() };
  flow = await Flow.open({ clock, log, retention, tenants: [tenant], checkpoints: new FileCheckpoints(folder) });
});

afterEach(async () => {
  await flow.stop();
  await rm(folder, { recursive: true, force: true });
});

async function put(mark: number, ids: readonly string[] = ['A-1', 'T-1']): Promise<string> {
  const events = [account('A-1', { mark }), ticket('T-1', { mark })].filter(({ subject }) =>
    ids.includes(String(subject)),
  );
  const body = events.map((event) => ({ ...event, id: `${event.subject}-${mark}` }));
  const { token } = await flow.caller(tenant).ok('/v1/events', { body });
  await flow.settle();
  return String(token);
}

async function expire(): Promise<void> {
  expect(await flow.service.keeping?.retention?.expire(new AbortController().signal)).toBe(true);
}

async function marksAsOf(asOf: string): Promise<unknown> {
  const { status, body } = await flow.caller(tenant).ask('/v1/context', { body: { account: 'A-1', asOf } });
  if (status !== 200) return [status, body.code, Object(body.facts).why ?? body.reason ?? Object(body.facts).reason];
  return (body.items as { value: { mark: number } }[]).map(({ value }) => value.mark);
}

describe('time travel over an expired past', () => {
  it('answers from the base on, and says before it that records have expired', async () => {
    const [first, second] = [await put(0), await put(1)];
    await expire();
    const third = await put(2);
    expect(await marksAsOf(third)).toEqual([2, 2]);
    expect(await marksAsOf(second)).toEqual([1, 1]);
    expect(await marksAsOf(first)).toEqual([410, 'past_lost', 'expired']);
    flow = await flow.restart();
    expect([await marksAsOf(second), await marksAsOf(third)]).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe('a replay of what rests on kept records', () => {
  it.each(['content', 'full'])(
    'is no expiry but a mismatch at %s depth when one of them was altered',
    async (depth) => {
      for (const mark of [0, 1]) await put(mark);
      await expire();
      await put(2);
      const caller = flow.caller(tenant);
      const { id } = await caller.ok('/v1/context', { body: { account: 'A-1' } });
      const verdict = () => caller.ok(`/v1/snapshots/${id}/replay`, { body: { depth } });
      expect(await verdict()).toMatchObject({ verdict: 'MATCH' });
      log.isAltered = true;
      expect(await verdict()).toMatchObject({ verdict: 'MISMATCH' });
    },
  );
});

describe('a redrive', () => {
  it('of a record that has expired is refused, and one that has not is folded on top of the base', async () => {
    await put(0);
    const broken = { ...recordOf('ticket', 'T-1', '{'), topic: 'support.tickets' };
    await flow.service.engines.log.append([broken]);
    await put(1);
    await expire();
    await flow.service.engines.log.append([broken]);
    await flow.settle();
    const [late, early] = flow.service.rejected.list(null).map(({ id }) => id);
    const redrive = async (id: string | undefined) => {
      const body = { repaired: { json: ticket('T-1', { mark: 9 }, { id: 'repair' }) } };
      const { status, body: reply } = await flow.caller(OPERATOR).ask(`/v1/rejected/${id}/redrive`, { body });
      await flow.settle();
      return [status, reply.code];
    };
    expect(await redrive(early)).toEqual([409, 'redrive_impossible']);
    expect(await redrive(late)).toEqual([200, undefined]);
    const marks = async () => (await flow.service.engines.state.entities([{ tenant, kind: 'ticket', id: 'T-1' }]))[0];
    expect(await marks()).toMatchObject({ json: expect.stringContaining('"mark":9') });
    flow = await flow.restart();
    expect(await marks()).toMatchObject({ json: expect.stringContaining('"mark":9') });
  });
});

describe('a base from which nothing has expired yet', () => {
  it('takes nothing back that was redriven between it and a crash', async () => {
    for (const mark of [0, 1]) await put(mark);
    await expire();
    await flow.service.engines.log.append([recordOf('ticket', 'T-1', '{')]);
    await flow.settle();
    const written = await flow.service.keeping?.checkpointer.write();
    if (written !== undefined) await flow.options.checkpoints?.makeBase(written.name);
    const [event] = flow.service.rejected.list(null);
    const body = { repaired: { json: ticket('T-1', { mark: 9 }, { id: 'repair' }) } };
    await flow.caller(OPERATOR).ok(`/v1/rejected/${event?.id}/redrive`, { body });
    await flow.settle();
    flow = await flow.restart();
    expect(flow.service.start.from).toBe('checkpoint 2');
    const [found] = await flow.service.engines.state.entities([{ tenant, kind: 'ticket', id: 'T-1' }]);
    expect(found).toMatchObject({ json: expect.stringContaining('"mark":9') });
  });
});

describe('a discard', () => {
  it('of a record that has expired lifts its mark, folds nothing, and stays after a restart', async () => {
    await put(0);
    await flow.service.engines.log.append([recordOf('ticket', 'T-1', '{')]);
    await flow.settle();
    await expire();
    await put(1, ['A-1']);
    await expire();
    const [event] = flow.service.rejected.list(null);
    const key = { tenant, kind: 'ticket', id: 'T-1' } as const;
    const seen = async () => {
      const { body } = await flow.caller(OPERATOR).ask(`/v1/rejected/${event?.id}`);
      const { totals } = await flow.caller(tenant).ok('/v1/positions');
      const [entity] = await flow.service.engines.state.entities([key]);
      return { status: body.status, blocking: body.blocking, totals, entity };
    };
    const before = await seen();
    expect(before).toMatchObject({ status: 'open', blocking: true });
    await flow.caller(OPERATOR).ok(`/v1/rejected/${event?.id}/discard`, { body: {} });
    await flow.settle();
    const after = await seen();
    expect(after).toMatchObject({ status: 'discarded', blocking: false, entity: before.entity });
    expect(after.totals).toMatchObject({ addsUp: true });
    flow = await flow.restart();
    expect(await seen()).toEqual(after);
  });
});
