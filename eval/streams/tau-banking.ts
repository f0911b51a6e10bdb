/**
 * The bank of tau2-bench as a stream of events: what has no date first, then the rest in the order of its own dates. The mapping
 * of tables is documented in `tau-banking/mapping.ts`.
 */
import type { JsonObject } from '../../src/domain/canonical.js';
import type { EventEntry } from './stream.js';
import { entryOf, policyEntry, undatedAtMs } from './tau-banking/events.js';
import type { Mapped } from './tau-banking/mapped.js';
import { mappings, unassignedAccount } from './tau-banking/mapping.js';
import { BadRowError, readDocuments, readTables, type SourceRow } from './tau-banking/source.js';
import { UNASSIGNED_ACCOUNT, World } from './tau-banking/world.js';

export { policyEntityId, tauTenant, undatedAtMs } from './tau-banking/events.js';
export { BadRowError } from './tau-banking/source.js';
export { tauQuestions, tourPolicyChange } from './tau-banking/tour.js';

/**
 * Rows of a recent list, newest first. Ten are the last weeks of a card and the last days of a checking account in this data. The
 * full lists of four products are 11 KB, about 2,700 of the 8,000 tokens that a snapshot has by default, which leaves room for
 * policies.
 */
export const recentRowsMax = 10;

interface MappedRow {
  readonly row: SourceRow;
  readonly mapped: Mapped;
}

/**
 * Every row of every table in exactly one event. `folder` is the data folder, which holds `tau_banking`. The tables (0.3 MB) are
 * held in memory for sorting; documents are yielded one by one. Throws BadRowError for a row that cannot be mapped.
 */
export function* tauBankingStream(folder: string): Generator<EventEntry> {
  const rows = mapRows(readTables(folder));
  const builder = new EntryBuilder();
  const undated = rows.filter(({ mapped }) => mapped.atMs === null);
  for (const { row, mapped } of undated) yield builder.entry(row, mapped, undatedAtMs);
  if (rows.some(({ mapped }) => isUnassigned(mapped))) {
    yield builder.entry({ table: 'stated', id: UNASSIGNED_ACCOUNT, fields: {} }, unassignedAccount, undatedAtMs);
  }
  for (const document of readDocuments(folder)) yield policyEntry(document);
  for (const { row, mapped, atMs } of byDate(rows)) yield builder.entry(row, mapped, atMs);
}

function mapRows(tables: ReadonlyMap<string, readonly SourceRow[]>): MappedRow[] {
  for (const [table, rows] of tables) {
    const first = rows[0];
    if (first !== undefined && !mappings.has(table)) throw new BadRowError(table, first.id, 'the table has no mapping');
  }
  const world = new World(tables);
  return [...mappings].flatMap(([table, mapping]) =>
    (tables.get(table) ?? []).map((row) => ({ row, mapped: mapping(row, world) })),
  );
}

function isUnassigned({ subject, change }: Mapped): boolean {
  if (change.op === 'prepend') return change.kind === 'account' && subject === UNASSIGNED_ACCOUNT;
  return change.data.accountId === UNASSIGNED_ACCOUNT;
}

/** Sorting is stable: rows of one instant stay in the order of tables, then of the file. */
function byDate(rows: readonly MappedRow[]): (MappedRow & { readonly atMs: number })[] {
  const dated = rows.flatMap(({ row, mapped }) => (mapped.atMs === null ? [] : [{ row, mapped, atMs: mapped.atMs }]));
  const early = dated.find(({ atMs }) => atMs <= undatedAtMs);
  if (early !== undefined) throw new BadRowError(early.row.table, early.row.id, 'is dated before the stated start');
  return dated.sort((a, b) => a.atMs - b.atMs);
}

/** Knows what has been opened and what is on each recent list: a merge patch replaces an array as a whole (RFC 7396). */
class EntryBuilder {
  private readonly opened = new Set<string>();
  private readonly recent = new Map<string, readonly JsonObject[]>();

  entry(row: SourceRow, mapped: Mapped, atMs: number): EventEntry {
    const { change, subject, type } = mapped;
    const common = { atMs, id: `${row.table}/${row.id}`, type, kind: change.kind, subject };
    const key = `${change.kind}/${subject}`;
    if (change.op === 'upsert') {
      if (this.opened.has(key)) throw new BadRowError(row.table, row.id, 'its id is taken by another row');
      this.opened.add(key);
      return entryOf({ ...common, op: 'upsert', data: change.data });
    }
    if (!this.opened.has(key)) throw new BadRowError(row.table, row.id, 'is dated before what it belongs to');
    const listKey = `${key}/${change.list}`;
    const list = [change.item, ...(this.recent.get(listKey) ?? [])].slice(0, recentRowsMax);
    this.recent.set(listKey, list);
    return entryOf({ ...common, op: 'patch', data: { [change.list]: list } });
  }
}
