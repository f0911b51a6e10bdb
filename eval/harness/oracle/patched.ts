/** JSON Merge Patch (RFC 7396), written a second time. */
import type { JsonObject, JsonValue } from '../../../src/domain/canonical.js';

export function patched(target: JsonObject, patch: JsonObject): JsonObject {
  const kept = Object.entries(target).filter(([name]) => !Object.hasOwn(patch, name));
  const changed = Object.entries(patch).flatMap(([name, value]): [string, JsonValue][] => {
    if (value === null) return [];
    if (!isObject(value)) return [[name, value]];
    const before = Object.hasOwn(target, name) ? target[name] : undefined;
    return [[name, patched(isObject(before) ? before : {}, value)]];
  });
  // Own members by definition, so that `__proto__` is a name like any other.
  return Object.fromEntries([...kept, ...changed]);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
