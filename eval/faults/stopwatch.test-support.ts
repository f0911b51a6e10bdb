/** How long questions hold the event loop, and which was the worst. */

export interface Lap {
  readonly what: string;
  readonly ms: number;
}

export class Stopwatch {
  #worst: Lap = { what: 'nothing', ms: 0 };

  get worst(): Lap {
    return this.#worst;
  }

  /**
   * An upper bound of the longest stall inside `work`: no longer than it takes, nor than the processor is busy. Waiting is no stall,
   * and neither is another process's turn on a busy machine.
   */
  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    const cpu = process.cpuUsage();
    const result = await work();
    const busy = process.cpuUsage(cpu);
    const ms = Math.min(performance.now() - startedAtMs, (busy.user + busy.system) / 1_000);
    if (ms > this.#worst.ms) this.#worst = { what, ms };
    return result;
  }
}
