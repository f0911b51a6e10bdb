/** How long questions hold the event loop, and which was the worst. */

type Work = () => Promise<unknown>;

export interface Lap {
  readonly what: string;
  readonly ms: number;
}

/** Of tries of the worst one on its own, the best counts: the others were held up by something else. */
const TRIES = 3;

export class Stopwatch {
  #worst: Lap & { readonly work: Work } = { what: 'nothing', ms: 0, work: async () => {} };

  /**
   * Measures an upper bound of the longest stall inside `work`: no longer than it takes, nor than the processor is busy. Waiting is no
   * stall, and neither is another process's turn on a busy machine. `work` can be done again.
   */
  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { ms, result } = await measured(work);
    if (ms > this.#worst.ms) this.#worst = { what, ms, work };
    return result;
  }

  /** The worst, asked again where it took longer than it may. */
  async worst(msMax: number): Promise<Lap> {
    const { what, work } = this.#worst;
    let { ms } = this.#worst;
    for (let tries = 0; tries < TRIES && ms >= msMax; tries++) ms = Math.min(ms, (await measured(work)).ms);
    return { what, ms };
  }
}

async function measured<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const busy = process.cpuUsage(cpu);
  return { ms: Math.min(performance.now() - startedAtMs, (busy.user + busy.system) / 1_000), result };
}
