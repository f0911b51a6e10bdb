/** Every trap of the demo world, asked of the whole service through its HTTP API at the moments before and after. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Heard, member } from '../../../src/api/world.test-support.js';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical.js';
import type { Ref } from '../../../src/domain/entity.js';
import { play } from '../../flow/play.test-support.js';
import { Flow, memoryLog, TwoHandClock } from '../../flow/service.test-support.js';
import { type Moment, moments } from '../stream.js';
import { demoWorld, judge, tenants, traps, worldEndsAt } from './index.js';
import type { Answer, AnswerItem } from './judge.js';
import type { Expectation, Trap } from './trap.js';

interface Told {
  readonly expected: Expectation;
  readonly heard: Heard;
  /** The same question once everything was indexed as well: the answer before may have come from what was pending. */
  readonly indexed: Heard;
  /** Asked right after the answer; null where there was no snapshot to replay. */
  readonly verdict: unknown;
}

/** More than the default bound on staleness: an answer is fresh only if the end of the log was asked for anew. */
const BETWEEN_STOPS_MS = 60_000;

/** The whole world played into a service of its own, with a stop at each of the trap's moments and one at the end. */
class TrapRun {
  readonly told: Told[] = [];

  private constructor(
    readonly flow: Flow,
    readonly trap: Trap,
  ) {}

  static async of(trap: Trap): Promise<TrapRun> {
    const clock = new TwoHandClock();
    const flow = await Flow.open({ clock, log: memoryLog(clock), tenants });
    const run = new TrapRun(flow, trap);
    const instants = [...trap.expectations.map(({ seenThrough }) => seenThrough), worldEndsAt];
    for (const moment of moments(demoWorld(), instants)) await run.#stopAt(moment);
    await flow.settle();
    return run;
  }

  async #stopAt({ at, arrived }: Moment): Promise<void> {
    const { clock } = this.flow.options;
    clock.setWall(at);
    await play(this.flow, arrived);
    clock.advance(BETWEEN_STOPS_MS);
    const due = this.trap.expectations.filter(({ seenThrough }) => seenThrough === at);
    for (const expected of due.filter(({ when }) => when !== 'redriven')) await this.#ask(expected, []);
    const redriven = due.filter(({ when }) => when === 'redriven');
    if (redriven.length === 0) return;
    const token = await this.#redrive();
    for (const expected of redriven) await this.#ask(expected, [token]);
  }

  async #ask(expected: Expectation, tokens: readonly string[]): Promise<void> {
    const { clock } = this.flow.options;
    const caller = this.flow.caller(expected.tenant);
    clock.setWall(expected.evaluatedAt);
    const { account, question } = expected;
    const body = { account, question, consistency: { level: 'latest', tokens } };
    const heard = await caller.ask('/v1/context', { body });
    const verdict = heard.status === 200 ? await this.replay({ expected, heard }) : null;
    await this.flow.settle();
    this.told.push({ expected, heard, verdict, indexed: await caller.ask('/v1/context', { body }) });
    clock.setWall(expected.seenThrough);
  }

  async replay({ expected, heard }: Pick<Told, 'expected' | 'heard'>): Promise<unknown> {
    const caller = this.flow.caller(expected.tenant);
    const { verdict } = await caller.ok(`/v1/snapshots/${heard.body.id}/replay`, { body: {} });
    return verdict;
  }

  /** As an operator does it: find the record by its key among the rejected ones, send its repair. Returns the token. */
  async #redrive(): Promise<string> {
    const [tenant = '', id = ''] = this.trap.repair?.key.split('/') ?? [];
    const caller = this.flow.caller(tenant);
    await this.flow.settle();
    const { rejected } = await caller.ok('/v1/rejected?status=open');
    const found = (rejected as JsonObject[]).find((one) => member(one, 'concern', 'ref') === `ticket/${id}`);
    const repaired = { base64: Buffer.from(this.trap.repair?.value ?? '').toString('base64') };
    const { token } = await caller.ok(`/v1/rejected/${found?.id}/redrive`, { body: { repaired } });
    return String(token);
  }
}

/** An unknown or deleted account is an answer as well: nothing, and how fresh that is. */
function answerOf({ text, body }: Heard): Answer {
  const items = (body.items ?? []) as readonly JsonObject[];
  return { items: items.map(itemOf), text, label: String(member(body, 'freshness', 'label')) };
}

/** Only entitlements that are active at the evaluation instant are in a snapshot, and they say so. */
function itemOf(item: JsonObject): AnswerItem {
  const successor = (member(item, 'successor', 'ref') ?? null) as Ref | null;
  const active = member(item, 'why', 'selected') === 'entitlement';
  return { ref: item.ref as Ref, value: item.value as JsonValue, active, successor };
}

function titleOf({ when, tenant, account, seenThrough, evaluatedAt }: Expectation): string {
  const [seen, about] = [seenThrough, evaluatedAt].map((ms) => new Date(ms).toISOString());
  return `${when}: ${account} of ${tenant} at ${seen}${seen === about ? '' : `, about ${about}`}`;
}

describe.each(traps.map((trap) => [trap.name, trap] as const))('the service and the trap: %s', (_name, trap) => {
  let run: TrapRun;
  beforeAll(async () => {
    run = await TrapRun.of(trap);
  });
  afterAll(() => run.flow.stop());

  it.each(trap.expectations.map((expected) => [titleOf(expected), expected] as const))(
    'answers what is true %s',
    (_title, expected) => {
      const told = run.told.find((one) => one.expected === expected);
      expect(told?.heard.status).toBe(
        told?.heard.body.code === 'account_not_found' && expected.mustContain.length === 0 ? 404 : 200,
      );
      expect(told === undefined ? ['was not asked'] : judge(expected, answerOf(told.heard))).toEqual([]);
    },
  );

  it('answers the same whether the index has everything yet or not', () => {
    for (const { heard, indexed } of run.told) expect(indexed.body.content).toBe(heard.body.content);
    const counted = run.told.map(({ indexed }) => member(indexed.body, 'retrieval', 'pendingScored'));
    expect(counted.filter((count) => count !== undefined && count !== 0)).toEqual([]);
  });

  it('replays every answer: MATCH when it was given, and after everything that came later', async () => {
    const released = run.told.filter(({ heard }) => heard.status === 200);
    expect(released.length).toBeGreaterThan(0);
    expect(released.map(({ verdict }) => verdict)).toEqual(released.map(() => 'MATCH'));
    for (const one of released) expect(await run.replay(one)).toBe('MATCH');
  });

  it('gives every answer again, byte for byte, after everything that came later', async () => {
    for (const { expected, heard } of run.told.filter((one) => one.heard.status === 200)) {
      const again = await run.flow.caller(expected.tenant).ask(`/v1/snapshots/${heard.body.id}`);
      expect(again.text).toBe(heard.text);
      expect(again.headers.get('etag')).toBe(heard.headers.get('etag'));
    }
  });

  it('lists the records it has rejected, each with its reason', async () => {
    for (const { key, topicKind, reason } of trap.rejections) {
      const [tenant = '', id = ''] = key.split('/');
      const { rejected } = await run.flow.caller(tenant).ok('/v1/rejected');
      const concern = expect.objectContaining({ tenant, ref: `${topicKind}/${id}` });
      expect(rejected).toContainEqual(expect.objectContaining({ reason, concern }));
    }
    expect(run.flow.service.rejected.list(null)).toHaveLength(2);
  });

  it('accounts for every record of the world', async () => {
    const { totals } = await run.flow.caller(tenants[0]).ok('/v1/positions');
    expect(totals).toMatchObject({ addsUp: true });
  });
});
