/** Dates as the bank writes them, read strictly: a form or a day that does not exist is an error of the row, not another date. */
import { parseInstant } from '../../../src/domain/time.js';

const US_DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const EASTERN = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) EST$/;

/**
 * Milliseconds since 1970 UTC of `mm/dd/yyyy`, `yyyy-mm-dd` or `yyyy-mm-dd hh:mm:ss EST`; undefined for anything else. A bare
 * date means its first instant in UTC. EST is five hours behind UTC all year round, which is what the letters say.
 */
export function parseBankDate(text: string): number | undefined {
  const us = US_DATE.exec(text);
  if (us !== null) return parseInstant(`${us[3]}-${us[1]}-${us[2]}`);
  if (ISO_DATE.test(text)) return parseInstant(text);
  const eastern = EASTERN.exec(text);
  return eastern === null ? undefined : parseInstant(`${eastern[1]}T${eastern[2]}-05:00`);
}
