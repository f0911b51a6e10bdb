/**
 * One run of the service as an operating system sees it: it may stand still and it may end, and whatever it calls goes over a line on
 * which anything can happen. After its end nothing it does has an effect, but a call that was on its way may still land.
 */
import type { Clock } from '../../src/domain/clock.js';
import { TidemarkError } from '../../src/errors.js';
import type { Random } from '../random.js';
import type { Faults, PortName } from './faults.js';
import type { Scheduler } from './scheduler.js';

export interface Machine {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly random: Random;
  /** Difference between the wall clock and virtual time, milliseconds; jumps. */
  wallMs(): number;
  crashed(process: Process): void;
  paused(process: Process, ms: number): void;
}

export class Process {
  readonly name: string;
  readonly died: Promise<void>;
  readonly clock: Clock;
  readonly #machine: Machine;
  #tellDeath: () => void = () => undefined;
  #isAlive = true;
  #pausedUntilMs = 0;

  constructor(machine: Machine, name: string) {
    this.#machine = machine;
    this.name = name;
    this.died = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
    this.clock = this.#makeClock();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#machine.scheduler.note(`${this.name} ends`);
    this.#tellDeath();
  }

  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#machine.scheduler.nowMs + ms);
  }

  resume(): void {
    this.#pausedUntilMs = 0;
  }

  /** Tells the process something: now, when its pause is over, or never when it has ended. */
  hear(act: () => void): void {
    if (!this.#isAlive) return;
    const { scheduler } = this.#machine;
    const left = this.#pausedUntilMs - scheduler.nowMs;
    if (left > 0) scheduler.after(left, () => this.hear(act));
    else act();
  }

  /** One call of a port: the request travels, has its effect, and the answer travels back. `effect` must be safe to repeat. */
  call<T>(port: PortName, what: string, effect: () => Promise<T>): Promise<T> {
    if (!this.#isAlive) return new Promise(() => undefined);
    const { scheduler, faults } = this.#machine;
    const outage = faults.outageOf(port, scheduler.nowMs);
    if (outage !== undefined) {
      faults.bit(outage.kind);
      scheduler.note(`${this.name} ${port}.${what} ${outage.kind}`);
      if (outage.kind === 'outage_refusing') return this.#fail(`${port}.${what}`);
      return this.#travel(effect, { outMs: outage.untilMs - scheduler.nowMs, backMs: faults.delayMs() });
    }
    const fate = faults.fate();
    if (fate !== 'plain') faults.bit(fate);
    scheduler.note(`${this.name} ${port}.${what}${fate === 'plain' ? '' : ` ${fate}`}`);
    switch (fate) {
      case 'dropped':
        return this.#fail(`${port}.${what}`);
      case 'reply_lost':
        return this.#travel(effect, this.#delays()).then(() => this.#fail(`${port}.${what}`));
      case 'late':
        this.#land(effect, faults.lateMs());
        return this.#fail(`${port}.${what}`);
      case 'twice':
        this.#land(effect, faults.lateMs());
        return this.#travel(effect, this.#delays());
      case 'hung':
        return this.#travel(effect, { outMs: faults.delayMs(), backMs: faults.hangMs() });
      case 'crash':
        this.#machine.crashed(this);
        this.#land(effect, faults.delayMs());
        return new Promise(() => undefined);
      case 'pause':
        this.#machine.paused(this, faults.hangMs());
        return this.#travel(effect, this.#delays());
      case 'plain':
        return this.#travel(effect, this.#delays());
    }
  }

  #delays() {
    const { faults } = this.#machine;
    return { outMs: faults.delayMs(), backMs: faults.delayMs() };
  }

  #fail<T>(what: string): Promise<T> {
    const { scheduler, faults } = this.#machine;
    return new Promise((_, reject) => {
      scheduler.after(faults.delayMs(), () => this.hear(() => reject(simulatedFault(what))));
    });
  }

  #travel<T>(effect: () => Promise<T>, { outMs, backMs }: { readonly outMs: number; readonly backMs: number }) {
    const { scheduler } = this.#machine;
    return new Promise<T>((resolve, reject) => {
      scheduler.after(outMs, () => {
        if (!this.#isAlive && !this.#stillLands()) return;
        effect().then(
          (value) => scheduler.after(backMs, () => this.hear(() => resolve(value))),
          (error: unknown) => scheduler.after(backMs, () => this.hear(() => reject(error))),
        );
      });
    });
  }

  /** An effect nobody hears of. */
  #land(effect: () => Promise<unknown>, ms: number): void {
    this.#machine.scheduler.after(ms, () => {
      if (this.#isAlive || this.#stillLands()) void effect().catch(() => undefined);
    });
  }

  #stillLands(): boolean {
    const { faults } = this.#machine;
    return faults.strikes('landed_after_crash', 0.5);
  }

  #makeClock(): Clock {
    const { scheduler, faults } = this.#machine;
    return {
      wallMs: () => this.#machine.wallMs(),
      monotonicMs: () => scheduler.nowMs,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const late = faults.strikes('overslept', 0.02) ? faults.lateMs() : 0;
          if (signal === undefined) return scheduler.after(ms + late, () => this.hear(resolve));
          scheduler.wakeAfter(ms + late, signal, { onTime: (wake) => this.hear(wake), wake: resolve });
        }),
    };
  }
}

function simulatedFault(what: string): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `${what} failed in the simulation`,
    advice: 'Try again.',
    retriable: true,
  });
}
