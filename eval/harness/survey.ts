/**
 * The first reading of a stream: how long it is, what is odd about it, and after which of its entries each question is asked. A
 * moment that never comes is told here, before anything has been worked for.
 */
import type { Digest } from '../../src/domain/canonical.js';
import { instantText } from '../../src/domain/time.js';
import {
  positionOf,
  positionTextOf,
  type SourceEntry,
  type StreamPosition,
  type StreamSource,
} from '../streams/source.js';
import { StreamDigest } from './digests.js';
import { suiteInvalid } from './fault.js';
import { momentText } from './moments.js';
import type { Moment, Question } from './types.js';

/** A question with its place: asked once this many entries have arrived, at this virtual instant. */
export interface PlacedQuestion {
  readonly question: Question;
  readonly after: number;
  readonly atMs: number;
}

export interface Survey {
  readonly entries: number;
  /** Of all of them. */
  readonly digest: Digest;
  /** Of the topics whose records come with a partition: one more than the highest. */
  readonly partitions: ReadonlyMap<string, number>;
  /** When the first entry arrives, milliseconds since 1970. */
  readonly startsAtMs: number;
  /** In the order in which they are asked; questions of one moment in the order of the suite. */
  readonly placed: readonly PlacedQuestion[];
  /** Operators decided about some of its records. */
  readonly hasDecisions: boolean;
  readonly notices: readonly string[];
}

/** Rejects with `suite_invalid` for a stream without entries and for moments that it does not have. */
export async function survey(source: StreamSource, questions: readonly Question[]): Promise<Survey> {
  const odd = new Oddities();
  const places = new Places(questions);
  const digest = new StreamDigest();
  const partitions = new Map<string, number>();
  let [entries, startsAtMs, nowMs] = [0, 0, Number.NEGATIVE_INFINITY];
  let hasDecisions = false;
  for await (const entry of source.entries()) {
    if (entries === 0) startsAtMs = entry.at;
    const position = positionOf(entry, entries);
    if ('record' in entry && entry.position !== undefined) widen(partitions, entry.position);
    digest.add(entry, position);
    odd.see(entry, position, nowMs);
    if ('decision' in entry) hasDecisions = true;
    nowMs = Math.max(nowMs, entry.at);
    places.arrive(position, entries, nowMs);
    entries++;
  }
  if (entries === 0) throw suiteInvalid([`the stream ${source.name} has no records`], 'Name a stream that has some.');
  const placed = places.all({ entries, startsAtMs, endsAtMs: nowMs });
  return {
    entries,
    digest: digest.digest(),
    partitions,
    startsAtMs,
    placed,
    hasDecisions,
    notices: [...(source.notices?.() ?? []), ...odd.notices(), ...places.notices],
  };
}

function widen(partitions: Map<string, number>, { topic, partition }: StreamPosition): void {
  partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
}

/** When an entry arrives in virtual time: dates may be out of order, arrivals are not. */
export function arrivalsOf(startsAtMs: number): (entry: SourceEntry) => number {
  let nowMs = startsAtMs;
  return ({ at }) => {
    nowMs = Math.max(nowMs, at);
    return nowMs;
  };
}

class Oddities {
  readonly #next = new Map<string, bigint>();
  #holes = 0;
  #firstHole = '';
  #early = 0;
  #firstEarly = '';

