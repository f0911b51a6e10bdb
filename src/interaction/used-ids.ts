/**
 * Which (source, id) has been used, by tenant, whatever the event was about: the newest ones, with where each lies in the log. The
 * fold remembers the ids of one key and judges what is in the log already; this memory keeps a reused id from getting there.
 */
import type { Digest } from '../domain/canonical.js';
import type { EntityEvent, InteractionEvent } from '../domain/event.js';
import { eventName } from '../domain/fold.js';
import type { Position } from '../domain/position.js';

export interface NamedEvent {
  readonly name: string;
  readonly digest: Digest;
}

export interface Use {
  readonly digest: Digest;
  /** Null while the log is taking it. */
  readonly settled: Position | null;
  /** Rejects when the log did not take it: then the id is free again. */
  position(): Promise<Position>;
}

/** A tenant's name for an event: eventName has a fixed length, so neither part can imitate the other. */
export function nameOf({
  tenant,
  source,
  id,
}: Pick<EntityEvent | InteractionEvent, 'tenant' | 'source' | 'id'>): string {
  return `${eventName(source, id)} ${tenant}`;
}

interface Settled {
  readonly digest: Digest;
  readonly position: Position;
}

export class UsedIds {
  readonly #countMax: number;
  /** Least recently used first. What the log is still taking is not among them, so it cannot be pushed out. */
  readonly #settled = new Map<string, Settled>();
  readonly #pending = new Map<string, Use>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#settled.size + this.#pending.size;
  }

  find(name: string): Use | undefined {
    const settled = this.#settled.get(name);
    if (settled === undefined) return this.#pending.get(name);
    const { digest, position } = settled;
    this.note({ name, digest }, position);
    return { digest, settled: position, position: async () => position };
  }

  /** The first use counts: a later record of the same name is for the fold to judge. */
  note({ name, digest }: NamedEvent, position: Position): void {
    const known = this.#settled.get(name);
    this.#settled.delete(name);
    this.#settled.set(name, known ?? { digest, position });
    for (const oldest of this.#settled.keys()) {
      if (this.#settled.size <= this.#countMax) break;
      this.#settled.delete(oldest);
    }
  }

  /** Taken from now on, and for good once `appending` resolves to their positions, which come in the same order. */
  claim(events: readonly NamedEvent[], appending: Promise<readonly Position[]>): void {
    for (const [index, { name, digest }] of events.entries()) {
      const position = async () => positionAt(await appending, index);
      this.#pending.set(name, { digest, settled: null, position });
    }
    const release = () => {
      for (const { name } of events) this.#pending.delete(name);
    };
    // Who appends hears of the failure; here it only frees the ids.
    appending.then((positions) => {
      release();
      for (const [index, event] of events.entries()) this.note(event, positionAt(positions, index));
    }, release);
  }
}

export function positionAt(positions: readonly Position[], index: number): Position {
  const position = positions[index];
  if (position === undefined) throw new Error('the log returned fewer positions than records');
  return position;
}
