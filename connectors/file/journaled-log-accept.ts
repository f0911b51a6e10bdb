/** Carries out at a start what an operator has accepted, as far as it is still the case. The journal is open nowhere meanwhile. */
import { isDeepStrictEqual } from 'node:util';
import type { EpochStart } from '../../src/domain/epoch-table.js';
import { type PartitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { unreachable } from '../../src/errors.js';
import type { RemoteTopic } from '../../src/log/remote-port.js';
import type { Troubles } from '../../src/log/trouble.js';
import { type ClosedJournal, cutBack, retire, setTopic } from './journal-edit.js';
import type { Acceptances, AcceptedTrouble } from './journaled-log-accepted.js';
import type { JournaledLogReport } from './journaled-log-types.js';

export interface Found {
  readonly troubles: Troubles;
  /** The log's topics by name. */
  readonly described: ReadonlyMap<string, RemoteTopic>;
  /** Of the last record that the journal holds of a partition. */
  readonly newestEpoch: (partition: PartitionKey) => number;
  /** Called before the journal is cut, with the smallest epoch that can come there. */
  readonly onCut: (partition: PartitionKey, at: EpochStart) => Promise<void>;
}

/** A topic that was made again or has grown is taken over whole: accepted for one of its partitions, it is for all. */
export async function carryOut(
  journal: ClosedJournal,
  accepted: Acceptances,
  found: Found,
  onReport: (report: JournaledLogReport) => void,
): Promise<void> {
  const taken = new Set<string>();
  for (const [partition, trouble] of accepted) {
    if (!isDeepStrictEqual(found.troubles.get(partition), trouble)) {
      onReport({ kind: 'acceptance_outdated', partition, trouble });
      continue;
    }
    if (trouble.kind === 'truncated') {
      await found.onCut(partition, { leaderEpoch: found.newestEpoch(partition) + 1, first: trouble.from });
    }
    await carryOutOne(journal, partition, trouble, { taken, described: found.described });
    onReport({ kind: 'acceptance_carried_out', partition, trouble });
  }
}

async function carryOutOne(
  journal: ClosedJournal,
  key: PartitionKey,
  trouble: AcceptedTrouble,
  { taken, described }: { readonly taken: Set<string>; readonly described: ReadonlyMap<string, RemoteTopic> },
): Promise<void> {
  const { topic } = splitPartitionKey(key);
  const now = described.get(topic);
  if (now === undefined) throw new Error('a topic that is not there is no trouble of these kinds');
  const { name, incarnationId, partitions } = now;
  switch (trouble.kind) {
    case 'truncated':
      return cutBack(journal, key, trouble.from);
    case 'recreated':
      if (taken.has(topic)) return;
      taken.add(topic);
      await retire(journal, topic);
      await setTopic(journal, { name, incarnationId, partitions });
      return;
    case 'new_partition':
      if (taken.has(topic)) return;
      taken.add(topic);
      await setTopic(journal, { name, incarnationId, partitions });
      return;
    default:
      return unreachable(trouble);
  }
}
