/** Every trap of the demo world, asked of the whole service through its HTTP API at the moments before and after, on whatever log. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Heard, member } from '../../../src/api/world.test-support.js';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical.js';
import type { Ref } from '../../../src/domain/entity.js';
import { enginesAt, type LogHome, type MakeHome } from '../../flow/home.test-support.js';
import { play } from '../../flow/play.test-support.js';
import { Flow, TwoHandClock } from '../../flow/service.test-support.js';
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
    readonly home: LogHome,
  ) {}

  static async of(trap: Trap, home: LogHome): Promise<TrapRun> {
    const clock = new TwoHandClock();
    const flow = await Flow.open({ clock, ...(await enginesAt(home, clock)), tenants });
    const run = new TrapRun(flow, trap, home);
    const instants = [...trap.expectations.map(({ seenThrough }) => seenThrough), worldEndsAt];
    for (const moment of moments(demoWorld(), instants)) await run.#stopAt(moment);
    await flow.settle();
    return run;
  }

  /** The content hash of every answer, or why there was none, in the order of the questions. */
  get contents(): readonly JsonValue[] {
    return this.told.map(({ heard: { body } }) => body.content ?? body.code ?? null);
  }

  async end(): Promise<void> {
    await this.flow.stop();
    await this.home.remove();
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

/** `like` makes homes on another engine, whose answers have to have the same content. */
export function trapContract(name: string, makeHome: MakeHome, like?: MakeHome): void {
  describe.each(traps.map((trap) => [trap.name, trap] as const))(`the service ${name} and the trap: %s`, (_, trap) => {
    const made: { run: TrapRun | undefined } = { run: undefined };
    const run = (): TrapRun => {
      if (made.run === undefined) throw new Error('the world is played before each trap');
      return made.run;
    };
    beforeAll(async () => {
      made.run = await TrapRun.of(trap, await makeHome());
    }, 60_000);
    afterAll(() => made.run?.end());

    answerCases(trap, run);
    replayCases(run);
    accountCases(trap, run);
    if (like !== undefined) likenessCase(trap, { run, like });
  });
}

type Run = () => TrapRun;

function answerCases(trap: Trap, run: Run): void {
  it.each(trap.expectations.map((expected) => [titleOf(expected), expected] as const))(
    'answers what is true %s',
    (_title, expected) => {
      const told = run().told.find((one) => one.expected === expected);
      expect(told?.heard.status).toBe(
        told?.heard.body.code === 'account_not_found' && expected.mustContain.length === 0 ? 404 : 200,
      );
      expect(told === undefined ? ['was not asked'] : judge(expected, answerOf(told.heard))).toEqual([]);
    },
  );

  it('answers the same whether the index has everything yet or not', () => {
    for (const { heard, indexed } of run().told) expect(indexed.body.content).toBe(heard.body.content);
    const counted = run().told.map(({ indexed }) => member(indexed.body, 'retrieval', 'pendingScored'));
    expect(counted.filter((count) => count !== undefined && count !== 0)).toEqual([]);
  });
}

function replayCases(run: Run): void {
  it('replays every answer: MATCH when it was given, and after everything that came later', async () => {
    const released = run().told.filter(({ heard }) => heard.status === 200);
    expect(released.length).toBeGreaterThan(0);
    expect(released.map(({ verdict }) => verdict)).toEqual(released.map(() => 'MATCH'));
    for (const one of released) expect(await run().replay(one)).toBe('MATCH');
  });

  it('gives every answer again, byte for byte, after everything that came later', async () => {
    for (const { expected, heard } of run().told.filter((one) => one.heard.status === 200)) {
      const again = await run().flow.caller(expected.tenant).ask(`/v1/snapshots/${heard.body.id}`);
      expect(again.text).toBe(heard.text);
      expect(again.headers.get('etag')).toBe(heard.headers.get('etag'));
    }
  });
}

function accountCases(trap: Trap, run: Run): void {
  it('lists the records it has rejected, each with its reason', async () => {
    for (const { key, topicKind, reason } of trap.rejections) {
      const [tenant = '', id = ''] = key.split('/');
      const { rejected } = await run().flow.caller(tenant).ok('/v1/rejected');
      const concern = expect.objectContaining({ tenant, ref: `${topicKind}/${id}` });
      expect(rejected).toContainEqual(expect.objectContaining({ reason, concern }));
    }
    expect(run().flow.service.rejected.list(null)).toHaveLength(2);
  });

  it('accounts for every record of the world', async () => {
    const { totals } = await run().flow.caller(tenants[0]).ok('/v1/positions');
    expect(totals).toMatchObject({ addsUp: true });
  });
}

function likenessCase(trap: Trap, { run, like }: { readonly run: Run; readonly like: MakeHome }): void {
  it('answers what another log of the same events answers, by content hash', async () => {
    const other = await TrapRun.of(trap, await like());
    const { contents } = other;
    await other.end();
    expect(contents.filter((content) => String(content).startsWith('sha256-'))).not.toEqual([]);
    expect(run().contents).toEqual(contents);
  });
}
