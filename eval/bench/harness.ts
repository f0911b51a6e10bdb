/**
 * The bench: every figure is a ratio of our code to a baseline, measured in turn in one run, because only ratios of interleaved
 * rounds survive a shared machine. Median of the rounds with the least and the greatest.
 */

/** One side of a comparison: does its work once and returns a figure, a rate or a time. */
export type Contender = () => Promise<number>;

export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Rates are better high, times better low; goals are on the ratio ours ÷ baseline. */
  readonly better: 'high' | 'low';
  readonly goal: { readonly ship: number; readonly stretch: number };
  /** Opens what both sides need. */
  open(): Promise<Opened | Unavailable>;
}

export interface Opened {
  readonly ours: Contender;
  readonly baseline: Contender;
  /** What else was found while measuring, said beside the ratio. */
  note?(): string;
  /** Why what was measured is not what the name says; null: it is. Said instead of a verdict. */
  shortfall?(): string | null;
  /** Runs whatever happens. */
  close(): Promise<void>;
}

/** The row cannot be measured here. `unavailable` says what to do about it. */
export interface Unavailable {
  readonly unavailable: string;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

type Verdict = 'stretch' | 'ship' | 'missed';

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly ratio: Spread;
  readonly ours: Spread;
  readonly baseline: Spread;
  readonly goal: Row['goal'];
  readonly verdict: Verdict | 'not measured' | 'failed';
  readonly note: string;
  /** From opening to closing, seconds. */
  readonly tookSeconds: number;
}

/** A row that throws is `failed`, with the error as its note: those beside it are worth having all the same. */
export async function measure(row: Row, rounds: number, onRound: (round: number) => void): Promise<Measured> {
  const startedAtMs = performance.now();
  const measured = await measureRow(row, rounds, onRound).catch((error: unknown) => {
    return withoutFigures('failed', error instanceof Error ? error.message : String(error));
  });
  const { name, unit, goal } = row;
  return { name, unit, goal, ...measured, tookSeconds: Math.round((performance.now() - startedAtMs) / 100) / 10 };
}

type Figures = Pick<Measured, 'ratio' | 'ours' | 'baseline' | 'verdict' | 'note'>;

function withoutFigures(verdict: 'not measured' | 'failed', note: string): Figures {
  const nothing = spread([]);
  return { ratio: nothing, ours: nothing, baseline: nothing, verdict, note };
}

async function measureRow(row: Row, rounds: number, onRound: (round: number) => void): Promise<Figures> {
  const opened = await row.open();
  if ('unavailable' in opened) return withoutFigures('not measured', opened.unavailable);
  const { ours, baseline, close } = opened;
  try {
    // One round that does not count: compilers and caches warm up on both sides alike.
    await ours();
    await baseline();
    const samples: { readonly ours: number; readonly baseline: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      onRound(round);
      // The order alternates, so that whoever comes second gains nothing from it.
      const oursFirst = round % 2 === 0;
      const first = await (oursFirst ? ours() : baseline());
      const second = await (oursFirst ? baseline() : ours());
      samples.push(oursFirst ? { ours: first, baseline: second } : { ours: second, baseline: first });
    }
    const ratio = spread(samples.map((sample) => sample.ours / sample.baseline));
    const shortfall = opened.shortfall?.() ?? null;
    return {
      ratio,
      ours: spread(samples.map((sample) => sample.ours)),
      baseline: spread(samples.map((sample) => sample.baseline)),
      verdict: shortfall === null ? verdict(ratio.median, row) : 'not measured',
      note: shortfall ?? opened.note?.() ?? '',
    };
  } finally {
    await close();
  }
}

function verdict(ratio: number, { goal, better }: Row): Verdict {
  const meets = (bound: number) => (better === 'high' ? ratio >= bound : ratio <= bound);
  return meets(goal.stretch) ? 'stretch' : meets(goal.ship) ? 'ship' : 'missed';
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** One over the median time of a question, each asked once. */
export function answersPerSecond<Q>(search: (question: Q) => unknown, questions: readonly Q[]): Contender {
  return async () => {
    const timesMs: number[] = [];
    for (const question of questions) {
      const startedAtMs = performance.now();
      await search(question);
      timesMs.push(performance.now() - startedAtMs);
    }
    return 1_000 / spread(timesMs).median;
  };
}

/** Runs `work` once and returns how many of its units were done per second. */
export async function ratePerSecond(units: number, work: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return (units * 1_000) / (performance.now() - startedAtMs);
}
