/** Instants and validity windows. Text is RFC 3339; inside, milliseconds since 1970 UTC. */

// Every field within its range (RFC 3339 section 5.6). Date.parse is looser: 24:00:00 is the next day to it, and V8 falls back to
// older rules, by which 0001-13-13 is a day in 2013.
const FULL_DATE = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const HOUR_MINUTE = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;
const DATE = new RegExp(`^${FULL_DATE}$`);
const DATE_TIME = new RegExp(
  String.raw`^${FULL_DATE}[Tt]${HOUR_MINUTE}:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-]${HOUR_MINUTE})$`,
);

/** RFC 3339 date-time, or a full-date, which means its first instant in UTC. Undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  if (!DATE.test(text) && !DATE_TIME.test(text)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  return dayExists(text) ? ms : undefined;
}

/** Date.parse rolls 31 February over into March; a date that does not exist is an error, not another date. */
function dayExists(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day <= SHORTEST_MONTH_DAYS || new Date(Date.parse(text.slice(0, 10))).getUTCDate() === day;
}

const SHORTEST_MONTH_DAYS = 28;

/** CloudEvents `time`: a date-time; a bare date is not enough. */
export function isDateTime(text: string): boolean {
  return DATE_TIME.test(text) && dayExists(text);
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
