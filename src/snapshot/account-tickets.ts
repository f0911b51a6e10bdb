/**
 * The tickets of an account as they are scored: an account may have ten thousand of them, and the next question finds nearly all as they
 * were. What is read of their text is made once and kept for the accounts that were asked about last.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PresentEntity, type Ref, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import { countPassages, type PassageCounts } from '../retrieval/joined-statistics.js';
import type { PassageRules } from '../retrieval/method.js';
import type { PassageTerms, PassageTermsCache } from '../retrieval/passage-terms.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { ScorablePassage } from '../retrieval/scorer.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import type { AskingRequest, Sources } from './retriever.js';

export interface ScorableTicket {
  readonly entity: PresentEntity;
  readonly ref: Ref;
  readonly passages: readonly ScorablePassage[];
}

/** Immutable. */
export interface TicketSet {
  readonly tickets: readonly ScorableTicket[];
  /** Of all their passages. */
  readonly counts: PassageCounts;
}

export interface ReadingParts {
  readonly rules: PassageRules;
  readonly terms: PassageTermsCache;
  /** Null where retrieval is lexical. */
  readonly vectors: VectorCache | null;
}

interface Known extends TicketSet {
  /** What it was made of: a state that has not moved gives the same array again. */
  readonly members: readonly PresentEntity[];
}

interface KnownTicket {
  readonly entity: PresentEntity;
  readonly terms: readonly PassageTerms[];
  /** Undefined: the model has not read it, as far as memory knows. */
  readonly vectors: readonly Float32Array[] | undefined;
}

type ReadTicket = readonly [entity: PresentEntity, passages: readonly ScorablePassage[]];

/** Tickets that a model reads in one go: what it has read is kept, should the next ones fail. */
const READ_AT_ONCE = 256;

const none: TicketSet = { tickets: [], counts: countPassages([]) };

export class AccountTickets {
  readonly #parts: ReadingParts;
  readonly #sizeMax: number;
  /** In order of last use: a Map keeps the order of insertion. */
  readonly #known = new Map<string, Known>();
  #size = 0;

  constructor(parts: ReadingParts, sizeMax: number = limits.ticketsReadMax) {
    this.#parts = parts;
    this.#sizeMax = sizeMax;
  }

  /** In a context the open tickets are there already; a search ranks all of the account's. */
  async of({ members }: Pick<Sources, 'members'>, request: AskingRequest): Promise<TicketSet> {
    if (!request.kinds.includes('ticket') || members.length === 0) return none;
    const name = JSON.stringify([request.mode, request.tenant, request.account]);
    const known = this.#known.get(name);
    const found = known?.members === members ? known : await this.#read(members, isAsked(request), known);
    this.#keep(name, found);
    return found;
  }

  async #read(
    members: readonly PresentEntity[],
    isOf: (entity: PresentEntity) => boolean,
    before: Known | undefined,
  ): Promise<Known> {
    const entities = members.filter(isOf);
    // A hash stands for all of the data, and passages come of nothing else.
    const known = new Map(before?.tickets.map(({ entity, passages }) => [entity.hash, passages]));
    const unknown = entities.filter(({ hash }) => !known.has(hash));
    for (let at = 0; at < unknown.length; at += READ_AT_ONCE) {
      for (const [{ hash }, passages] of await this.#passagesOf(unknown.slice(at, at + READ_AT_ONCE))) {
        known.set(hash, passages);
      }
    }
    const tickets = entities.map((entity): ScorableTicket => {
      return { entity, ref: refOf(entity.key), passages: known.get(entity.hash) ?? [] };
    });
    const isSame = before !== undefined && unknown.length === 0 && hasSameTexts(before.tickets, tickets);
    return { members, tickets, counts: isSame ? before.counts : countsOf(tickets) };
  }

  async #passagesOf(entities: readonly PresentEntity[]): Promise<readonly ReadTicket[]> {
    const { rules, terms, vectors: cache } = this.#parts;
    const known: KnownTicket[] = [];
    for (const entity of entities) {
      const of = terms.of(entity);
      known.push({ entity, terms: of, vectors: cache?.known(of) });
      // Thousands would be cut into words in one turn.
      if (known.length % limits.scoredSliceCandidates === 0) await nextTurn();
    }
    // Passages are cut, and hashed, only where a text has no vector yet.
    const unread = cache === null ? [] : known.filter(({ vectors }) => vectors === undefined);
    const made = await cache?.vectorsOf(unread.flatMap(({ entity }) => passagesOfEntity(rules, entity)));
    const read = new Map(unread.flatMap((one) => one.terms).map(({ hash }, at) => [hash, made?.[at] ?? null]));
    return known.map(({ entity, terms: of, vectors }) => {
      return [entity, of.map((one, at) => ({ terms: one, vector: vectors?.[at] ?? read.get(one.hash) ?? null }))];
    });
  }

  #keep(name: string, known: Known): void {
    this.#drop(name);
    this.#known.set(name, known);
    this.#size += sizeOf(known);
    for (const oldest of this.#known.keys()) {
      // What was just asked about stays, however large.
      if (this.#size <= this.#sizeMax || oldest === name) return;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    const known = this.#known.get(name);
    this.#size -= known === undefined ? 0 : sizeOf(known);
    this.#known.delete(name);
  }
}

/** What an entry of the cache takes, counted in members and passages. */
function sizeOf({ members, counts }: Known): number {
  return 1 + Math.max(members.length, counts.passages);
}

function isAsked({ mode }: AskingRequest): (entity: PresentEntity) => boolean {
  return ({ facets }) => facets.kind === 'ticket' && (mode === 'search' || !facets.open);
}

function countsOf(tickets: readonly ScorableTicket[]): PassageCounts {
  return countPassages(tickets.flatMap(({ passages }) => passages.map(({ terms }) => terms)));
}

function hasSameTexts(some: readonly ScorableTicket[], others: readonly ScorableTicket[]): boolean {
  return some.length === others.length && some.every(({ entity }, at) => entity.hash === others[at]?.entity.hash);
}
