import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsAt, instantText, isDateTime, parseInstant, windowOf } from './time.js';

/** Years 0000 to 9999: what RFC 3339 can write. */
const instants = fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') });

describe('parseInstant', () => {
  it.each([
    ['2026-03-01', Date.UTC(2026, 2, 1)],
    ['2026-03-01T09:30:00Z', Date.UTC(2026, 2, 1, 9, 30)],
    ['2026-03-01t09:30:00z', Date.UTC(2026, 2, 1, 9, 30)],
    ['2026-03-01T09:30:00.5+02:00', Date.UTC(2026, 2, 1, 7, 30, 0, 500)],
    ['2026-03-01T00:30:00-05:00', Date.UTC(2026, 2, 1, 5, 30)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['0000-02-29', -62_162_121_600_000],
    ['2026-03-01T09:30:00.123456789Z', Date.UTC(2026, 2, 1, 9, 30, 0, 123)],
  ])('reads %s', (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });

  it.each([
    ['31 February', '2026-02-31'],
    ['31 February with a time', '2026-02-31T00:00:00Z'],
    ['29 February of a common year', '2025-02-29'],
    ['29 February of 1900', '1900-02-29'],
    ['31 April behind an offset', '2026-04-31T23:00:00+05:00'],
    ['month 13', '2026-13-01'],
    ['month 13 of a year that V8 would read by older rules', '0001-13-13'],
    ['day 0', '2026-01-00'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['minute 60', '2026-01-01T00:60:00Z'],
    ['a leap second, which the clock cannot hold', '2016-12-31T23:59:60Z'],
    ['an offset of a day', '2026-01-01T00:00:00+24:00'],
    ['no offset', '2026-01-01T00:00:00'],
    ['no seconds', '2026-01-01T00:00Z'],
    ['a space for the T', '2026-01-01 00:00:00Z'],
    ['a year of six digits', '+002026-01-01T00:00:00Z'],
    ['another calendar form', '01/02/2026'],
    ['a newline at the end', '2026-01-01\n'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads back every instant it writes', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        expect(parseInstant(instantText(ms))).toBe(ms);
        expect(isDateTime(instantText(ms))).toBe(true);
      }),
    );
  });

  it('takes exactly the days that exist', () => {
    const part = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(part(9999), part(13), part(32), (year, month, day) => {
        const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const exists = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
        expect(parseInstant(text) !== undefined, text).toBe(exists);
        expect(isDateTime(`${text}T23:59:59.5-23:59`), text).toBe(exists);
      }),
      { numRuns: 1_000, examples: [[1, 13, 13]] },
    );
  });
});

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

describe('isDateTime', () => {
  it('refuses a bare date, which says no moment', () => {
    expect(isDateTime('2026-03-01')).toBe(false);
    expect(isDateTime('2026-03-01T00:00:00Z')).toBe(true);
  });
});

describe('a window', () => {
  it('holds from its start up to but not at its end', () => {
    const window = windowOf('2026-01-01', '2026-02-01');
    const held = ['2025-12-31', '2026-01-01', '2026-01-31', '2026-02-01'].map((day) =>
      holdsAt(window, Date.parse(day)),
    );
    expect(held).toEqual([false, true, true, false]);
  });

  it('without ends holds always', () => {
    fc.assert(fc.property(instants, (ms) => holdsAt(windowOf(null, undefined), ms)));
  });

  it('and the one that follows it divide time: exactly one of them holds', () => {
    fc.assert(
      fc.property(instants, instants, (turn, ms) => {
        const text = instantText(turn);
        expect(holdsAt(windowOf(null, text), ms)).toBe(!holdsAt(windowOf(text, null), ms));
      }),
    );
  });
});
