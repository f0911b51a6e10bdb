/** What a replay must say after a loss, told from the snapshot alone: which records it names, and which of them are gone. */
import { expect } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { type PartitionKey, partitionKey, vectorFromJson } from '../../src/domain/position.js';
import type { IsLost } from './losing-log.test-support.js';
import type { Recorded } from './recording.test-support.js';
import { countOf, type Told } from './replayer.test-support.js';

export function throughOf({ body }: Recorded): ReadonlyMap<PartitionKey, bigint> {
  return vectorFromJson(member(body, 'stamp', 'through') as Record<string, Record<string, string>>);
}

export interface Source {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Where its items come from. */
export function sourcesOf({ body }: Recorded): readonly Source[] {
  return (body.items as JsonObject[]).map(({ source }) => {
    const { topic, partition, offset } = source as JsonObject;
    return { topic: String(topic), partition: Number(partition), offset: BigInt(String(offset)) };
  });
}

/**
 * `reason` wherever a record is gone that an item was made of; where others are gone that the answer may have come from, that or MATCH,
 * never a MISMATCH; and MATCH where nothing before its positions is gone. That the loss hit something is part of it.
 */
export function expectLoss(told: readonly Told[], reason: string, isLost: IsLost): void {
  const faults = told.filter(({ of, verdict }) => !allowed(of, reason, isLost).includes(verdict));
  expect(
    faults.slice(0, 3).map(({ of, depth, body }) => [of.id, depth, body]),
    `P5: ${JSON.stringify(countOf(told))}`,
  ).toEqual([]);
  const hit = told.filter(
    ({ of }) => allowed(of, reason, isLost).length === 1 && allowed(of, reason, isLost)[0] !== 'MATCH',
  );
  expect(hit.length, 'snapshots that lost a record').toBeGreaterThan(0);
  expect(
    told.some(({ verdict }) => verdict === 'MATCH'),
    'snapshots that lost nothing',
  ).toBe(true);
}

function allowed(of: Recorded, reason: string, isLost: IsLost): readonly string[] {
  const named = `UNREPLAYABLE ${reason}`;
  if (sourcesOf(of).some(({ topic, partition, offset }) => isLost(topic, partition, offset))) return [named];
  return isTouched(of, isLost) ? [named, 'MATCH'] : ['MATCH'];
}

/** Something at or before its positions is gone. Losses are at an end of a partition or everywhere, so three places tell. */
function isTouched(of: Recorded, isLost: IsLost): boolean {
  return [...throughOf(of)].some(([key, last]) => {
    const [topic = '', partition = ''] = key.split(':');
    return [0n, last / 2n, last].some((offset) => isLost(topic, Number(partition), offset));
  });
}

/** Lost are the records from an offset on: the ends of partitions were cut. */
export function beyond(ends: ReadonlyMap<PartitionKey, bigint>): IsLost {
  return (topic, partition, offset) => offset >= (ends.get(partitionKey(topic, partition)) ?? 0n);
}

/** Lost are the records before an offset. */
export function before(starts: ReadonlyMap<PartitionKey, bigint>): IsLost {
  return (topic, partition, offset) => offset < (starts.get(partitionKey(topic, partition)) ?? 0n);
}
