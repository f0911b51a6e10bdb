/** What happened, line by line: the last lines for people, and a digest of all of them to tell two runs apart. */

export class Trace {
  readonly #kept: number;
  readonly #last: string[] = [];
  #low = 0x811c9dc5;
  #high = 0x01000193;
  #count = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(line: string): void {
    this.#count++;
    this.#last.push(line);
    if (this.#last.length > this.#kept) this.#last.shift();
    for (let at = 0; at < line.length; at++) {
      // FNV-1a, once forwards and once over what came of it: 64 bits between them.
      this.#low = Math.imul(this.#low ^ line.charCodeAt(at), 0x01000193);
      this.#high = Math.imul(this.#high ^ this.#low, 0x01000193);
    }
  }

  get last(): readonly string[] {
    return this.#last;
  }

  get count(): number {
    return this.#count;
  }

  get digest(): string {
    const words = [this.#high, this.#low].map((word) => (word >>> 0).toString(16).padStart(8, '0'));
    return `${words.join('')}-${this.#count}`;
  }
}
