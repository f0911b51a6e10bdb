/** What the parts of a reading have to say, in the order in which they said it. One taker. */
export class Inbox<Item> {
  private readonly items: Item[] = [];
  private wake: (() => void) | undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.wake?.(), { once: true });
  }

  put(item: Item): void {
    this.items.push(item);
    this.wake?.();
  }

  /** Undefined once the signal has aborted, whatever is still in it. */
  async take(): Promise<Item | undefined> {
    while (!this.signal.aborted) {
      const item = this.items.shift();
      if (item !== undefined) return item;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return undefined;
  }
}
