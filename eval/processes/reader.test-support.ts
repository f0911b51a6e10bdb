/** Reads at a steady rate, as clients make them: each is sent when it is due, whether those before it have been answered or not. */
import type { JsonObject } from '../../src/domain/canonical.js';
import { isJsonObject } from '../../src/domain/json.js';
import type { Served } from './server.test-support.js';

/** An answer, by the two things that say which generation made it: its stamp, and what its policies were scored by. */
export interface Read {
  readonly id: string;
  /** Of the stamp: generation, embedder, ranking. */
  readonly index: string;
  readonly hasEmbedder: boolean;
  /** Whether its policies have scores of a model: all, none, or some, which nobody may see. */
  readonly dense: 'all' | 'none' | 'mixed';
  /** Numbers of the readings' order: how many acts of the operator were begun, and done, when it was sent. */
  readonly sentIn: string;
}

export class SteadyReader {
  readonly reads: Read[] = [];
  /** What came instead of an answer. */
  readonly faults: string[] = [];
  /** What an operator is doing: a read that was sent in the middle of it may be of either side. */
  phase = 'first';
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  readonly #underWay = new Set<Promise<void>>();

  begin(server: Served, perSecond: number, bodyOf: (number: number) => JsonObject): void {
    this.#timer = setInterval(() => {
      const read = this.#read(server, bodyOf(this.#sent++)).finally(() => this.#underWay.delete(read));
      this.#underWay.add(read);
    }, 1_000 / perSecond);
  }

  /** Resolves when what was sent is answered. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  of(phase: string): readonly Read[] {
    return this.reads.filter(({ sentIn }) => sentIn === phase);
  }

  async #read(server: Served, asked: JsonObject): Promise<void> {
    const sentIn = this.phase;
    const heard = await server.ask('/v1/context', asked);
    if (heard.kind === 'cut' || heard.status !== 200) {
      this.faults.push(heard.kind === 'cut' ? 'cut' : `${heard.status} ${heard.text.slice(0, 300)}`);
      return;
    }
    const { id, items, stamp } = heard.body;
    const index = isJsonObject(stamp) && isJsonObject(stamp.index) ? stamp.index : {};
    this.reads.push({
      id: String(id),
      index: JSON.stringify(index),
      hasEmbedder: index.embedder !== null,
      dense: denseOf(Array.isArray(items) ? items.filter(isJsonObject) : []),
      sentIn,
    });
  }
}

function denseOf(items: readonly JsonObject[]): Read['dense'] {
  const scores = items.flatMap(({ why }) => (isJsonObject(why) && 'lexical' in why ? [why.dense] : []));
  const dense = scores.filter((score) => typeof score === 'number').length;
  if (dense === 0) return 'none';
  return dense === scores.length ? 'all' : 'mixed';
}
