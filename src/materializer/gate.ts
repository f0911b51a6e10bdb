/** A gate a loop passes between two slices: open, or closed until somebody opens it. */
export class Gate {
  #waiting: (() => void)[] = [];
  #isOpen = true;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pass of waiting) pass();
  }

  /** Resolves when the gate is open, or when `signal` aborts. */
  async opened(signal: AbortSignal): Promise<void> {
    while (!this.#isOpen && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}
