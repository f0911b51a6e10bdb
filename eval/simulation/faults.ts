/**
 * What goes wrong, and how often. Each seed draws which kinds of fault it has and how much of each (swarm testing: Groce and others,
 * "Swarm Testing", ISSTA 2012), so that a rare one is not always hidden behind a frequent one. Every bite is counted: a kind that never
 * bites in the fixed seeds proves nothing and is itself a failure.
 */
import type { Random } from '../random.js';

export type PortName = 'log' | 'state' | 'index';

export const faultKinds = [
  /** The call fails and had no effect. */
  'dropped',
  /** The call had its effect and fails. */
  'reply_lost',
  /** The call fails at once and has its effect later, like a delayed packet. */
  'late',
  /** The call has its effect a second time, later. */
  'twice',
  /** The answer takes seconds. */
  'hung',
  /** All calls of one port fail for a while, or hang until it is back. */
  'outage_refusing',
  'outage_hanging',
  /** The process ends at this call. */
  'crash',
  /** A call was on its way when the process ended, and landed all the same. */
  'landed_after_crash',
  /** The process stands still and goes on later; where the stores survive, beside its successor. */
  'pause',
  /** Records are delivered again, or out of turn between partitions, or in slices of any size. */
  'resent',
  'interleaved',
  'split',
  'wall_jump',
  'overslept',
] as const;

export type FaultKind = (typeof faultKinds)[number];
export type Bites = Readonly<Record<FaultKind, number>>;

/** What becomes of one call. */
export type Fate = 'plain' | 'dropped' | 'reply_lost' | 'late' | 'twice' | 'hung' | 'crash' | 'pause';

/** Chances per call where a seed has the kind at all: a run makes some thousand calls. */
const rates: readonly (readonly [Exclude<Fate, 'plain'>, number])[] = [
  ['dropped', 0.03],
  ['reply_lost', 0.02],
  ['late', 0.01],
  ['twice', 0.03],
  ['hung', 0.006],
  ['crash', 0.003],
  ['pause', 0.002],
];

interface Outage {
  readonly kind: 'outage_refusing' | 'outage_hanging';
  readonly untilMs: number;
}

export class Faults {
  readonly bites: Record<FaultKind, number> = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<
    FaultKind,
    number
  >;
  readonly #random: Random;
  readonly #rates: ReadonlyMap<Fate, number>;
  readonly #wanted: ReadonlySet<FaultKind>;
  readonly #outages = new Map<PortName, Outage>();
  #areOver = false;

  constructor(random: Random) {
    this.#random = random;
    this.#wanted = new Set(faultKinds.filter(() => random.chance(0.6)));
    const wanted = rates.filter(([kind]) => this.#wanted.has(kind));
    this.#rates = new Map(wanted.map(([kind, rate]) => [kind, rate * random.within(0.2, 1.5)]));
  }

  get areOver(): boolean {
    return this.#areOver;
  }

  /** From here on everything works. */
  end(): void {
    this.#areOver = true;
    this.#outages.clear();
  }

  bit(kind: FaultKind): void {
    this.bites[kind]++;
  }

  /** Whether a fault that is no call's fate happens now; counts it. */
  strikes(kind: FaultKind, share: number): boolean {
    if (this.#areOver || !this.#wanted.has(kind) || !this.#random.chance(share)) return false;
    this.bit(kind);
    return true;
  }

  fate(): Fate {
    if (this.#areOver) return 'plain';
    for (const [kind, rate] of this.#rates) if (this.#random.chance(rate)) return kind;
    return 'plain';
  }

  /** Of a call to `port` or its answer, milliseconds. */
  delayMs(): number {
    const dice = this.#random.next();
    if (dice < 0.8 || this.#areOver) return this.#random.within(0.02, 0.5);
    return dice < 0.96 ? this.#random.within(0.5, 8) : this.#random.within(8, 80);
  }

  hangMs(): number {
    return this.#random.within(400, 8_000);
  }

  /** How long after its call a late effect comes. */
  lateMs(): number {
    return this.#random.within(0.1, 1_500);
  }

  breakPort(nowMs: number): void {
    const port = this.#random.pick<PortName>(['log', 'state', 'index']);
    const kind = this.#random.pick(['outage_refusing', 'outage_hanging'] as const);
    const lasts = this.#random.within(50, 4_000);
    if (!this.#areOver && this.#wanted.has(kind)) this.#outages.set(port, { kind, untilMs: nowMs + lasts });
  }

  outageOf(port: PortName, nowMs: number): Outage | undefined {
    const outage = this.#outages.get(port);
    return outage !== undefined && outage.untilMs > nowMs ? outage : undefined;
  }
}
