/** The log of a service's life, and the snapshots it released meanwhile: of the demo world and of a random one, as they grew. */
import { FileLog } from '../../connectors/file/log.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, entitlement, patch, policy, remove, ticket } from '../../src/fixtures.test-support.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { play } from '../flow/play.test-support.js';
import { Flow, type FlowOptions, TwoHandClock } from '../flow/service.test-support.js';
import { type Random, seeded } from '../random.js';
import { demoQuestions, tenants as demoTenants, demoWorld } from '../streams/demo-world/index.js';
import { isEventEntry, type StreamEntry } from '../streams/stream.js';

export const RANDOM = 'random';
export const tenants: readonly string[] = [...demoTenants, RANDOM];

export interface Recorded {
  readonly tenant: string;
  readonly id: string;
  /** As it was released. */
  readonly text: string;
  readonly body: JsonObject;
}

/** Several segments per partition, so that some can expire and others stay. */
const SEGMENT_BYTES = 12_000;

/** `ageMs` null keeps everything. */
export function openFolder(folder: string, ageMs: number | null = null): Promise<FileLog> {
  const topics = topicsToOpen(defaultTopics).map((topic) => {
    // What was released stays on record for longer than what it was made of.
    const kept = topic.name === defaultTopics.context ? null : ageMs;
    return { ...topic, retention: { ageMs: kept, bytes: null } };
  });
  const clock = () => 1_800_000_000_000;
  return FileLog.open({ folder, topics, clock, segmentBytesMax: SEGMENT_BYTES, onReport: () => undefined });
}

export type RecordedLog = Pick<FlowOptions, 'log' | 'topics' | 'stores'>;

/** Asks `count` questions while the worlds arrive, in steps. The log stays open. */
export async function record(into: RecordedLog, count: number, seed: number): Promise<readonly Recorded[]> {
  const random = seeded(seed);
  const clock = new TwoHandClock();
  const flow = await Flow.open({ clock, ...into, tenants });
  const asker = new Asker(flow, random);
  const world = demoWorld();
  const steps = 12;
  for (let step = 1; step <= steps; step++) {
    const arrived = world.slice(((step - 1) * world.length) / steps, (step * world.length) / steps);
    clock.setWall(arrived.at(-1)?.at ?? clock.wallMs());
    clock.advance(1_000);
    await play(flow, arrived);
    await flow.caller(RANDOM).ok('/v1/events', { body: randomEvents(random, step) });
    await flow.settle();
    asker.learn(arrived);
    await asker.ask(Math.floor((step * count) / steps) - asker.recorded.length);
  }
  await flow.stop();
  return asker.recorded;
}

/** The same into a folder, which is closed when it resolves. */
export async function recordFolder(folder: string, count: number, seed: number): Promise<readonly Recorded[]> {
  const log = await openFolder(folder);
  try {
    return await record({ log }, count, seed);
  } finally {
    await log.close();
  }
}

class Asker {
  readonly recorded: Recorded[] = [];
  readonly #accounts = new Map<string, Set<string>>([[RANDOM, new Set(['A-0', 'A-1', 'A-2', 'A-3'])]]);
  /** Of each tenant the tokens of its answers: a past to travel to. */
  readonly #tokens = new Map<string, string[]>();

  constructor(
    readonly flow: Flow,
    readonly random: Random,
  ) {}

  learn(arrived: readonly StreamEntry[]): void {
    for (const entry of arrived.filter(isEventEntry)) {
      if (entry.topicKind !== 'account') continue;
      const known = this.#accounts.get(entry.tenant) ?? new Set();
      this.#accounts.set(entry.tenant, known.add(entry.event.subject));
    }
  }

  async ask(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const tenant = this.#pick(tenants);
      const { path, body } = this.#question(tenant);
      const heard = await this.flow.caller(tenant).ask(path, { body });
      // An account that was not there yet, or is not there any more.
      if (heard.status === 404) continue;
      if (heard.status !== 200) throw new Error(`${path} ${JSON.stringify(body)}: ${heard.text}`);
      // Two equal questions at one instant are one snapshot: now, which the clock prevents, or about the same past.
      this.flow.options.clock.setWall(this.flow.options.clock.wallMs() + 1);
      const id = String(heard.body.id);
      if (this.recorded.some((known) => known.id === id)) continue;
      this.recorded.push({ tenant, id, text: heard.text, body: heard.body });
      this.#tokens.set(tenant, [...(this.#tokens.get(tenant) ?? []), String(heard.body.token)]);
      left--;
    }
  }

  #question(tenant: string): { readonly path: string; readonly body: JsonObject } {
    const { random } = this;
    const accountId = this.#pick([...(this.#accounts.get(tenant) ?? ['A-0'])]);
    const asOf = random.chance(0.15) ? this.#pick(this.#tokens.get(tenant) ?? ['']) : '';
    const common = {
      ...(asOf === '' ? {} : { asOf }),
      tokenBudget: random.pick([200, 1_000, 8_000, 50_000]),
      purpose: random.pick(['support', 'sales']),
    };
    if (random.chance(0.25)) {
      const ofAccount = random.chance(0.5) ? { account: accountId } : {};
      return {
        path: '/v1/search',
        body: { ...common, ...ofAccount, question: this.#words(), limit: random.between(1, 9) },
      };
    }
    const question = random.chance(0.6) ? { question: this.#words() } : {};
    const kinds = random.chance(0.2) ? { kinds: [random.pick(['account', 'ticket', 'policy', 'entitlement'])] } : {};
    return { path: '/v1/context', body: { ...common, ...question, ...kinds, account: accountId } };
  }

  #words(): string {
    return this.random.pick([
      demoQuestions[0].question,
      demoQuestions[1].question,
      'refund within days',
      'customs label api',
    ]);
  }

  #pick(from: readonly string[]): string {
    return from[this.random.between(0, from.length - 1)] ?? '';
  }
}

/** Tickets that open, change, move between accounts and go; policies with versions; accounts that go and come again. */
function randomEvents(random: Random, step: number): readonly JsonObject[] {
  const accountId = () => `A-${random.between(0, 3)}`;
  const one = (n: number): JsonObject => {
    const named = { id: `r-${step}-${n}`, tenant: RANDOM };
    const id = String(random.between(0, 9));
    const text = `Refund ${random.between(1, 30)} within days, label ${id}`;
    switch (random.between(0, 7)) {
      case 0:
        return account(accountId(), { plan: random.pick(['team', 'business']) }, named);
      case 1:
        return entitlement(`E-${id}`, { accountId: accountId(), product: 'api' }, named);
      case 2:
        return policy(
          `P-${id}@${random.between(1, 3)}`,
          { policyId: `P-${id}`, title: text, body: text.repeat(3) },
          named,
        );
      case 3:
        return patch('ticket', `T-${id}`, { accountId: accountId() }, named);
      case 4:
        return random.chance(0.3)
          ? remove('ticket', `T-${id}`, named)
          : patch('ticket', `T-${id}`, { status: 'closed' }, named);
      default:
        return ticket(`T-${id}`, { accountId: accountId(), subject: text }, named);
    }
  };
  const first = step === 1 ? [0, 1, 2, 3].map((n) => account(`A-${n}`, {}, { id: `r-0-${n}`, tenant: RANDOM })) : [];
  return [...first, ...Array.from({ length: 40 }, (_, n) => one(n))];
}
