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

/**
 * A tenant's name for an event. Lengths go first, so no part can imitate another; what would be long is hashed, to a name that no
 * short one can have: none has a colon that late.
 */
export function nameOf(event: Pick<EntityEvent | InteractionEvent, 'tenant' | 'source' | 'id'>): string {
  const { tenant, source, id } = event;
  return tenant.length + source.length + id.length <= SHORT_NAME
    ? `${tenant.length}:${tenant}${source.length}:${source}${id}`
    : `${eventName(source, id)} ${tenant}`;
}

/** In UTF-16 units. About as much memory as the hash takes, which costs more time than all else the entrance does with a name. */
const SHORT_NAME = 64;

interface Settled {
  readonly digest: Digest;
  readonly position: Position;
}

/** What the log is taking: one of the events of an append. */
class PendingUse implements Use {
  readonly settled = null;
  readonly digest: Digest;
  readonly #appending: Promise<readonly Position[]>;
  readonly #index: number;

  constructor(digest: Digest, appending: Promise<readonly Position[]>, index: number) {
    this.digest = digest;
    this.#appending = appending;
    this.#index = index;
  }

  async position(): Promise<Position> {
    return positionAt(await this.#appending, this.#index);
  }
}

export class UsedIds {
  readonly #countMax: number;
  /** Least recently used first. What the log is still taking is not among them, so it cannot be pushed out. */
  readonly #settled = new Map<string, Settled>();
  /**
   * Stands before the least recently used name. Kept from one eviction to the next: a new iterator would step over the places of all
   * names that were ever deleted, which a Map gives up only when it grows.
   */
  #oldest = this.#settled.keys();
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
    if (known !== undefined) this.#settled.delete(name);
    this.#settled.set(name, known ?? { digest, position });
    while (this.#settled.size > this.#countMax) this.#settled.delete(this.#leastRecent());
  }

  /** The names an iterator has passed were deleted, or set anew and so come again behind all others. */
  #leastRecent(): string {
    const next = this.#oldest.next();
    if (next.done !== true) return next.value;
    this.#oldest = this.#settled.keys();
    return this.#oldest.next().value ?? '';
  }

  /** Taken from now on, and for good once `appending` resolves to their positions, which come in the same order. */
  claim(events: readonly NamedEvent[], appending: Promise<readonly Position[]>): void {
    for (const [index, { name, digest }] of events.entries()) {
      this.#pending.set(name, new PendingUse(digest, appending, index));
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
