/** Metrics of index generations: which are open, what they lack, and how a shadow compares. */
import { Gauge, type Registry } from 'prom-client';

export interface GenerationReading {
  readonly id: string;
  readonly role: string;
  /** Null: not filled by itself; the series is absent, as is that of what nothing is compared with. */
  readonly lacking: number | null;
  readonly compared: Readonly<Record<string, number>> | null;
}

export class GenerationGauges {
  readonly #open: Gauge<'generation' | 'role'>;
  readonly #lacking: Gauge<'generation'>;
  readonly #compared: Gauge<'generation' | 'outcome'>;

  constructor(registry: Registry) {
    const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
      new Gauge({ name: `tidemark_${name}`, help, labelNames: [...labelNames], registers: [registry] });
    this.#open = gauge('generation', '1 for each index generation that is open, by what it is here.', [
      'generation',
      'role',
    ]);
    this.#lacking = gauge('generation_lacking', 'Entities that a generation beside the configured one lacks.', [
      'generation',
    ]);
    this.#compared = gauge(
      'shadow_snapshots',
      'Snapshots held against a shadow: compared, differing, skipped, failed.',
      ['generation', 'outcome'],
    );
  }

  show(generations: readonly GenerationReading[]): void {
    for (const gauge of [this.#open, this.#lacking, this.#compared]) gauge.reset();
    for (const { id, role, lacking, compared } of generations) {
      this.#open.set({ generation: id, role }, 1);
      if (lacking !== null) this.#lacking.set({ generation: id }, lacking);
      for (const [outcome, count] of Object.entries(compared ?? {}))
        this.#compared.set({ generation: id, outcome }, count);
    }
  }
}
