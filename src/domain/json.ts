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
  // Depth is checked on the text: it costs one pass and keeps every later recursion shallow.
  const depth = nestingOf(text);
  if (depth > limits.jsonDepthMax) {
    return { ok: false, rejection: rejection('too_deep', `nests ${depth} levels, limit ${limits.jsonDepthMax}`) };
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return { ok: false, rejection: rejection('not_json', 'not valid JSON') };
  }
  const fault = isExact(value) ? undefined : findFault(value, '');
  return fault === undefined ? { ok: true, value } : { ok: false, rejection: fault };
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

function nestingOf(text: string): number {
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
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
    }
  }
  return deepest;
}

/** The quick answer for almost every value: nothing in it would change when written as canonical JSON. */
function isExact(value: JsonValue): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return isExactNumber(value);
  if (value === null || typeof value !== 'object') return true;
  for (const [name, member] of Object.entries(value)) {
    if (!name.isWellFormed() || !isExact(member)) return false;
  }
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
