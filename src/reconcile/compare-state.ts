/** The state against a fold of the journal, key by key. What differs is written as the journal says, if nothing has moved meanwhile. */
import type { Entity, EntityKey } from '../domain/entity.js';
import { isRetrievable } from '../domain/kinds/index.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';
import type { Journal } from '../journal/journal.js';
import type { DecisionLookup } from '../journal/rebuild.js';
import type { TopicMap } from '../log/topics.js';
import type { StateStore } from '../state/port.js';
import type { Tally } from './tally.js';

export interface CompareParts {
  readonly journal: Journal;
  readonly decisionOn: DecisionLookup;
  readonly topics: TopicMap;
  readonly state: StateStore;
}

/** Looks at a key that moves under the comparison; then it is left for the next pass. */
const TRIES = 3;

/** Returns what the state has afterwards of the keys that the index is to hold. */
export async function compareState(
  parts: CompareParts,
  keys: readonly EntityKey[],
  tally: Tally,
): Promise<readonly Entity[]> {
  const indexed: Entity[] = [];
  for (const key of keys) {
    tally.checked += 1;
    const found = await settle(parts, key, tally);
    if (found === 'skipped') tally.skipped += 1;
    else if (found !== undefined && isRetrievable(key.kind)) indexed.push(found);
  }
  return indexed;
}

async function settle(parts: CompareParts, key: EntityKey, tally: Tally): Promise<Entity | undefined | 'skipped'> {
  for (let tried = 0; tried < TRIES; tried++) {
    const compared = await compare(parts, key);
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

async function compare(
  { journal, decisionOn, state, topics }: CompareParts,
  key: EntityKey,
): Promise<Compared | 'moved' | 'unknown'> {
  const through = await state.through();
  const known = await journal.through();
  const decisions = partitionKey(topics.rejected, 0);
  const partitions = [...journal.index.recordsOf(key).map(({ partition }) => partition), decisions];
  const at = new Map(partitions.map((partition) => [partition, through.get(partition) ?? -1n] as const));
  if ([...at].some(([partition, last]) => (known.get(partition) ?? -1n) < last)) return 'unknown';
  const [is] = await state.entities([key]);
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
