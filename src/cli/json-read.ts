/** Reads what an API answered without trusting its shape: a server may be of another version than this command. */
import type { JsonObject, JsonValue } from '../domain/canonical.js';
import { isJsonObject } from '../domain/json.js';

const nothing: JsonObject = {};

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : nothing;
}

export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Text of a scalar; empty for anything else. */
export function textAt(object: JsonObject, name: string): string {
  return scalarText(object[name]) ?? '';
}

export function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Counters arrive as numbers or as decimal strings. */
export function countAt(object: JsonObject, name: string): bigint {
  const text = textAt(object, name);
  return /^-?\d+$/.test(text) ? BigInt(text) : 0n;
}

export function stringsAt(object: JsonObject, name: string): readonly string[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
