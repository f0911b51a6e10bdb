/**
 * Holds state and index against the journal, which is the truth of both: at times, and when one of them has lost something. It goes
 * beside everything else, a few keys at a time, and writes only what nobody has written meanwhile.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../domain/clock.js';
import { type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { partitionKey } from '../domain/position.js';
import { limits } from '../limits.js';
import type { Ownership } from '../materializer/ownership.js';
import type { MaterializerReport } from '../materializer/report.js';
import type { ReconcileFindings } from '../state/findings.js';
import { Burials } from './burials.js';
import { compareHoldings, markMissing } from './compare-index.js';
import { type CompareParts, compareState } from './compare-state.js';
import type { Holding, IndexHoldings } from './holdings.js';
import { newTally, type Tally } from './tally.js';

export interface ReconcilerParts extends CompareParts {
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly report: Pick<MaterializerReport, 'reconciled' | 'followFailed'>;
  /** Null: the index begins empty with its process, and is filled by marks alone. */
  readonly index: IndexHoldings | null;
}

/** A pass that has begun: what it has come to, and its end. */
export interface Pass {
  readonly findings: ReconcileFindings;
  /** Rejects with what a store or the journal rejected with. */
  readonly ended: Promise<ReconcileFindings>;
}

export class Reconciler {
  readonly #parts: ReconcilerParts;
  #asked = new AbortController();
  #last: ReconcileFindings | null = null;
  #pass: Pass | null = null;
  readonly #burials = new Burials();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** Of the last pass that came to its end; null: none has. */
  get last(): ReconcileFindings | null {
    return this.#last;
  }

  /** Something has lost what it held: the next pass begins now. */
  ask(): void {
    this.#asked.abort();
  }

  /** Runs until `signal` aborts. Of several instances the one does it that applies the decisions. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, ownership, topics, report } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(limits.reconcileIntervalMs, AbortSignal.any([signal, this.#asked.signal]));
      this.#asked = new AbortController();
      if (signal.aborted || !ownership.owns(partitionKey(topics.rejected, 0))) continue;
      await this.pass(signal).catch(async (error: unknown) => {
        report.followFailed(error);
        await clock.sleep(limits.reconcileRetryMs, signal);
        this.ask();
      });
    }
  }

  /** Begins a pass, or joins the one under way. What it has come to when `signal` aborts is not told. */
  begin(signal: AbortSignal): Pass {
    if (this.#pass !== null) return this.#pass;
    const findings = newTally();
    const ended = this.#compare(findings, signal).finally(() => {
      this.#pass = null;
    });
    this.#pass = { findings, ended };
    return this.#pass;
  }

  pass(signal: AbortSignal): Promise<ReconcileFindings> {
    return this.begin(signal).ended;
  }

  async #compare(tally: Tally, signal: AbortSignal): Promise<ReconcileFindings> {
    const seen = await this.#index(tally, signal);
    await this.#state(tally, seen, signal);
    if (signal.aborted) return tally;
    this.#last = tally;
    this.#parts.report.reconciled(tally);
    return tally;
  }

  /** The names of what the index holds; undefined where it cannot be asked. */
  async #index(tally: Tally, signal: AbortSignal): Promise<ReadonlySet<EntityKeyText> | undefined> {
    const { index } = this.#parts;
    if (index === null) return undefined;
    const seen = new Set<EntityKeyText>();
    let slice: Holding[] = [];
    for await (const holding of index.held(null)) {
      if (signal.aborted) return seen;
      seen.add(entityKeyText(holding.key));
      slice.push(holding);
      if (slice.length < limits.reconcileSliceKeys) continue;
      await this.#compareSlice(index, slice, tally);
      slice = [];
      await nextTurn();
    }
    if (slice.length > 0) await this.#compareSlice(index, slice, tally);
    this.#burials.ended();
    return seen;
  }

  async #compareSlice(index: IndexHoldings, slice: readonly Holding[], tally: Tally): Promise<void> {
    const { state, clock } = this.#parts;
    await compareHoldings({ state, index }, slice, tally);
    await this.#burials.look({ state, index }, slice, clock.monotonicMs());
  }

  async #state(tally: Tally, seen: ReadonlySet<EntityKeyText> | undefined, signal: AbortSignal): Promise<void> {
    const { journal, state } = this.#parts;
    for (let first = 0; !signal.aborted; first += limits.reconcileSliceKeys) {
      const keys = journal.index.keysFrom(first, limits.reconcileSliceKeys);
      if (keys.length === 0) return;
      const indexed = await compareState(this.#parts, keys, tally);
      const unseen = indexed.filter(({ key }) => seen !== undefined && !seen.has(entityKeyText(key)));
      await markMissing(state, unseen, tally);
      await nextTurn();
    }
  }
}
