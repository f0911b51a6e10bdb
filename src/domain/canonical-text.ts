/**
 * Writes canonical JSON (RFC 8785) of values whose members may be in any order. Numbers and strings are written as ECMAScript
 * does, which is what the format asks for (sections 3.2.2.2 and 3.2.2.3); names are ordered by UTF-16 code units (section 3.2.3).
 */
import type { JsonObject, JsonValue } from './canonical.js';

/** The value must be JSON that the format can hold: finite numbers, well-formed strings, nothing of a class. */
export function orderedText(value: JsonValue): string {
  if (typeof value === 'string') return quoted(value);
  // An array is an object, too; numbers are written as JSON.stringify writes them, negative zero as 0.
  if (typeof value !== 'object' || value === null) return `${value}`;
  return isList(value) ? textOfItems(value) : textOfMembers(value);
}

function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function textOfItems(items: readonly JsonValue[]): string {
  let text = '';
  for (const item of items) text += text === '' ? orderedText(item) : `,${orderedText(item)}`;
  return `[${text}]`;
}

function textOfMembers(members: JsonObject): string {
  let text = '';
  for (const name of orderedNames(members)) {
    const member = `${quoted(name)}:${orderedText(members[name] ?? null)}`;
    text += text === '' ? member : `,${member}`;
  }
  return `{${text}}`;
}

// Most strings hold nothing that JSON escapes; telling so is cheaper than having them quoted.
const NOTHING_TO_ESCAPE = /^[ !#-[\]-\uffff]*$/;

function quoted(text: string): string {
  return NOTHING_TO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Past this many names a general sort is faster than inserting each into its place. */
const INSERTED_MAX = 24;

function orderedNames(members: JsonObject): readonly string[] {
  const names = Object.keys(members);
  if (names.length > INSERTED_MAX) return names.sort();
  for (let at = 1; at < names.length; at++) {
    const name = names[at] ?? '';
    let to = at;
    for (let before = names[to - 1]; before !== undefined && before > name; before = names[to - 1])
      names[to--] = before;
    names[to] = name;
  }
  return names;
}
