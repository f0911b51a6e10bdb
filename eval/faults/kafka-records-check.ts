/** Whether of each record exactly that came what had to: its outcome, its dead letter, and the state of the entity. */
import { canonicalJson } from '../../src/domain/canonical.js';
import type { Entity } from '../../src/domain/entity.js';
import { isJsonObject } from '../../src/domain/json.js';
import { partitionKey, positionText } from '../../src/domain/position.js';
import { recordKey } from '../../src/domain/record-key.js';
import { rejectionAdvice } from '../../src/domain/rejection.js';
import { tenant } from '../../src/fixtures.test-support.js';
import type { LogRecord } from '../../src/log/port.js';
import type { Service } from '../../src/pipeline.js';
import type { CaseRecord, Expected, RecordCase } from './kafka-records.js';

export interface WrittenCase extends RecordCase {
  /** Of each record, `topic:partition:offset`; undefined where the log has none. */
  readonly positions: readonly (string | undefined)[];
}

/** The records of the rejected topic, by the position that each says it is about: its last header of that name. */
export type Letters = ReadonlyMap<string, readonly LogRecord[]>;

export async function lettersEnd({ engines: { log, topics } }: Service): Promise<bigint> {
  return (await log.ends()).get(partitionKey(topics.rejected, 0)) ?? 0n;
}

export async function lettersFrom(from: bigint, service: Service): Promise<Letters> {
  const { log, topics } = service.engines;
  const letters = new Map<string, LogRecord[]>();
  for await (const records of log.scan(topics.rejected, 0, from, await lettersEnd(service))) {
    for (const record of records) {
      const about = lastHeader(record, 'tidemark.rejected.position') ?? '';
      letters.set(about, [...(letters.get(about) ?? []), record]);
    }
  }
  return letters;
}

/** What is not as it had to be; empty when all is. */
export async function faultsOf(of: WrittenCase, service: Service, letters: Letters): Promise<readonly string[]> {
  const [entity] = await service.engines.state.entities([{ tenant, kind: of.kind, id: of.id }]);
  const faults = of.records.flatMap((record, index) => {
    const at = of.positions[index];
    const fault = at === undefined ? undefined : faultOfLetters(record, at, letters.get(at) ?? []);
    return fault === undefined ? [] : [`record ${index}, ${record.expected}: ${fault}`];
  });
  const fault = faultOfEntity(of, entity);
  return fault === undefined ? faults : [...faults, fault];
}

function faultOfLetters(record: CaseRecord, at: string, found: readonly LogRecord[]): string | undefined {
  const isRejected = Object.hasOwn(rejectionAdvice, record.expected);
  const reasons = found.map((letter) => lastHeader(letter, '__connect.errors.exception.class.name'));
  if (reasons.join() !== (isRejected ? record.expected : '')) return `letters ${reasons.join() || 'none'}`;
  const [letter] = found;
  return letter === undefined ? undefined : faultOfLetter(record, at, letter);
}

/** Ours stand behind those of the record. */
const OUR_HEADERS = 12;

function faultOfLetter(record: CaseRecord, at: string, letter: LogRecord): string | undefined {
  const place = ['topic', 'partition', 'offset'].map((name) => lastHeader(letter, `__connect.errors.${name}`));
  if (place.join(':') !== at) return `a letter about ${place.join(':')}`;
  const kept = lastHeader(letter, 'tidemark.rejected.kept');
  const isEmpty = letter.key === null && letter.value === null && letter.headers.length === OUR_HEADERS;
  // What stands in the journal for what no frame holds is not passed for the record.
  if (record.isBeyondFrame === true)
    return isEmpty && kept === 'topic' ? undefined : 'a letter with bytes of no record';
  if (kept === 'reference') return isEmpty && isLarge(record) ? undefined : 'a letter that only refers to its record';
  if (!isSame(letter.key, record.key)) return 'another key';
  if (!isSame(letter.value, record.value)) return 'another value';
  const theirs = letter.headers.slice(0, -OUR_HEADERS);
  const isAlike = ([name, value]: LogRecord['headers'][number], index: number) =>
    name === record.headers[index]?.[0] && isSame(value, record.headers[index][1]);
  return theirs.length === record.headers.length && theirs.every(isAlike) ? undefined : 'other headers';
}

/** So that it would hardly fit a second time, with headers of ours. */
function isLarge({ value, headers }: CaseRecord): boolean {
  const headerBytes = headers.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  return (value?.length ?? 0) > 1_000_000 || headers.length > 240 || headerBytes > 60_000;
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

function faultOfEntity(of: WrittenCase, entity: Entity | undefined): string | undefined {
  const key = recordKey(tenant, of.id);
  const applied = of.records.flatMap(({ expected, about, ...record }, index) =>
    expected === 'applied' && about === of.kind && isSame(record.key, key) ? [of.positions[index]] : [],
  );
  if (of.leaves === 'nothing') return entity === undefined ? undefined : `a state: ${entity.status}`;
  if (entity === undefined) return 'no state';
  const last = applied.at(-1);
  const at = positionText(entity.watermark.position);
  if (at !== last) return `the state is that of ${at}, not of ${last}`;
  if (entity.revision !== applied.length) return `${entity.revision} changes, not ${applied.length}`;
  if (entity.status === 'deleted' || of.leaves === 'deleted')
    return entity.status === of.leaves ? undefined : entity.status;
  const data: unknown = JSON.parse(entity.json);
  const other = Object.entries(of.leaves).find(
    ([name, value]) => !isJsonObject(data) || canonicalJson(data[name] ?? null) !== canonicalJson(value),
  );
  return other === undefined ? undefined : `another ${other[0]}`;
}

function lastHeader({ headers }: LogRecord, name: string): string | undefined {
  const found = headers.findLast(([known]) => known === name);
  return found === undefined ? undefined : Buffer.from(found[1]).toString();
}

/** How many of each outcome there must be; a letter is a record like any other, and applied when it is in effect. */
export function totalsOf(
  cases: readonly WrittenCase[],
): Record<'applied' | 'superseded' | 'duplicate' | 'rejected', number> {
  const totals = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  for (const { records, positions } of cases) {
    for (const [index, { expected }] of records.entries()) {
      if (positions[index] !== undefined && expected !== 'unseen') totals[countedAs(expected)] += 1;
    }
  }
  return { ...totals, applied: totals.applied + totals.rejected };
}

function countedAs(expected: Exclude<Expected, 'unseen'>): keyof ReturnType<typeof totalsOf> {
  return expected === 'applied' || expected === 'superseded' || expected === 'duplicate' ? expected : 'rejected';
}
