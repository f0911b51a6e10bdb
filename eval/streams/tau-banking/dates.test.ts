import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBankDate } from './dates.js';

describe('parseBankDate', () => {
  it('reads mm/dd/yyyy as the first instant of that day in UTC', () => {
    expect(parseBankDate('11/08/2025')).toBe(Date.UTC(2025, 10, 8));
  });

  it('reads yyyy-mm-dd as the same instant as mm/dd/yyyy', () => {
    expect(parseBankDate('2025-11-08')).toBe(parseBankDate('11/08/2025'));
  });

  it('reads EST as five hours behind UTC, in summer too', () => {
    expect(parseBankDate('2025-11-10 14:22:00 EST')).toBe(Date.UTC(2025, 10, 10, 19, 22));
    expect(parseBankDate('2025-07-01 23:30:00 EST')).toBe(Date.UTC(2025, 6, 2, 4, 30));
  });

  it.each([
    ['a day that does not exist', '02/31/2025'],
    ['29 February of a common year', '02/29/2025'],
    ['a month that does not exist', '13/01/2025'],
    ['day before month', '25/12/2025'],
    ['single digits', '1/5/2025'],
    ['a year of two digits', '01/05/25'],
    ['another zone', '2025-11-10 14:22:00 PST'],
    ['no zone', '2025-11-10 14:22:00'],
    ['an hour that does not exist', '2025-11-10 24:00:00 EST'],
    ['space around', ' 11/08/2025'],
    ['words', 'tomorrow'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseBankDate(text)).toBeUndefined();
  });

  it('reads back every day it could have been written for', () => {
    const days = fc.date({
      min: new Date('1900-01-01T00:00:00Z'),
      max: new Date('2099-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(days, (day) => {
        const iso = day.toISOString().slice(0, 10);
        const [year, month, date] = iso.split('-');
        expect(parseBankDate(`${month}/${date}/${year}`)).toBe(Date.parse(iso));
      }),
    );
  });
});
