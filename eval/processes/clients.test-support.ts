/**
 * Clients of one server, and what they remember across its deaths: every event that was acknowledged, every answer with its label, every
 * redrive. What they remember is what the checks hold the server to.
 */
import type { JsonObject } from '../../src/domain/canonical.js';
import { type Random, seeded } from '../random.js';
import { type Draft, Drafts } from './drafts.test-support.js';
import type { Served } from './server.test-support.js';

/** An event, when it was acknowledged (on the clients' monotonic clock) and where it is. */
export interface Acknowledged {
  readonly event: JsonObject;
  readonly account: string;
  readonly ref: string;
  /** Counts the changes of one entity, from 1. */
  readonly n: number;
  readonly position: string;
  readonly token: string;
  readonly atMs: number;
}

export interface Answer {
  readonly account: string;
  readonly text: string;
  readonly body: JsonObject;
  readonly askedAtMs: number;
  readonly level: string;
  /** The token that was passed with the question. */
  readonly token: string | null;
}

export interface Redriven {
  readonly rejected: string;
  readonly ref: string;
  readonly account: string;
  readonly decision: string;
}

/** Loaders and readers: each pair has accounts of its own, so that one sees what the other has been told. */
const PAIRS = 3;
const ACCOUNTS = 4;

function keepOnly<T>(list: T[], kept: (one: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(kept));
}

const pairs = Array.from({ length: PAIRS }, (_, pair) => pair);

function accountsOf(pair: number): readonly string[] {
  return Array.from({ length: ACCOUNTS }, (_, index) => `A-${pair}-${index}`);
}

