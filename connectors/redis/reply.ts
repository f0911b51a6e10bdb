/** Replies of scripts, as what they have to be. Each function throws `ValueDamaged` where one is not. */
import { ValueDamaged } from './values.js';

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new ValueDamaged();
  return value;
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value).map(textOf);
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new ValueDamaged();
  return value;
}
