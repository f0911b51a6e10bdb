/** JSON from outside, read without surprises: bounded nesting, exact numbers, well-formed text. */

import { limits } from '../limits.js';
import type { JsonObject, JsonValue } from './canonical.js';
import { type Rejection, rejection } from './rejection.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

export type JsonReading =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly rejection: Rejection };

/** Never throws. A leading byte order mark is accepted, as RFC 8259 section 8.1 allows. */
export function readJson(bytes: Uint8Array): JsonReading {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { ok: false, rejection: rejection('not_utf8', 'value is not UTF-8') };
  }
  return readJsonText(text);
}

export function readJsonText(text: string): JsonReading {
  // Depth and number are checked on the text: it keeps every later recursion shallow and every later walk short.
  const beyond = isSmall(text) ? undefined : faultInSize(text);
  if (beyond !== undefined) return { ok: false, rejection: beyond };
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    return { ok: false, rejection: rejection('not_json', `not valid JSON${placeIn(error)}`) };
  }
  const fault = isExact(value) ? undefined : findFault(value, '');
  return fault === undefined ? { ok: true, value } : { ok: false, rejection: fault };
}

function faultInSize(text: string): Rejection | undefined {
  const { depth, values } = sizeOf(text);
  if (depth > limits.jsonDepthMax) return rejection('too_deep', `nests ${depth} levels, limit ${limits.jsonDepthMax}`);
  if (values > limits.jsonValuesMax) return rejection('too_large', `${values} values, limit ${limits.jsonValuesMax}`);
  return undefined;
}

/**
 * The quick answer for almost every text: it has fewer characters than a text may have values, and no more opening brackets, those
 * inside strings among them, than it may have levels. Looking for a few brackets is far quicker than going through the characters.
 */
function isSmall(text: string): boolean {
  if (text.length >= limits.jsonValuesMax) return false;
  const braces = countUpTo(text, '{', limits.jsonDepthMax);
  return braces + countUpTo(text, '[', limits.jsonDepthMax - braces) <= limits.jsonDepthMax;
}

/** How often `character` occurs, or one more than `max`. */
function countUpTo(text: string, character: string, max: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count <= max; at = text.indexOf(character, at + 1)) count++;
  return count;
}

/** Where the parser gave up, without the text it quotes; it names no place when it gave up at the end. */
function placeIn(error: unknown): string {
  const place = error instanceof SyntaxError ? / at position (\d{1,9})/.exec(error.message)?.[1] : undefined;
  return place === undefined ? '' : ` from character ${place} on`;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const COMMA = 44;

/** Levels, and a bound of the number of values: each stands at the start, behind an opening bracket or behind a comma. */
function sizeOf(text: string): { readonly depth: number; readonly values: number } {
  let values = 1;
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      values++;
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
    } else if (code === COMMA) {
      values++;
    }
  }
  return { depth: deepest, values };
}

/** The quick answer for almost every value: nothing in it would change when written as canonical JSON. */
function isExact(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return isExactNumber(value);
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every((item: JsonValue) => isExact(item));
  const members = value as JsonObject;
  for (const name of Object.keys(members)) if (!name.isWellFormed() || !isExact(members[name])) return false;
  return true;
}

function isExactNumber(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

/** The first string or number that canonical JSON could not hold exactly, named by its JSON pointer (RFC 6901). */
function findFault(value: JsonValue, pointer: string): Rejection | undefined {
  if (typeof value === 'string') {
    return value.isWellFormed() ? undefined : rejection('malformed_unicode', `unpaired surrogate at "${pointer}"`);
  }
  if (typeof value === 'number') {
    return isExactNumber(value) ? undefined : rejection('number_not_exact', `number at "${pointer}"`);
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const fault = findFault(item, `${pointer}/${index}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (value === null || typeof value !== 'object') return undefined;
  for (const [name, item] of Object.entries(value)) {
    if (!name.isWellFormed()) return rejection('malformed_unicode', `unpaired surrogate in a name under "${pointer}"`);
    const fault = findFault(item, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
