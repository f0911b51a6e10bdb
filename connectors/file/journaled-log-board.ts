/** The troubles of all partitions, as last known. */
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import type { PartitionTrouble, TroubleKind, Troubles } from '../../src/log/trouble.js';

export type TroubleChange = 'trouble_began' | 'trouble_ended';

export class TroubleBoard {
  readonly #troubles = new Map<PartitionKey, PartitionTrouble>();
  readonly #onChange: (kind: TroubleChange, partition: PartitionKey, trouble: PartitionTrouble) => void;

  constructor(onChange: (kind: TroubleChange, partition: PartitionKey, trouble: PartitionTrouble) => void) {
    this.#onChange = onChange;
  }

  get all(): Troubles {
    return this.#troubles;
  }

  get(partition: PartitionKey): PartitionTrouble | undefined {
    return this.#troubles.get(partition);
  }

  /** What ends copying; an open transaction only delays it. */
  stopping(partition: PartitionKey): PartitionTrouble | undefined {
    const trouble = this.#troubles.get(partition);
    return trouble?.kind === 'blocked_at_lso' ? undefined : trouble;
  }

  /** Whether the topic is not the one that was copied, or not there. */
  isWithoutTopic(topic: string): boolean {
    const kind = this.get(partitionKey(topic, 0))?.kind;
    return kind === 'topic_missing' || kind === 'recreated';
  }

  /** True when the kind of trouble is new for the partition. */
  set(partition: PartitionKey, trouble: PartitionTrouble): boolean {
    const before = this.#troubles.get(partition);
    this.#troubles.set(partition, trouble);
    if (before?.kind === trouble.kind) return false;
    this.#onChange('trouble_began', partition, trouble);
    return true;
  }

  /** True when there was such a trouble. */
  clear(partition: PartitionKey, kind: TroubleKind): boolean {
    const trouble = this.#troubles.get(partition);
    if (trouble?.kind !== kind) return false;
    this.#troubles.delete(partition);
    this.#onChange('trouble_ended', partition, trouble);
    return true;
  }
}
