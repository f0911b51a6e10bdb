/**
 * The members of a snapshot that a result tells of again, read without its items, which are nearly all of it. Nothing in JSON text can
 * look like the marks: a quote inside a string is escaped, and the marks hold quotes that are not.
 */
import type { JsonObject } from '../domain/canonical.js';
import { isJsonObject } from '../domain/json.js';

const ID = /^\{"id":"sha256-[0-9a-f]{64}","account":/;
const ITEMS = ',"items":[';
const KINDS = '],"kinds":[';

/** Undefined: it is no snapshot, or not written as they are; then it is read as a whole. */
export function factsOfSnapshot(text: string): JsonObject | undefined {
  if (!ID.test(text)) return undefined;
  const items = text.indexOf(ITEMS);
  const kinds = text.lastIndexOf(KINDS);
  if (items < 0 || kinds < items) return undefined;
  try {
    const read: unknown = JSON.parse(`${text.slice(0, items + ITEMS.length)}${text.slice(kinds)}`);
    return isJsonObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}
