/** A decision that was acknowledged takes effect, whenever records expire; one that cannot is refused (P1, P8). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { account, recordOf, ticket } from '../../src/fixtures.test-support.js';
import type { NewRecord } from '../../src/log/port.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { Flow, OPERATOR, TwoHandClock } from '../flow/service.test-support.js';

const tenant = 'acme';
const never = new AbortController().signal;

/** Counts what is asked of it, and holds the call of a number until `before` has resolved. */
class HeldLog extends MemoryLog {
  calls = 0;
  hold: { readonly at: number; before(): Promise<void> } | null = null;

  async #asked(): Promise<void> {
    const { hold } = this;
    if (hold === null || this.calls++ !== hold.at) return;
    this.hold = null;
    await hold.before();
  }

  override async append(records: readonly NewRecord[]) {
    await this.#asked();
    return super.append(records);
  }

  override async read(...place: Parameters<MemoryLog['read']>) {
    await this.#asked();
    return super.read(...place);
  }

  override async ends() {
    await this.#asked();
    return super.ends();
  }

  override async expire(...bounds: Parameters<MemoryLog['expire']>) {
    await this.#asked();
    return super.expire(...bounds);
  }
}

let folder: string;
let log: HeldLog;
let flow: Flow;
let id: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-deciding-'));
});

afterEach(async () => {
  await flow.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A ticket with a broken record after it, which are all about to expire: everything but each partition's last record is. */
async function open(name: string): Promise<void> {
  const clock = new TwoHandClock();
  const topics = topicsToOpen(defaultTopics).map((topic) => ({ ...topic, retention: { ageMs: null, bytes: 1 } }));
  log = new HeldLog({ topics, clock: () => clock.wallMs() });
  const retention = { log, retentionOf: new Map() };
  const checkpoints = new FileCheckpoints(join(folder, name));
  flow = await Flow.open({ clock, log, retention, tenants: [tenant], checkpoints });
  await flow.caller(tenant).ok('/v1/events', { body: [account('A-1'), ticket('T-1', { mark: 0 })] });
  await log.append([recordOf('ticket', 'T-1', '{')]);
  const others = Array.from({ length: 12 }, (_, n) => ticket(`X-${n}`));
  await flow.caller(tenant).ok('/v1/events', { body: others });
  await flow.settle();
  id = flow.service.rejected.list(null)[0]?.id ?? '';
}

const redrive = () => {
  const body = { repaired: { json: ticket('T-1', { mark: 9 }, { id: 'repair' }) } };
  return flow.caller(OPERATOR).ask(`/v1/rejected/${id}/redrive`, { body });
};
const expire = async () => flow.service.keeping?.retention?.expire(never);

async function seen() {
  const { status, blocking } = await flow.caller(OPERATOR).ok(`/v1/rejected/${id}`);
  const [entity] = await flow.service.engines.state.entities([{ tenant, kind: 'ticket', id: 'T-1' }]);
  const { totals } = await flow.caller(tenant).ok('/v1/positions');
  expect(totals).toMatchObject({ addsUp: true });
  return { status, blocking, mark: entity?.status === 'present' ? JSON.parse(entity.json).mark : undefined };
}

/** `second` is started at the `at`-th call that `first` makes of the log, which goes on when it has ended or waits. False: there is none. */
async function interleaved<First>(at: number, first: () => Promise<First>, second: () => Promise<unknown>) {
  let started: Promise<unknown> | undefined;
  const alone = vi.spyOn(flow.service.rejected, 'alone');
  log.calls = 0;
  log.hold = {
    at,
    before: async () => {
      let isOver = false;
      const aloneBefore = alone.mock.calls.length;
      started = second().finally(() => {
        isOver = true;
      });
      await vi.waitFor(() => expect(isOver || alone.mock.calls.length > aloneBefore).toBe(true), { interval: 1 });
      for (let turn = 0; turn < 50 && !isOver; turn++) await new Promise(setImmediate);
    },
  };
  const result = await first();
  log.hold = null;
  await started;
  await flow.settle();
  return { result, wasStarted: started !== undefined };
}

/** Acknowledged and in effect, or refused and left to be discarded; a restart changes neither. */
async function expectKept(status: number): Promise<void> {
  const expected =
    status === 200 ? { status: 'redriven', blocking: false, mark: 9 } : { status: 'open', blocking: true, mark: 0 };
  expect([200, 409]).toContain(status);
  expect(await seen()).toEqual(expected);
  flow = await flow.restart();
  expect(await seen()).toEqual(expected);
  if (status === 200) return;
  await flow.caller(OPERATOR).ok(`/v1/rejected/${id}/discard`, { body: {} });
  await flow.settle();
  expect(await seen()).toEqual({ status: 'discarded', blocking: false, mark: 0 });
}

/** Lets the two meet at every step of the first, each time in a new life. Returns the redrive's status of each. */
async function statusesOf(name: string, meet: (at: number) => Promise<{ status: number; wasStarted: boolean }>) {
  const statuses: number[] = [];
  for (;;) {
    await open(`${name}-${statuses.length}`);
    const { status, wasStarted } = await meet(statuses.length);
    if (!wasStarted) return statuses;
    statuses.push(status);
    await expectKept(status);
    await flow.stop();
  }
}

describe('a redrive', () => {
  it('takes effect once it is acknowledged, at whichever of its steps records begin to expire', async () => {
    const statuses = await statusesOf('redrive', async (at) => {
      const { result, wasStarted } = await interleaved(at, redrive, expire);
      return { status: result.status, wasStarted };
    });
    expect(statuses.length, 'looks at the record and at its key, and an append').toBeGreaterThan(3);
    expect(new Set(statuses)).toEqual(new Set([200]));
  }, 60_000);

  it('takes effect or is refused, at whichever step of an expiry it comes', async () => {
    const statuses = await statusesOf('expiry', async (at) => {
      let status = 0;
      const redriving = async () => {
        status = (await redrive()).status;
      };
      const { wasStarted } = await interleaved(at, expire, redriving);
      return { status, wasStarted };
    });
    expect(new Set(statuses), 'both have come').toEqual(new Set([200, 409]));
  }, 60_000);
});

describe('a decision that another owner of the log made of what was about to expire', () => {
  it('leaves its letter open, through checkpoints and restarts, until it is discarded', async () => {
    await open('lapsed');
    expect(await expire()).toBe(true);
    const repaired = Buffer.from(JSON.stringify(ticket('T-1', { mark: 9 }, { id: 'repair' })));
    await flow.service.rejected.decide(id, { kind: 'redriven', repaired });
    await flow.settle();
    expect(await seen()).toEqual({ status: 'open', blocking: true, mark: 0 });
    flow = await flow.restart();
    await flow.service.keeping?.checkpointer.write();
    expect(await expire()).toBe(true);
    await expectKept(409);
  });
});
