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

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly ratio: Spread;
  readonly ours: Spread;
  readonly baseline: Spread;
  readonly goal: Row['goal'];
  readonly verdict: 'stretch' | 'ship' | 'missed' | 'not measured';
  readonly note: string;
}

export async function measure(row: Row, rounds: number, onRound: (round: number) => void): Promise<Measured> {
  const { name, unit, goal } = row;
  const opened = await row.open();
  if ('unavailable' in opened) {
    const nothing = spread([]);
    const note = opened.unavailable;
    return { name, unit, goal, ratio: nothing, ours: nothing, baseline: nothing, verdict: 'not measured', note };
  }
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
    return {
      name,
      unit,
      goal,
      ratio,
      ours: spread(samples.map((sample) => sample.ours)),
      baseline: spread(samples.map((sample) => sample.baseline)),
      verdict: verdict(ratio.median, row),
      note: opened.note?.() ?? '',
    };
  } finally {
    await close();
  }
}

function verdict(ratio: number, { goal, better }: Row): 'stretch' | 'ship' | 'missed' {
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

/** Runs `work` once and returns how many of its units were done per second. */
export async function ratePerSecond(units: number, work: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return (units * 1_000) / (performance.now() - startedAtMs);
}
