/** Instants and validity windows. Text is RFC 3339; inside, milliseconds since 1970 UTC. */

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** RFC 3339 date-time, or a full-date, which means its first instant in UTC. Undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  if (!DATE.test(text) && !DATE_TIME.test(text)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  // Date.parse rolls 31 February over into March; a date that does not exist is an error, not another date.
  const day = Number(text.slice(8, 10));
  const wall = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, day));
  return wall.getUTCDate() === day ? ms : undefined;
}

/** CloudEvents `time`: a date-time; a bare date is not enough. */
export function isDateTime(text: string): boolean {
  return DATE_TIME.test(text) && parseInstant(text) !== undefined;
}

export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Half-open: it holds from `startsAtMs` up to but not at `endsAtMs`. Missing ends are infinite. */
export interface Window {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

export function windowOf(starts: string | null | undefined, ends: string | null | undefined): Window {
  return {
    startsAtMs: (starts ? parseInstant(starts) : undefined) ?? Number.NEGATIVE_INFINITY,
    endsAtMs: (ends ? parseInstant(ends) : undefined) ?? Number.POSITIVE_INFINITY,
  };
}

export function holdsAt(window: Window, ms: number): boolean {
  return window.startsAtMs <= ms && ms < window.endsAtMs;
}
