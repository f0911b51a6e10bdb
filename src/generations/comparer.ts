/**
 * Shadows answer real requests off the reply path: after a snapshot with a question is released, the same request is assembled with
 * each shadow over the same reading of the state, and what differs is counted and kept by reference. At a bounded rate and with a
 * bounded queue: what is beyond is counted as skipped.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Digest } from '../domain/canonical.js';
import type { Clock } from '../domain/clock.js';
import { limits } from '../limits.js';
import { Bell } from '../log/delivery.js';
import { assemble } from '../snapshot/assemble.js';
import type { ReleasedAnswer } from '../snapshot/service.js';
import { type Comparison, compareAssembled } from './comparison.js';
import type { Generation } from './generation.js';

/** A snapshot that would have been another one. */
export interface DifferingExample extends Omit<Comparison, 'isSame'> {
  readonly snapshot: Digest;
  readonly tenant: string;
  readonly atMs: number;
}

export interface ComparedCounts {
  compared: number;
  differing: number;
  /** Left out: the rate or the queue was full. */
  skipped: number;
  failed: number;
}

interface Tally {
  readonly counts: ComparedCounts;
  readonly examples: DifferingExample[];
}

export interface ComparerParts {
  readonly clock: Clock;
  /** Generations to compare with; mostly none. One that is still being filled would score what it lacks, at the cost of live reads. */
  readonly shadows: () => readonly Generation[];
}

const PACE_MS = 1_000 / limits.shadowComparedPerSecond;

export class ShadowComparer {
  readonly #parts: ComparerParts;
  readonly #tallies = new Map<string, Tally>();
  readonly #waiting: ReleasedAnswer[] = [];
  readonly #bell = new Bell();
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ComparerParts) {
    this.#parts = parts;
  }

  /** Takes a note, no more: whoever calls is about to reply. */
  released(answer: ReleasedAnswer): void {
    const shadows = this.#parts.shadows();
    if (shadows.length === 0) return;
    const nowMs = this.#parts.clock.monotonicMs();
    // An answer that its own index could not give whole says nothing of the shadow.
    const { retrieval } = answer.assembled;
    if (retrieval?.unavailable === true || (retrieval?.pendingUnscored ?? 0) > 0) return;
    if (nowMs < this.#dueMs || this.#waiting.length >= limits.shadowWaitingMax) {
      for (const { id } of shadows) this.#tallyOf(id).counts.skipped += 1;
      return;
    }
    this.#dueMs = nowMs + PACE_MS;
    this.#waiting.push(answer);
    this.#bell.ring();
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#bell.ring();
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      const rung = this.#bell.next();
      const answer = this.#waiting.shift();
      if (answer === undefined) await rung;
      else await this.#compareAll(answer);
    }
    signal.removeEventListener('abort', wake);
  }

  countsOf(generation: string): Readonly<ComparedCounts> {
    return this.#tallyOf(generation).counts;
  }

  /** The newest last. */
  examplesOf(generation: string): readonly DifferingExample[] {
    return this.#tallyOf(generation).examples;
  }

  forget(generation: string): void {
    this.#tallies.delete(generation);
  }

  async #compareAll(answer: ReleasedAnswer): Promise<void> {
    const { clock, shadows } = this.#parts;
    const startedMs = clock.monotonicMs();
    for (const shadow of shadows()) await this.#compare(answer, shadow).finally(shadow.hold());
    const endedMs = clock.monotonicMs();
    this.#dueMs = Math.max(this.#dueMs, endedMs + (endedMs - startedMs) * limits.shadowRestShare);
  }

  async #compare(answer: ReleasedAnswer, shadow: Generation): Promise<void> {
    const { counts, examples } = this.#tallyOf(shadow.id);
    const { reading, request, evaluatedAtMs, assembled, id } = answer;
    // Replies that are ready go first.
    await nextTurn();
    try {
      const assembly = await assemble(reading, shadow.live, request, evaluatedAtMs);
      if (assembly.kind !== 'assembled') return;
      counts.compared += 1;
      const { isSame, confidence, ...differing } = compareAssembled(assembled, assembly.assembled);
      if (isSame) return;
      counts.differing += 1;
      examples.push({
        snapshot: id,
        tenant: request.tenant,
        atMs: evaluatedAtMs,
        confidence,
        ...bounded(differing),
      });
      if (examples.length > limits.shadowExamplesKept) examples.shift();
    } catch {
      counts.failed += 1;
    }
  }

  #tallyOf(generation: string): Tally {
    const known = this.#tallies.get(generation);
    if (known !== undefined) return known;
    const tally = { counts: { compared: 0, differing: 0, skipped: 0, failed: 0 }, examples: [] };
    this.#tallies.set(generation, tally);
    return tally;
  }
}

type Differing = Pick<Comparison, 'entered' | 'left' | 'moved'>;

function bounded({ entered, left, moved }: Differing): Differing {
  const max = limits.shadowExampleRefsMax;
  return { entered: entered.slice(0, max), left: left.slice(0, max), moved: moved.slice(0, max) };
}
