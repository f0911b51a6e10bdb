/** Metrics of state and index: whether they are believed, what they have lost, and what was mended. */
import { Gauge, type Registry } from 'prom-client';
import { GenerationGauges, type GenerationReading } from './generation-gauges.js';

export interface StoresReading {
  /** Its kind; null: there is none, and the series is absent. */
  readonly stateTrouble: string | null;
  readonly index: {
    /** Null: not known; the series is then absent. */
    readonly pending: number | null;
    readonly dropped: number;
    readonly lost: number;
    readonly refused: number;
  };
  /** Of the last pass; null: there was none, and the series is absent. */
  readonly reconciled: Readonly<Record<string, number>> | null;
  /** Kept of the configured model, by role; null: it has no record, and the series is absent. */
  readonly vectors: Readonly<Record<string, number>> | null;
  /** Of the index, those that are open. */
  readonly generations: readonly GenerationReading[];
}

export class StoreGauges {
  readonly #trouble: Gauge<'kind'>;
  readonly #pending: Gauge;
  readonly #dropped: Gauge;
  readonly #lost: Gauge;
  readonly #refused: Gauge;
  readonly #reconciled: Gauge<'finding'>;
  readonly #vectors: Gauge<'role'>;
  readonly #generations: GenerationGauges;

  constructor(registry: Registry) {
    const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
      new Gauge({ name: `tidemark_${name}`, help, labelNames: [...labelNames], registers: [registry] });
    this.#trouble = gauge('state_trouble', '1 while the state is not believed and reads are refused.', ['kind']);
    this.#pending = gauge('index_pending', 'Entities that the index has not seen.', []);
    this.#dropped = gauge('index_points_dropped', 'Points the index answered with that were not believed.', []);
    this.#lost = gauge('index_lost', 'Times the index had lost what it held, and was filled again.', []);
    this.#refused = gauge('index_refused', 'Times the index would not take an entity as it is.', []);
    this.#reconciled = gauge(
      'reconcile_entities',
      'What the last pass over state and index found against the journal.',
      ['finding'],
    );
    this.#vectors = gauge('vectors_recorded', 'Vectors of the configured model that are kept.', ['role']);
    this.#generations = new GenerationGauges(registry);
  }

  show({ stateTrouble, index, reconciled, vectors, generations }: StoresReading): void {
    this.#generations.show(generations);
    for (const gauge of [this.#trouble, this.#pending, this.#reconciled, this.#vectors]) gauge.reset();
    for (const [role, count] of Object.entries(vectors ?? {})) this.#vectors.set({ role }, count);
    if (stateTrouble !== null) this.#trouble.set({ kind: stateTrouble }, 1);
    if (index.pending === null) this.#pending.remove();
    else this.#pending.set(index.pending);
    this.#dropped.set(index.dropped);
    this.#lost.set(index.lost);
    this.#refused.set(index.refused);
    for (const [finding, count] of Object.entries(reconciled ?? {})) this.#reconciled.set({ finding }, count);
  }
}
