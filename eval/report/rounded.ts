/** Numbers as reports write them. */

/** What the last bits of a logarithm are may differ from runtime to runtime; the ninth decimal of a metric says nothing to anyone. */
const decimals = 9;

/** Every number in it, however deep, to nine decimals. */
export function rounded<T>(value: T): T {
  return roundedValue(value) as T;
}

function roundedValue(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toFixed(decimals));
  if (Array.isArray(value)) return value.map(roundedValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, roundedValue(member)]));
}
