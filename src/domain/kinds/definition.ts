/** What a kind of entity is. Each kind is one file with these parts in this order: schema, facets, owner, text, definition. */
import { z } from 'zod';
import type { JsonObject } from '../canonical.js';
import { parseInstant } from '../time.js';

/** Retrievable text of an entity. `title` is repeated into every passage, so that each stands alone. */
export interface EntityText {
  readonly title: string;
  readonly sections: readonly string[];
}

export interface KindDefinition<Name extends string, F extends { readonly kind: Name }> {
  readonly kind: Name;
  /** Who wrote the text: a customer's words are data to a copilot and never instructions (P16). */
  readonly trust: 'business' | 'customer';
  /** Required fields and their types; other fields are kept as they are. */
  readonly schema: z.ZodType<object>;
  /** What assembly reads, taken out once at write. The data has passed the schema. */
  facets(data: JsonObject): F;
  /** The owning account; null when the tenant owns it. */
  ownerOf(id: string, data: JsonObject): string | null;
  /** Null for kinds that are found by key only. */
  textOf(data: JsonObject): EntityText | null;
}

export const idText = z.string().min(1);

/** An RFC 3339 date or date-time, or null for "no bound". */
export const instant = z
  .string()
  .refine((text) => parseInstant(text) !== undefined, 'not an RFC 3339 date or date-time')
  .nullish();

export function text(data: JsonObject, field: string): string | null {
  const value = data[field];
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * A word of a closed list in lower case, A to Z alone: the tables of a runtime's own `toLowerCase` grow with its Unicode version, and
 * what is folded must not.
 */
export function lowerWord(data: JsonObject, field: string): string | null {
  const word = text(data, field);
  return word === null || !CAPITAL.test(word) ? word : word.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const CAPITAL = /[A-Z]/;
