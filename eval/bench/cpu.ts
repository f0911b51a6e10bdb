/** What an answer costs its server: the figure that other work on the machine moves least. */
import { spread } from './harness.js';
import { type Load, loadFrom } from './load.js';

/** User and system time of this process, µs. */
export async function ownCpuUs(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export class CpuPerAnswer {
  readonly #cpuUs: () => Promise<number>;
  readonly #perAnswerUs: number[] = [];

  constructor(cpuUs: () => Promise<number>) {
    this.#cpuUs = cpuUs;
  }

  /** Answers per second. */
  async of(load: Load): Promise<number> {
    const before = await this.#cpuUs();
    const { answersPerSecond, answers } = await loadFrom(load);
    this.#perAnswerUs.push(((await this.#cpuUs()) - before) / answers);
    return answersPerSecond;
  }

  get medianUs(): string {
    return spread(this.#perAnswerUs).median.toFixed(0);
  }
}
