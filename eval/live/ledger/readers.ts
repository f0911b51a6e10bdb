/** W2: so many questions a second over all instances, with limits and tokens of chance; every reply is kept whole. */
import { setInterval as ticks } from 'node:timers/promises';
import type { Random } from '../../random.js';
import { placeText } from './checkers.js';
import { type Acked, answerOf, hasReason, type Question, type Reply } from './history.js';
import { type Instances, keyOf, type Name } from './instances.js';
import { accountsOf, type Plan, tenantsOf, topicOf } from './workload.js';

export interface ReadersPlan {
  readonly world: Plan;
  readonly instances: Instances;
  readonly random: Random;
  /** The newest acknowledged change of each entity. */
  readonly newest: ReadonlyMap<string, Acked>;
}

interface Session {
  readonly name: string;
  readonly tenant: string;
  isBusy: boolean;
  /** What it was told last, and passes on. */
  token: string | null;
}

const SESSIONS_OF_TENANT = 5;

export class Readers {
  readonly replies: Reply[] = [];
  readonly #plan: ReadersPlan;
  readonly #sessions: readonly Session[];
  readonly #open = new Set<Promise<void>>();

  constructor(plan: ReadersPlan) {
    this.#plan = plan;
    this.#sessions = tenantsOf(plan.world).flatMap((tenant) =>
      Array.from({ length: SESSIONS_OF_TENANT }, (_, number) => ({
        name: `${tenant}/${number}`,
        tenant,
        isBusy: false,
        token: null,
      })),
    );
  }

  /** So many questions a second, unless all sessions wait for their answers, until `enough` says so; then all have been answered. */
  async run(perSecond: number, enough: () => boolean): Promise<void> {
    const startedMs = performance.now();
    let asked = 0;
    for await (const _ of ticks(1_000 / perSecond)) {
      if (enough()) break;
      // A busy machine drops ticks: what was due meanwhile is asked now.
      const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1_000) - asked;
      this.askSome(due);
      asked += due;
    }
    await Promise.all(this.#open);
  }

  /** Of one instance, or of any that a balancer would choose. Answered some time later. */
  askSome(count: number, of?: Name): void {
    const { random, instances } = this.#plan;
    const idle = this.#sessions.filter(({ isBusy }) => !isBusy);
    for (let asked = 0; asked < count && idle.length > 0; asked++) {
      const [session] = idle.splice(random.below(idle.length), 1);
      const { answering } = instances;
      if (session === undefined || (of === undefined && answering.length === 0)) return;
      const open = this.#ask(session, of ?? random.pick(answering)).finally(() => this.#open.delete(open));
      this.#open.add(open);
    }
  }

  async #ask(session: Session, instance: Name): Promise<void> {
    session.isBusy = true;
    try {
      const server = this.#plan.instances.server(instance);
      const { question, body } = this.#questionOf(session, instance);
      const heard = await server.ask('/v1/context', body, keyOf(session.tenant));
      const { status, text } = heard.kind === 'cut' ? { status: 0, text: '' } : heard;
      const reply = { ...question, status, text };
      this.replies.push(reply);
      const answer = answerOf(reply);
      if (answer !== undefined && question.passesOn && !hasReason(answer, 'tokens_not_covered'))
        session.token = answer.token;
    } finally {
      session.isBusy = false;
    }
  }

  #questionOf({ name, tenant, token }: Session, instance: Name) {
    const { random, world, newest } = this.#plan;
    const account = random.pick(accountsOf(world, tenant));
    const passesOn = random.chance(0.6);
    const id = account.slice('A-'.length);
    const written = newest.get(`${tenant} ${random.pick([`account/A-${id}`, `ticket/T-${id}`])}`);
    const after = written !== undefined && random.chance(0.3) ? [written] : [];
    const tokens = [...(passesOn && token !== null ? [token] : []), ...after.map(placeText)];
    const maxStalenessMs = random.pick([50, 200, 1_000, 5_000]);
    const consistency = {
      level: tokens.length > 0 ? 'at_least' : random.pick(['fastest', 'fastest', 'latest']),
      tokens,
      maxStalenessMs,
      deadlineMs: random.pick([100, 500, 2_000]),
      onViolation: random.pick(['mark', 'mark', 'wait', 'refuse']),
    };
    const text = random.chance(0.3) ? topicOf(random.below(100)) : null;
    const question: Question = {
      session: name,
      instance,
      tenant,
      account,
      question: text,
      passesOn,
      after: after.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
      maxStalenessMs,
      askedAtMs: performance.now(),
    };
    const body = { account, tokenBudget: 200_000, consistency, ...(text === null ? {} : { question: text }) };
    return { question, body };
  }
}