export class Clients {
  readonly acknowledged: Acknowledged[] = [];
  readonly answers: Answer[] = [];
  readonly redriven: Redriven[] = [];
  /** Statuses that no client should see; shown by the checks. */
  readonly surprises: string[] = [];
  /** Writes that the server's death left without an answer, and such as it would not take. */
  readonly missed = { cut: 0, refused: 0 };
  readonly #random: Random;
  readonly #drafts: Drafts;
  /** Of each loader the batch nobody has acknowledged yet: it is sent again, as it is, until somebody does. */
  readonly #unanswered = new Map<number, readonly Draft[]>();

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.#drafts = new Drafts(this.#random);
  }

  /** All clients at work until `enough` says so, or until the server is gone. Each waits for one answer before it asks again. */
  async work(server: Served, enough: () => boolean): Promise<void> {
    const until = async (act: () => Promise<boolean>) => {
      while (!enough() && (await act()));
    };
    await Promise.all([
      ...pairs.map((pair) => until(() => this.load(server, pair))),
      ...pairs.map((pair) => until(() => this.read(server, pair))),
      until(() => this.redrive(server)),
    ]);
  }

  get accounts(): readonly string[] {
    return pairs.flatMap(accountsOf);
  }

  get operations(): number {
    return this.acknowledged.length + this.answers.length + this.redriven.length;
  }

  /** The loader's next batch, or again the one that was not answered. False: the server is gone. */
  async load(server: Served, pair: number): Promise<boolean> {
    const drafts = this.#unanswered.get(pair) ?? this.#drafts.batch(this.#pickOf(pair));
    this.#unanswered.set(pair, drafts);
    const sent = await this.#send(server, drafts);
    if (sent === 'acknowledged') this.#unanswered.delete(pair);
    if (sent === 'cut') this.missed.cut++;
    return sent !== 'cut';
  }

  async #send(server: Served, drafts: readonly Draft[]): Promise<'acknowledged' | 'refused' | 'cut'> {
    const heard = await server.ask(
      '/v1/events',
      drafts.map(({ event }) => event),
    );
    if (heard.kind === 'cut') return 'cut';
    if (heard.status !== 200) {
      if (heard.status === 503) this.missed.refused++;
      else this.#surprised('events', heard.status, heard.text);
      return 'refused';
    }
    const atMs = performance.now();
    const replies = heard.body.events as { position: JsonObject }[];
    for (const [index, draft] of drafts.entries()) {
      const { topic, partition, offset } = replies[index]?.position ?? {};
      const position = `${topic}:${partition}:${offset}`;
      this.acknowledged.push({ ...draft, position, token: String(heard.body.token), atMs });
    }
    return 'acknowledged';
  }

  /** What was on its way when the server died is sent until it is acknowledged. */
  async settle(server: Served): Promise<void> {
    for (const pair of [...this.#unanswered.keys()]) await this.load(server, pair);
  }

  async read(server: Served, pair: number): Promise<boolean> {
    const account = this.#pickOf(pair);
    const level = this.#random.pick(['fastest', 'fastest', 'at_least', 'latest']);
    const newest = this.acknowledged.findLast((one) => one.account === account);
    const maxStalenessMs = this.#random.pick([10, 100, 5_000]);
    const tokens = newest === undefined || level !== 'at_least' ? [] : [newest.token];
    const consistency = {
      level: level === 'at_least' && tokens.length === 0 ? 'fastest' : level,
      tokens,
      maxStalenessMs,
      onViolation: this.#random.pick(['mark', 'wait']),
    };
    const question = this.#random.chance(0.5) ? { question: 'refunds after 3 changes' } : {};
    const askedAtMs = performance.now();
    const heard = await server.ask('/v1/context', { account, tokenBudget: 200_000, ...question, consistency });
    if (heard.kind === 'cut') return false;
    if (heard.status === 404 || heard.status === 503) return true;
    if (heard.status !== 200) return this.#surprised('context', heard.status, heard.text);
    const { text, body } = heard;
    this.answers.push({ account, text, body, askedAtMs, level: consistency.level, token: tokens[0] ?? null });
    return true;
  }

  /** Repairs the oldest patch of a ticket that never was: with the event that opens it. */
  async redrive(server: Served): Promise<boolean> {
    const orphan = this.acknowledged.find(
      (one) => isOrphan(one) && !this.redriven.some(({ rejected }) => rejected === one.position),
    );
    if (orphan === undefined) return (await server.ask('/livez')).kind === 'reply';
    const repaired = { json: openedBy(orphan) };
    const heard = await server.ask(`/v1/rejected/${orphan.position}/redrive`, { repaired });
    if (heard.kind === 'cut') return false;
    // Not found: the record is not folded yet. Decided already: the decision was on its way when the server died.
    if (heard.status === 404 || heard.status === 503) return true;
    const { position: rejected, ref, account } = orphan;
    if (heard.status === 200) this.redriven.push({ rejected, ref, account, decision: String(heard.body.decision) });
    else if (heard.status === 409) this.redriven.push({ rejected, ref, account, decision: '' });
    else return this.#surprised('redrive', heard.status, heard.text);
    return true;
  }

  /**
   * A power loss took what is at these positions. Clients that have been told send it again, in its order, before anything else; what
   * they had seen of it they have to unlearn. A reply's token stands for its whole batch: where some of that is lost, each event that is
   * left needs one of its own.
   */
  async sendAgain(server: Served, isLost: (position: string) => boolean): Promise<void> {
    const lost = this.acknowledged.filter(({ position }) => isLost(position));
    const refused = new Set(lost.map(({ token }) => token));
    for (const [index, one] of this.acknowledged.entries()) {
      if (!refused.has(one.token) || isLost(one.position)) continue;
      const { token } = await server.ok('/v1/tokens/merge', { tokens: [one.position] });
      this.acknowledged[index] = { ...one, token: String(token) };
    }
    keepOnly(this.acknowledged, ({ position }) => !isLost(position));
    keepOnly(this.redriven, ({ rejected, decision }) => !isLost(rejected) && !isLost(decision));
    this.answers.length = 0;
    if (lost.length > 0) await this.#send(server, lost);
  }

  /**
   * Events of accounts that nobody else writes about: in a log that has lost records they take the places of those. They are returned and
   * not remembered, because by their positions they could not be told from what was lost.
   */
  async sendOthers(server: Served, batches: number): Promise<readonly Acknowledged[]> {
    const before = this.acknowledged.length;
    for (let i = 0; i < batches; i++) await this.#send(server, this.#drafts.batch(`A-9-${before}-${i % ACCOUNTS}`));
    return this.acknowledged.splice(before);
  }

  #pickOf(pair: number): string {
    return accountsOf(pair)[this.#random.between(0, ACCOUNTS - 1)] ?? '';
  }

  #surprised(what: string, status: number, text: string): true {
    this.surprises.push(`${what}: ${status} ${text.slice(0, 300)}`);
    return true;
  }
}

export function isOrphan({ event, n }: Pick<Acknowledged, 'event' | 'n'>): boolean {
  return event.op === 'patch' && n === 1;
}

/** What the orphan's source should have sent. */
function openedBy({ event, account, ref }: Acknowledged): JsonObject {
  const data = { id: ref.slice('ticket/'.length), accountId: account, subject: 'repaired', status: 'open', n: 1 };
  return { ...event, id: `${String(event.id)}-repaired`, op: 'upsert', type: 'ticket.opened', tenant: 'default', data };
}