  see(entry: SourceEntry, position: StreamPosition, nowMs: number): void {
    if (entry.at < nowMs) {
      this.#early++;
      if (this.#early === 1) this.#firstEarly = `${positionTextOf(position)}, ${instantText(entry.at)}`;
    }
    // Between decisions lie the letters that they are about.
    if (!('decision' in entry)) this.#follow(position);
  }

  #follow(position: StreamPosition): void {
    const key = `${position.topic}:${position.partition}`;
    const expected = this.#next.get(key);
    if (expected !== undefined && position.offset !== expected) {
      this.#holes++;
      if (this.#holes === 1) this.#firstHole = `${key} goes from ${expected - 1n} to ${position.offset}`;
    }
    this.#next.set(key, position.offset + 1n);
  }

  notices(): readonly string[] {
    const early = `${this.#early} entries are dated before one that arrived earlier, and count as arriving with it (first: ${this.#firstEarly})`;
    const holes = `${this.#holes} holes in the numbering of the stream (first: ${this.#firstHole})`;
    return [...(this.#early > 0 ? [early] : []), ...(this.#holes > 0 ? [holes] : [])];
  }
}

interface Extent {
  readonly entries: number;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

interface Waiting<At extends Moment['kind']> {
  readonly question: Question;
  readonly at: Extract<Moment, { kind: At }>;
}

/** Finds where each question belongs while the stream goes by. */
class Places {
  readonly notices: string[] = [];
  readonly #order: ReadonlyMap<Question, number>;
  readonly #placed: PlacedQuestion[] = [];
  /** Latest first, so that the next one is the last. */
  readonly #instants: Waiting<'instant'>[] = [];
  /** By partition, latest first. */
  readonly #positions = new Map<string, Waiting<'position'>[]>();
  readonly #ends: Question[] = [];

  constructor(questions: readonly Question[]) {
    this.#order = new Map(questions.map((question, index) => [question, index]));
    for (const question of questions) {
      const { at } = question;
      if (at.kind === 'end') this.#ends.push(question);
      else if (at.kind === 'instant') this.#instants.push({ question, at });
      else {
        const key = `${at.topic}:${at.partition}`;
        this.#positions.set(key, [...(this.#positions.get(key) ?? []), { question, at }]);
      }
    }
    this.#instants.sort((a, b) => b.at.ms - a.at.ms);
    for (const waiting of this.#positions.values())
      waiting.sort((a, b) => (a.at.offset < b.at.offset ? 1 : a.at.offset > b.at.offset ? -1 : 0));
  }

  arrive(position: StreamPosition, index: number, nowMs: number): void {
    for (let next = this.#instants.at(-1); next !== undefined && next.at.ms < nowMs; next = this.#instants.at(-1)) {
      this.#instants.pop();
      this.#placed.push({ question: next.question, after: index, atMs: next.at.ms });
    }
    const waiting = this.#positions.get(`${position.topic}:${position.partition}`) ?? [];
    for (let next = waiting.at(-1); next !== undefined && next.at.offset <= position.offset; next = waiting.at(-1)) {
      waiting.pop();
      const isThere = next.at.offset === position.offset;
      if (!isThere)
        this.notices.push(`${next.question.id} is asked where the stream has a hole: ${momentText(next.at)}`);
      this.#placed.push({ question: next.question, after: isThere ? index + 1 : index, atMs: nowMs });
    }
  }

  all({ entries, startsAtMs, endsAtMs }: Extent): readonly PlacedQuestion[] {
    for (const { question, at } of this.#instants) this.#placed.push({ question, after: entries, atMs: at.ms });
    for (const question of this.#ends) this.#placed.push({ question, after: entries, atMs: endsAtMs });
    const missed = [...this.#positions.values()].flat();
    if (missed.length > 0) throw suiteInvalid(missed.map(({ question, at }) => neverComes(question, at)));
    const early = this.#placed.filter(({ after }) => after === 0);
    if (early.length > 0) {
      const from = instantText(startsAtMs);
      throw suiteInvalid(early.map(({ question }) => precedes(question, from)));
    }
    const order = (question: Question) => this.#order.get(question) ?? 0;
    // An instant after the last record may be later than the end itself.
    return this.#placed.sort((a, b) => a.after - b.after || a.atMs - b.atMs || order(a.question) - order(b.question));
  }
}

function neverComes({ id }: Question, at: Moment): string {
  return `question ${id} is asked at ${momentText(at)}, which the stream never reaches`;
}

function precedes({ id, at }: Question, from: string): string {
  return `question ${id} is asked at ${momentText(at)}, before the first record of the stream (${from})`;
}
