/** Retention as it is configured: `support.tickets=90d,50GiB;copilot.context=400d`. An age, a size of one partition, or both. */
import { keepEverything, type Retention } from './retention.js';

const AGE_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_BYTES: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const BOUND = /^([1-9][0-9]{0,9})([A-Za-z]{1,3})$/;

export interface RetentionReading {
  readonly retentionOf: ReadonlyMap<string, Retention>;
  /** One sentence each; empty when all was understood. */
  readonly faults: readonly string[];
}

/** `topics`: the names that may be given one. */
export function parseRetention(text: string, topics: readonly string[]): RetentionReading {
  const retentionOf = new Map<string, Retention>();
  const faults: string[] = [];
  for (const entry of text.split(';').map((part) => part.trim())) {
    if (entry === '') continue;
    const [topic = '', bounds = '', ...rest] = entry.split('=').map((part) => part.trim());
    const retention = rest.length > 0 || bounds === '' ? undefined : parseBounds(bounds);
    if (!topics.includes(topic)) faults.push(`names no topic of this service: ${topic}`);
    else if (retentionOf.has(topic)) faults.push(`names ${topic} twice`);
    else if (retention === undefined) faults.push(`needs an age (90d, 12h, 30m), a size (50GiB) or both for ${topic}`);
    else retentionOf.set(topic, retention);
  }
  return { retentionOf, faults };
}

/** Undefined where a bound is none, too large to count, or given twice. */
function parseBounds(text: string): Retention | undefined {
  let retention = keepEverything;
  for (const bound of text.split(',').map((part) => part.trim())) {
    const [, digits = '', unit = ''] = BOUND.exec(bound) ?? [];
    const [ageMs, bytes] = [AGE_MS[unit], SIZE_BYTES[unit]].map((one) => one && one * Number(digits));
    if (![ageMs, bytes].some((value) => Number.isSafeInteger(value))) return undefined;
    if (ageMs !== undefined && retention.ageMs === null) retention = { ...retention, ageMs };
    else if (bytes !== undefined && retention.bytes === null) retention = { ...retention, bytes };
    else return undefined;
  }
  return retention;
}
