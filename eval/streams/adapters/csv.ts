/** Comma-separated values as RFC 4180 has them: quoted fields may hold commas, doubled quotes and line breaks. */
import { badData, type DataFile } from './files.js';

export interface CsvRow {
  readonly fields: readonly string[];
  /** The line on which it begins, from 1. */
  readonly number: number;
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** The rows after the header; throws `suite_invalid` for another header, a row with another number of fields, and a stray quote. */
export function csvRows(file: DataFile, header: readonly string[]): readonly CsvRow[] {
  const [first, ...rows] = parse(file);
  if (first === undefined || first.fields.join() !== header.join()) {
    throw badData(file.name, `line 1 is not the header ${header.join()}`);
  }
  const uneven = rows.find(({ fields }) => fields.length !== header.length);
  if (uneven === undefined) return rows;
  throw badData(file.name, `line ${uneven.number} has ${uneven.fields.length} fields instead of ${header.length}`);
}

function parse({ name, text }: { readonly name: string; readonly text: string }): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let number = 1;
  let startsAt = 1;
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length || fields.length > 0) {
    const found = FIELD.exec(text);
    if (found === null) throw badData(name, `line ${number} has a quote that is not closed, or text beside it`);
    const [whole, quoted, plain = '', end] = found;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    number += whole.split('\n').length - 1;
    if (end === ',') continue;
    rows.push({ fields, number: startsAt });
    fields = [];
    startsAt = number;
  }
  return rows;
}
