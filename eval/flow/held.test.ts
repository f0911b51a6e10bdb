/** With the materializer held: what was asked for is waited for, marked or refused, and never passed off as fresh. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectProblem, type Heard, member } from '../../src/api/world.test-support.js';
import { account, ticket } from '../../src/fixtures.test-support.js';
import { Flow, memoryLog, TwoHandClock } from './service.test-support.js';

const tenant = 'acme';
/** The tick of the wait, from `limits.witnessTickMs`: advancing by it wakes who waits. */
const TICK_MS = 500;
/** Sleeps of the idle service: those of the committer, the indexer, the witness and the generations. */
const IDLE_SLEEPERS = 4;

let flow: Flow | undefined;
afterEach(async () => {
  await flow?.stop();
});

type Level = 'at_least' | 'latest' | 'fastest';

/** A held service with one ticket appended and not applied, six seconds ago: older than the default bound on staleness. */
class Held {
  private constructor(
    readonly flow: Flow,
    readonly clock: TwoHandClock,
    /** Of the write that is not applied. */
    readonly token: string,
    /** Of the write before it, which is. */
    readonly tokenApplied: string,
  ) {}

  static async open(): Promise<Held> {
    const clock = new TwoHandClock();
    flow = await Flow.open({ clock, log: memoryLog(clock), tenants: [tenant] });
    const caller = flow.caller(tenant);
    const before = await caller.ok('/v1/events', { body: account('A-1') });
    const { freshness } = await caller.ok('/v1/context', {
      body: { account: 'A-1', consistency: { level: 'latest' } },
    });
    expect(freshness).toMatchObject({ label: 'fresh' });
    flow.service.materializer.hold();
    const { token } = await caller.ok('/v1/events', { body: ticket('T-1') });
    const held = new Held(flow, clock, String(token), String(before.token));
    await held.advance(6_000);
    return held;
  }

  ask(level: Level, consistency: object): Promise<Heard> {
    const tokens = level === 'at_least' ? { tokens: [this.token] } : {};
    const body = { account: 'A-1', consistency: { level, ...tokens, ...consistency } };
    return this.flow.caller(tenant).ask('/v1/context', { body });
  }

  /** Moves the clock on and lets the service's own loops go to sleep again. */
  async advance(ms: number, waiting = 0): Promise<void> {
    await this.#asleep(waiting);
    this.clock.advance(ms);
    await this.#asleep(waiting);
  }

  async #asleep(waiting: number): Promise<void> {
    await vi.waitFor(() => expect(this.clock.sleepers).toBe(IDLE_SLEEPERS + waiting), { interval: 1 });
  }

  /** True once the question waits; false when it has been answered without. */
  async isWaiting(answer: Promise<unknown>): Promise<boolean> {
    const slept = this.#asleep(1).then(() => true);
    return Promise.race([slept, answer.then(() => false)]);
  }
}

interface Violation {
  readonly what: string;
  readonly level: Level;
  readonly bound: { readonly maxStalenessMs?: number };
  /** The code of the refusal. */
  readonly why: 'behind' | 'stale';
  /** Why the marked answer is not fresh. */
  readonly reason: { readonly code: string; readonly records?: string };
}

const uncovered = { bound: {}, why: 'behind', reason: { code: 'tokens_not_covered' } } as const;

/** Each a way to ask for more than the held service has. */
const violations: readonly Violation[] = [
  { what: 'at_least a token', level: 'at_least', ...uncovered },
  { what: 'latest', level: 'latest', ...uncovered },
  {
    what: 'fastest, not older than five seconds',
    level: 'fastest',
    bound: { maxStalenessMs: 5_000 },
    why: 'stale',
    reason: { code: 'behind', records: '1' },
  },
];

