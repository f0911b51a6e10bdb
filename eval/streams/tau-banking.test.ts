import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, digestOfLines, type JsonObject, type JsonValue } from '../../src/domain/canonical.js';
import { isJsonObject } from '../../src/domain/json.js';
import { kinds } from '../../src/domain/kinds/index.js';
import { mergePatch } from '../../src/domain/merge-patch.js';
import { parseCloudEvent } from '../../src/domain/parse.js';
import { limits } from '../../src/limits.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import type { EventEntry } from './stream.js';
import { recentRowsMax, tauBankingStream, tauTenant, undatedAtMs } from './tau-banking.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const title = folder === '' ? `the tau_banking stream (skipped: ${dataFolderMissing})` : 'the tau_banking stream';

function keyOf({ topicKind, event }: EventEntry): string {
  return `${topicKind}/${event.subject}`;
}

function dataOf({ event }: EventEntry): JsonObject {
  if (!isJsonObject(event.data)) throw new Error(`event ${event.id} has no data`);
  return event.data;
}

/** `table/row` to the row as the file has it, for every table. */
function sourceRows(): Map<string, JsonObject> {
  const tables = JSON.parse(readFileSync(join(folder, 'tau_banking', 'db.json'), 'utf8')) as Record<
    string,
    { data: JsonObject }
  >;
  const rows = new Map<string, JsonObject>();
  for (const [table, { data }] of Object.entries(tables)) {
    for (const [id, row] of Object.entries(data)) rows.set(`${table}/${id}`, row as JsonObject);
  }
  return rows;
}

/** What the event says about its own row: the full state, or the newest entry of the list that it patches. */
function rowIn(entry: EventEntry): JsonObject {
  const data = dataOf(entry);
  if (entry.event.op !== 'patch') return data;
  const list = Object.values(data)[0];
  return Array.isArray(list) && isJsonObject(list[0]) ? list[0] : {};
}

withData(title, () => {
  const entries = folder === '' ? [] : [...tauBankingStream(folder)];

  it('publishes all 698 documents as policies', () => {
    const policies = entries.filter(({ topicKind }) => topicKind === 'policy');
    expect(policies).toHaveLength(698);
    expect(new Set(policies.map((entry) => dataOf(entry).policyId)).size).toBe(698);
  });

  it('has exactly one event for every row of every table', () => {
    const rowIds = entries.filter(({ topicKind }) => topicKind !== 'policy').map(({ event }) => event.id);
    expect(rowIds.toSorted()).toEqual([...sourceRows().keys()].toSorted());
    expect(rowIds).toHaveLength(768);
  });

  it('keeps every field of every row, save the card verification value', () => {
    const rows = sourceRows();
    const replaced = new Set(['cvv', 'status', 'amount', 'annual_income']);
    for (const entry of entries) {
      const kept = rowIn(entry);
      for (const [field, value] of Object.entries(rows.get(entry.event.id) ?? {})) {
        if (!replaced.has(field)) expect(kept[field], `${entry.event.id} ${field}`).toEqual(value);
      }
    }
    expect(entries.some(({ event }) => JSON.stringify(event).includes('"cvv"'))).toBe(false);
  });

  it('keeps the status of a row in its own words, and its amounts as text of the same value', () => {
    const rows = sourceRows();
    for (const entry of entries) {
      const row = rows.get(entry.event.id);
      const kept = rowIn(entry);
      if (row?.status !== undefined) expect(kept.sourceStatus ?? kept.status, entry.event.id).toBe(row.status);
      for (const field of ['amount', 'annual_income']) {
        if (typeof row?.[field] === 'number') expect(kept[field]).toBe(row[field].toFixed(2));
      }
    }
  });

  it('holds no amount as a number', () => {
    const numbers = entries.flatMap(({ event }) => numbersIn(event.data ?? null));
    expect(numbers).toEqual([]);
  });

  it('puts what has no date first, at the stated start, and the rest in the order of its dates', () => {
    const times = entries.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const undated = entries.filter(({ at }) => at === undatedAtMs);
    expect(undated).toHaveLength(39 + 698);
    expect(entries.slice(0, undated.length)).toEqual(undated);
    expect(entries.every(({ at, event }) => Date.parse(event.time) === at)).toBe(true);
  });

  it('is the same in every run', () => {
    const digest = (stream: Iterable<EventEntry>) => digestOfLines([...stream].map((entry) => canonicalJson(entry)));
    expect(digest(tauBankingStream(folder))).toBe(digest(entries));
  });

  it('patches only what it has opened before, and leaves every state valid after each event', () => {
    const states = new Map<string, JsonValue>();
    for (const entry of entries) {
      const before = states.get(keyOf(entry));
      expect(before !== undefined, entry.event.id).toBe(entry.event.op === 'patch');
      const after = before === undefined ? dataOf(entry) : mergePatch(before, dataOf(entry));
      expect(kinds[entry.topicKind].schema.safeParse(after).success, entry.event.id).toBe(true);
      states.set(keyOf(entry), after);
    }
  });

  it('names an opened account as the owner of every ticket and entitlement', () => {
    const accounts = new Set(
      entries.filter(({ topicKind }) => topicKind === 'account').map(({ event }) => event.subject),
    );
    const owned = entries.filter(
      ({ topicKind, event }) => /ticket|entitlement/.test(topicKind) && event.op === 'upsert',
    );
    expect(owned.length).toBe(33 + 38 + 8 + 1 + 19 + 1 + 2 + 2 + 18);
    expect(owned.filter((entry) => !accounts.has(String(dataOf(entry).accountId)))).toEqual([]);
  });

  it('keeps recent lists within their bound, newest first, and fills the longest', () => {
    const lists = entries.filter(({ event }) => event.op === 'patch').map((entry) => Object.values(dataOf(entry))[0]);
    const lengths = lists.map((list) => (Array.isArray(list) ? list.length : -1));
    expect(Math.max(...lengths)).toBe(recentRowsMax);
    expect(Math.min(...lengths)).toBe(1);
  });

  it('sends only events that the service accepts', () => {
    const rules = { about: null, tenant: tauTenant };
    for (const { event } of entries) {
      const text = canonicalJson(event);
      expect(Buffer.byteLength(text)).toBeLessThan(limits.eventBytesMax);
      expect(parseCloudEvent(event, rules, digestOf(text)).kind, event.id).toBe('event');
    }
    expect(new Set(entries.map(({ event }) => event.id)).size).toBe(entries.length);
  });
});

function numbersIn(value: JsonValue): number[] {
  if (typeof value === 'number') return [value];
  if (Array.isArray(value)) return value.flatMap(numbersIn);
  return isJsonObject(value) ? Object.values(value).flatMap(numbersIn) : [];
}
