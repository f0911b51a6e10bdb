/** An iteration of which the next item is asked for before the last one is done with. */

export class Upcoming<Item> {
  readonly #items: AsyncIterator<Item>;
  #next: Promise<IteratorResult<Item>> | undefined;

  constructor(items: AsyncIterable<Item>) {
    this.#items = items[Symbol.asyncIterator]();
  }

  /** Undefined: there are no more. */
  async take(): Promise<Item | undefined> {
    const { done, value } = await this.#ask();
    this.#next = undefined;
    return done === true ? undefined : value;
  }

  /** The same, unless `over` resolves before there is one: then undefined, and the item is still to come. */
  async takeBefore(over: Promise<unknown>): Promise<Item | undefined> {
    const isThere = this.#ask().then(
      () => true,
      // Whoever takes the next one is told.
      () => false,
    );
    if (!(await Promise.race([isThere, over.then(() => false)]))) return undefined;
    return this.take();
  }

  /** Ends the iteration. What was asked for and not taken is lost. */
  async close(): Promise<void> {
    // What it would still have thrown is nobody's concern any more.
    this.#next?.catch(() => undefined);
    await this.#items.return?.();
  }

  #ask(): Promise<IteratorResult<Item>> {
    this.#next ??= this.#items.next();
    return this.#next;
  }
}
