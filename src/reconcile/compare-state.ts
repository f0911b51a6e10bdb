/** The state against a fold of the journal, key by key. What differs is written as the journal says, if nothing has moved meanwhile. */
import type { Clock } from '../domain/clock.js';
import type { Entity, EntityKey } from '../domain/entity.js';
import { isRetrievable } from '../domain/kinds/index.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import type { Journal } from '../journal/journal.js';
import type { DecisionLookup } from '../journal/rebuild.js';
import { limits } from '../limits.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { StateStore } from '../state/port.js';
import type { Tally } from './tally.js';

export interface CompareParts {
  readonly journal: Journal;
  readonly decisionOn: DecisionLookup;
  readonly topics: TopicMap;
  readonly state: StateStore;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** Looks at a key that moves under the comparison; then it is left for the next pass. */
const TRIES = 3;

/** Looks, per call, at copies that are behind: one that is milliseconds behind comes, and one that is stuck holds up nothing for long. */
const LOOKS = 5;

interface Settling {
  readonly key: EntityKey;
  readonly patience: { looks: number };
}

/** Returns what the state has afterwards of the keys that the index is to hold. */
export async function compareState(
  parts: CompareParts,
  keys: readonly EntityKey[],
  tally: Tally,
): Promise<readonly Entity[]> {
  const indexed: Entity[] = [];
  const patience = { looks: LOOKS };
  for (const key of keys) {
    tally.checked += 1;
    const found = await settle(parts, { key, patience }, tally);
    if (found === 'skipped') tally.skipped += 1;
    else if (found !== undefined && isRetrievable(key.kind)) indexed.push(found);
  }
  return indexed;
}

async function settle(parts: CompareParts, of: Settling, tally: Tally): Promise<Entity | undefined | 'skipped'> {
  for (let tried = 0; tried < TRIES; tried++) {
    const compared = await compareKnown(parts, of);
    if (compared === 'moved') continue;
    if (compared === 'unknown') return 'skipped';
    const { is, should, at } = compared;
    if (isSame(is, should)) return is;
    if (should === undefined) {
      // Nothing takes an entity out of the state but a record that says so: it is told, and stays.
      tally.orphaned += 1;
      return is;
    }
    const repaired = await repair(parts, { is, should, at });
    if (repaired === undefined) continue;
    if (is === undefined) tally.missing += 1;
    else tally.differing += 1;
    tally.repaired += 1;
    return repaired;
  }
  return 'skipped';
}

interface Compared {
  readonly is: Entity | undefined;
  readonly should: Entity | undefined;
  /** Where the partitions of the key, and the decisions, were the whole time. */
  readonly at: ReadonlyMap<PartitionKey, bigint>;
}

interface Seen {
  /** Read before `through`: a write that expects it rests on nothing later. */
  readonly is: Entity | undefined;
  readonly through: PositionVector;
}

/**
 * Where a topic has grown a key may have records in partitions in which the index knows none of it yet. Where both sides are the same
 * that does not matter; before they are called different, every partition that can have some is known through where the state is.
 * Nothing orders records of several partitions, so what the state has made of them is no worse than what is made of them here.
 */
async function compareKnown(parts: CompareParts, { key, patience }: Settling): Promise<Compared | 'moved' | 'unknown'> {
  const seen = await look(parts, key);
  const first = await compare(parts, key, seen);
  if (first === 'moved' || first === 'unknown' || isSame(first.is, first.should)) return first;
  while (!(await isAllKnown(parts, key, seen.through))) {
    if (patience.looks-- <= 0) return 'unknown';
    await parts.clock.sleep(limits.copyBehindMs);
  }
  if (seen.is !== undefined && parts.journal.index.recordsOf(key).length > 1) return 'unknown';
  return compare(parts, key, seen);
}

async function look({ state }: CompareParts, key: EntityKey): Promise<Seen> {
  const [is] = await state.entities([key]);
  return { is, through: await state.through() };
}

async function isAllKnown({ journal, topics }: CompareParts, key: EntityKey, through: PositionVector) {
  const known = await journal.through();
  const canTell = (partition: PartitionKey) =>
    sourceTopic(topics, splitPartitionKey(partition).topic)?.about === key.kind;
  return [...through].every(([partition, last]) => !canTell(partition) || (known.get(partition) ?? -1n) >= last);
}

async function compare(
  { journal, decisionOn, state, topics }: CompareParts,
  key: EntityKey,
  { is, through }: Seen,
): Promise<Compared | 'moved' | 'unknown'> {
  const known = await journal.through();
  const decisions = partitionKey(topics.rejected, 0);
  const partitions = [...journal.index.recordsOf(key).map(({ partition }) => partition), decisions];
  if (is !== undefined) partitions.push(partitionKey(is.watermark.position.topic, is.watermark.position.partition));
  const at = new Map(partitions.map((partition) => [partition, through.get(partition) ?? -1n] as const));
  if ([...at].some(([partition, last]) => (known.get(partition) ?? -1n) < last)) return 'unknown';
  const history = await journal.historyOf(key, decisionOn, through);
  if (history.kind === 'lost') return 'unknown';
  const isStill = (now: PositionVector) => [...at].every(([partition, last]) => (now.get(partition) ?? -1n) === last);
  if (!isStill(await state.through())) return 'moved';
  return { is, should: history.entity, at };
}

/** A watermark is the place of the last record that was applied, so equal hashes at equal places are equal entities. */
function isSame(is: Entity | undefined, should: Entity | undefined): boolean {
  if (is === undefined || should === undefined) return is === should;
  const [left, right] = [is.watermark.position, should.watermark.position];
  const hashOf = (one: Entity) => (one.status === 'present' ? one.hash : null);
  return (
    hashOf(is) === hashOf(should) &&
    is.accountId === should.accountId &&
    left.offset === right.offset &&
    left.partition === right.partition &&
    left.topic === right.topic
  );
}

/** Undefined: somebody else has written meanwhile. */
async function repair({ state }: CompareParts, { is, should, at }: Compared): Promise<Entity | undefined> {
  if (should === undefined) return undefined;
  const entity = { ...should, revision: Math.max(should.revision, (is?.revision ?? 0) + 1) };
  const written = await state.write({
    progress: [],
    held: [...at].map(([partition, through]) => ({ partition, through })),
    changes: [{ entity, expected: is?.watermark ?? null }],
    replaced: [],
    decided: [],
    block: [],
  });
  return written.kind === 'written' ? entity : undefined;
}
