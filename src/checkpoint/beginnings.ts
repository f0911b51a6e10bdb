/**
 * Where a copy of a log that others own begins. Its first records need not be those of the log: what had gone before anything was copied
 * is missing from it without ever having expired. The first start takes the copy as it finds it; every checkpoint keeps where the copy
 * began, so that what expires later is told from that.
 */
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import { type ChoiceParts, soundCheckpoint } from './choose.js';
import { type Header, isOfOtherCopy } from './header.js';

/** Empty for a log that has had all its records from the first on. */
export async function beginningsOf(parts: ChoiceParts): Promise<PositionVector> {
  if (parts.isCopy !== true) return new Map();
  const starts = await parts.log.starts();
  const header = await newestHeader(parts);
  const begun = new Map<PartitionKey, bigint>();
  for (const { name, incarnation, partitions } of parts.log.topics()) {
    const isKnown = header?.incarnations[name] === incarnation.id && !isOfOtherCopy(header, parts.log.copyId);
    for (let number = 0; number < partitions; number++) {
      const partition = partitionKey(name, number);
      const known = isKnown ? header?.begun[partition] : undefined;
      begun.set(partition, known ?? starts.get(partition) ?? 0n);
    }
  }
  return begun;
}

/** Of the newest checkpoint of this log that can be read, whether or not a start could use it. */
async function newestHeader({ store, log }: ChoiceParts): Promise<Header | undefined> {
  for (const name of await store.list()) {
    const checkpoint = await soundCheckpoint(store, name);
    if (typeof checkpoint !== 'string' && checkpoint.header.log === log.id) return checkpoint.header;
  }
  return undefined;
}

/** For an operator; undefined when the copy has everything. */
export function noticeOfBeginnings(begun: PositionVector): string | undefined {
  const late = [...begun].filter(([, from]) => from > 0n).map(([partition]) => splitPartitionKey(partition).topic);
  if (late.length === 0) return undefined;
  const topics = [...new Set(late)].sort().join(', ');
  return `the copy of ${late.length} partitions begins after their first records (${topics}): what those said is not known`;
}