describe.each(violations)('asked for $what, the held service', ({ level, bound, why, reason }) => {
  it('waits, and answers with the write when it is released', async () => {
    const held = await Held.open();
    const answer = held.ask(level, { ...bound, onViolation: 'wait' });
    expect(await held.isWaiting(answer)).toBe(true);
    await held.advance(TICK_MS, 1);
    held.flow.service.materializer.release();
    const { status, body } = await answer;
    expect([status, member(body, 'freshness', 'label')]).toEqual([200, 'fresh']);
    expect(member(body, 'items', 1, 'ref')).toBe('ticket/T-1');
  });

  it('refuses at the deadline and not before, with what it lacks', async () => {
    const held = await Held.open();
    const answer = held.ask(level, { ...bound, deadlineMs: 3 * TICK_MS, onViolation: 'wait' });
    expect(await held.isWaiting(answer)).toBe(true);
    for (const _ of [1, 2]) await held.advance(TICK_MS, 1);
    expect(await held.isWaiting(answer)).toBe(true);
    held.clock.advance(TICK_MS);
    const heard = await answer;
    const facts = { waitedMs: 3 * TICK_MS, recordsBehind: '1' };
    expect(expectProblem(heard, 503, why)).toMatchObject({ retriable: true, facts });
    expect(heard.headers.get('retry-after')).toMatch(/^[1-9]/);
  });

  it('answers at once and marks it as stale, with the reason', async () => {
    const held = await Held.open();
    const { status, body } = await held.ask(level, { ...bound, onViolation: 'mark' });
    expect(status).toBe(200);
    expect(member(body, 'items')).toHaveLength(1);
    expect(body.freshness).toMatchObject({
      label: 'stale',
      reasons: expect.arrayContaining([expect.objectContaining(reason)]),
    });
  });

  it('refuses at once, without waiting', async () => {
    const held = await Held.open();
    const heard = await held.ask(level, { ...bound, onViolation: 'refuse' });
    expect(expectProblem(heard, 503, why)).toMatchObject({ facts: { waitedMs: 0, recordsBehind: '1' } });
  });
});

describe('a held service', () => {
  it('releases nothing when it refuses: no audit record is written', async () => {
    const held = await Held.open();
    const before = held.flow.service.audit.count;
    await held.ask('latest', { onViolation: 'refuse' });
    expect(held.flow.service.audit.count).toBe(before);
  });

  it('is fresh enough for a caller who allows more staleness than there is', async () => {
    const held = await Held.open();
    const { body } = await held.ask('fastest', { maxStalenessMs: 7_000, onViolation: 'refuse' });
    expect(body.freshness).toMatchObject({ label: 'fresh', ageMs: 6_000 });
  });

  it('shows its lag and its state on /v1/positions', async () => {
    const held = await Held.open();
    const { partitions } = await held.flow.caller(tenant).ok('/v1/positions');
    const behind = expect.objectContaining({ topic: 'support.tickets', lagRecords: '1', appliedThrough: null });
    expect(partitions).toContainEqual(behind);
  });

  it('makes nobody wait for what it has: a token that is covered is answered at once', async () => {
    const held = await Held.open();
    const tokens = [held.tokenApplied];
    const consistency = { level: 'at_least', tokens, maxStalenessMs: 60_000, onViolation: 'refuse' };
    const { status } = await held.flow.caller(tenant).ask('/v1/context', { body: { account: 'A-1', consistency } });
    expect(status).toBe(200);
  });
});

describe('a service whose log cannot be reached', () => {
  async function unreachable(): Promise<Held> {
    const held = await Held.open();
    held.flow.service.materializer.release();
    await held.flow.settle();
    await held.ask('latest', {});
    held.flow.service.engines.log.ends = () => Promise.reject(new Error('nobody answers'));
    await held.advance(6_000);
    return held;
  }

  it('does not call its state fresh once the last proof is older than the bound', async () => {
    const { status, body } = await (await unreachable()).ask('fastest', {});
    const reasons = expect.arrayContaining([expect.objectContaining({ code: 'end_of_log_unproven', ageMs: 6_000 })]);
    expect([status, body.freshness]).toEqual([200, { label: 'stale', ageMs: 6_000, reasons }]);
  });

  it('refuses latest and whatever has to be newer than its last proof', async () => {
    const held = await unreachable();
    expectProblem(await held.ask('latest', { onViolation: 'refuse' }), 503, 'behind');
    expectProblem(await held.ask('fastest', { onViolation: 'refuse' }), 503, 'stale');
  });
});
