/** JSON Merge Patch, RFC 7396 section 2. */
import type { JsonObject, JsonValue } from './canonical.js';
import { isJsonObject } from './json.js';

/** Neither argument is changed. `Object.fromEntries` defines own properties, so a member named `__proto__` stays data. */
export function mergePatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const members = new Map<string, JsonValue>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name) ?? null, value));
  }
  return Object.fromEntries(members) as JsonObject;
}
