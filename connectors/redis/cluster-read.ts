/**
 * Views over several slots as of one seq: the control slot first, then the others. A slot whose stamp is not above the control slot's seq
 * is exactly as that seq left it: every write up to it has been applied everywhere, and a later one would show in the stamp.
 */
import type { Entity, EntityKey } from '../../src/domain/entity.js';
import { limits } from '../../src/limits.js';
import { complete, overtaken } from './cluster-finish.js';
import type { Control, PartAsk, PartRead, Slots } from './cluster-slots.js';
import { decodeText, fieldOf, fields, type Layout, tagOf } from './layout.js';
import { placeOf, type Standing } from './plan.js';
import { decodeEntity } from './values.js';

/** Of a later moment than the one that is read. */
export class Moved extends Error {}

/** Reads at one seq, again when a slot was later than that; whose intent is met again is helped. */
export async function steadily<C extends Control, T>(
  slots: Slots,
  look: () => Promise<C>,
  read: (control: C) => Promise<T>,
): Promise<T> {
  for (let tries = 0; tries < limits.sequenceTriesMax; tries++) {
    const control = await look();
    try {
      return await read(control);
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
    }
    const { intent } = await slots.look();
    if (intent !== null) await complete(slots, intent);
  }
  throw overtaken();
}

/** Throws `Moved` when a part is later than the seq. */
export class MomentReader {
  readonly #slots: Slots;
  readonly #layout: Layout;
  readonly #seq: number;

  constructor(slots: Slots, layout: Layout, seq: number) {
    this.#slots = slots;
    this.#layout = layout;
    this.#seq = seq;
  }

  async part(part: PartAsk): Promise<PartRead> {
    const read = await this.#slots.read(part);
    if (read.seq > this.#seq) throw new Moved();
    return read;
  }

  /** One field each, in the order asked for; asks of one slot go together. */
  async fields(asks: readonly StampedAsk[]): Promise<readonly (string | null)[]> {
    const parts = new Map<string, number[]>();
    for (const [index, { stampKey }] of asks.entries()) {
      const indexes = parts.get(stampKey) ?? [];
      indexes.push(index);
      parts.set(stampKey, indexes);
    }
    const found: (string | null)[] = asks.map(() => null);
    await Promise.all(
      [...parts].map(async ([stampKey, indexes]) => {
        const { values } = await this.part({ stampKey, asks: indexes.flatMap((index) => asks[index] ?? []) });
        for (const [at, index] of indexes.entries()) {
          const value = values[at];
          found[index] = typeof value === 'string' ? value : null;
        }
      }),
    );
    return found;
  }

  /** Where each is, as far as it cannot be told from its key; undefined: nowhere. */
  async standings(keys: readonly EntityKey[]): Promise<readonly (Standing | undefined)[]> {
    const found = await this.fields(keys.flatMap((key) => this.#standingAsks(key)));
    return keys.map((key, index) => {
      const [first = null, second = null] = [found[2 * index], found[2 * index + 1]];
      if (key.kind === 'account') return first === null ? undefined : { status: 'present', accountId: key.id };
      if (key.kind === 'policy') {
        if (first === null && second === null) return undefined;
        return { status: first === null ? 'deleted' : 'present', accountId: null };
      }
      if (first === null) return undefined;
      return { status: second === null ? 'present' : 'deleted', accountId: ownerOf(first) };
    });
  }

  async entities(keys: readonly EntityKey[]): Promise<readonly (Entity | undefined)[]> {
    const standings = await this.standings(keys);
    const places = keys.flatMap((key, index) => {
      const standing = standings[index];
      if (standing === undefined) return [];
      const place = placeOf(this.#layout, key, standing);
      return [{ index, key, ask: { ...place, stampKey: stampKeyOf(place.key) } }];
    });
    const texts = await this.fields(places.map(({ ask }) => ask));
    const found: (Entity | undefined)[] = keys.map(() => undefined);
    for (const [at, { index, key }] of places.entries()) {
      const text = texts[at];
      if (typeof text === 'string') found[index] = decodeEntity(key, text);
    }
    return found;
  }

  #standingAsks(key: EntityKey): readonly [StampedAsk, StampedAsk] {
    if (key.kind === 'policy') {
      const { present, deleted, meta } = this.#layout.tenant(key.tenant);
      const ask = { stampKey: meta, field: fieldOf(key), lines: 1 as const };
      return [
        { ...ask, key: present },
        { ...ask, key: deleted },
      ];
    }
    if (key.kind === 'account') {
      const { entities, meta } = this.#layout.account(key.tenant, key.id);
      const ask = { stampKey: meta, key: entities, field: fieldOf(key), lines: 1 as const };
      return [ask, ask];
    }
    const home = this.#layout.home(key);
    const ask = { stampKey: home, key: home, lines: 1 as const };
    return [
      { ...ask, field: fields.owner },
      { ...ask, field: fields.value },
    ];
  }
}

export interface StampedAsk {
  readonly stampKey: string;
  readonly key: string;
  readonly field: string;
  readonly lines?: 1 | 2;
}

/** A home is one hash and has its stamp in itself. */
export function stampKeyOf(key: string): string {
  return key.endsWith('}') ? key : `{${tagOf(key)}}:m`;
}

/** What `ownerText` made a text of. */
function ownerOf(text: string): string | null {
  return text.startsWith('=') ? decodeText(text.slice(1)) : null;
}
