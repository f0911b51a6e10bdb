/** Open change streams, counted: each holds a connection and a watch for as long as its client likes. */
export class StreamSlots {
  readonly #countMax: number;
  #open = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get open(): number {
    return this.#open;
  }

  /** Undefined when all are taken; else how to give it back, once. */
  take(): (() => void) | undefined {
    if (this.#open >= this.#countMax) return undefined;
    this.#open++;
    let held = true;
    return () => {
      if (held) this.#open--;
      held = false;
    };
  }
}
