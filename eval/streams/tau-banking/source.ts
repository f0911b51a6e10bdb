/** The files of the tau_banking folder as rows: every row with its table and id, so that an error can name it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical.js';
import { isJsonObject, readJson, readJsonText } from '../../../src/domain/json.js';
import { parseBankDate } from './dates.js';

export interface SourceRow {
  readonly table: string;
  readonly id: string;
  readonly fields: JsonObject;
}

/**
 * Never read into an event. The card verification value may not be kept once a payment is authorised, even encrypted (PCI DSS v4.0
 * requirement 3.3.1.2), and no copilot has a use for it.
 */
const withheldFields: ReadonlySet<string> = new Set(['cvv']);

/** What is wrong with which row. The row's values stay out of the message: they are a customer's. */
export class BadRowError extends Error {
  override readonly name = 'BadRowError';

  constructor(
    readonly table: string,
    readonly row: string,
    fault: string,
  ) {
    super(`tau_banking: table ${table}, row ${row}: ${fault}`);
  }
}

/** Rows of db.json by table, in the order of the file. Tables without rows are kept: they are accounted for too. */
export function readTables(folder: string): ReadonlyMap<string, readonly SourceRow[]> {
  const reading = readJson(readFileSync(join(folder, 'tau_banking', 'db.json')));
  if (!reading.ok || !isJsonObject(reading.value)) throw new Error('tau_banking: db.json is no JSON object');
  const tables = new Map<string, readonly SourceRow[]>();
  for (const [table, body] of Object.entries(reading.value)) {
    const data = isJsonObject(body) ? body.data : undefined;
    if (!isJsonObject(data)) throw new BadRowError(table, '(all)', 'the table has no object "data"');
    tables.set(
      table,
      Object.entries(data).map(([id, row]) => rowOf(table, id, row)),
    );
  }
  return tables;
}

/** One document at a time; the file is 2 MB, so it is read whole and parsed by line. */
export function* readDocuments(folder: string): Generator<SourceRow> {
  const lines = readFileSync(join(folder, 'tau_banking', 'documents.jsonl'), 'utf8').split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const reading = readJsonText(line);
    if (!reading.ok) throw new BadRowError('documents', `line ${index + 1}`, reading.rejection.detail);
    const row = rowOf('documents', `line ${index + 1}`, reading.value);
    yield { ...row, id: textField(row, 'id') };
  }
}

function rowOf(table: string, id: string, row: JsonValue): SourceRow {
  if (!isJsonObject(row)) throw new BadRowError(table, id, 'the row is no object');
  const kept = Object.entries(row).filter(([name]) => !withheldFields.has(name));
  return { table, id, fields: Object.fromEntries(kept) };
}

/** A field that must be there. */
export function textField(row: SourceRow, name: string): string {
  const value = row.fields[name];
  if (typeof value !== 'string' || value === '') throw new BadRowError(row.table, row.id, `${name} is no text`);
  return value;
}

/** A field that some rows leave out. */
export function optionalText(row: SourceRow, name: string): string | undefined {
  return row.fields[name] === undefined ? undefined : textField(row, name);
}

export function dateField(row: SourceRow, name: string): number {
  const ms = parseBankDate(textField(row, name));
  if (ms === undefined) throw new BadRowError(row.table, row.id, `${name} is no date the bank writes`);
  return ms;
}

/** Money as text. The source writes some amounts as JSON numbers; they become decimals with two places, and never change value. */
export function moneyField(row: SourceRow, name: string): string {
  const value = row.fields[name];
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw new BadRowError(row.table, row.id, `${name} is no amount`);
  const text = value.toFixed(2);
  if (Number(text) !== value) throw new BadRowError(row.table, row.id, `${name} is no whole number of cents`);
  return text;
}
