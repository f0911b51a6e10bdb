/**
 * Texts that wait for a process, call by call. Where calls take turns, one of many texts keeps one of a single text waiting for a text
 * and not for all of its own; where they do not, the first is done, and its vectors kept, before the next is begun.
 */
import type { TidemarkError } from '../../src/errors.js';

/** The texts of one call, which are answered together or not at all. */
export class Call {
  readonly #texts: readonly string[];
  readonly #settle: Settle;
  readonly #vectors: Float32Array[] = [];
  #given = 0;
  #made = 0;

  constructor(texts: readonly string[], settle: Settle) {
    this.#texts = texts;
    this.#settle = settle;
  }

  get waiting(): number {
    return this.#texts.length - this.#given;
  }

  /** Undefined when none waits. */
  next(): Job | undefined {
    const text = this.#texts[this.#given];
    if (text === undefined) return undefined;
    const index = this.#given++;
    return { call: this, text, done: (vector) => this.#done(index, vector) };
  }

  reject(error: TidemarkError): void {
    this.#settle.reject(error);
  }

  #done(index: number, vector: Float32Array): void {
    this.#vectors[index] = vector;
    this.#made++;
    if (this.#made === this.#texts.length) this.#settle.resolve(this.#vectors);
  }
}

interface Settle {
  readonly resolve: (vectors: readonly Float32Array[]) => void;
  readonly reject: (error: TidemarkError) => void;
}

/** One text that a process is given. */
export interface Job {
  readonly call: Call;
  readonly text: string;
  readonly done: (vector: Float32Array) => void;
}

export class TextQueue {
  readonly #takesTurns: boolean;
  #calls: Call[] = [];

  constructor(takesTurns: boolean) {
    this.#takesTurns = takesTurns;
  }

  /** Texts that wait. */
  get size(): number {
    return this.#calls.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  add(call: Call): void {
    this.#calls.push(call);
  }

  take(): Job | undefined {
    const call = this.#calls[0];
    const job = call?.next();
    if (call === undefined || job === undefined) return undefined;
    if (call.waiting === 0) this.#calls.shift();
    else if (this.#takesTurns) this.#calls.push(...this.#calls.splice(0, 1));
    return job;
  }

  /** What is left of it is of no use to anybody once one of its texts has failed. */
  drop(call: Call): void {
    this.#calls = this.#calls.filter((other) => other !== call);
  }

  takeAll(): readonly Call[] {
    return this.#calls.splice(0);
  }
}
