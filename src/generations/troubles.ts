/** What is amiss with generations that are on record, for whoever operates the service. */
import type { TidemarkError } from '../errors.js';

export class Troubles {
  readonly #missing = new Map<string, TidemarkError>();
  readonly #ofStart: string[] = [];

  /** Why one that should be open is not. */
  of(generation: string): TidemarkError | undefined {
    return this.#missing.get(generation);
  }

  missing(generation: string, error: TidemarkError): void {
    this.#missing.set(generation, error);
  }

  over(generation: string): void {
    this.#missing.delete(generation);
  }

  /** Those of others are of no concern any more. */
  keepOnly(isOpen: (generation: string) => boolean): void {
    for (const id of this.#missing.keys()) if (!isOpen(id)) this.#missing.delete(id);
  }

  /** What the start did about one. */
  noticed(notice: string): void {
    this.#ofStart.push(notice);
  }

  /** One sentence each. */
  notices(): readonly string[] {
    const missing = [...this.#missing].map(([id, { message }]) => `the generation ${id} cannot be opened: ${message}`);
    return [...this.#ofStart, ...missing];
  }
}
