/** A log in memory to whose partitions something has happened, as far as it tells; and which an operator can accept. */
import { MemoryLog } from '../connectors/memory/log.js';
import type { Clock } from './domain/clock.js';
import type { PartitionKey } from './domain/position.js';
import { TidemarkError } from './errors.js';
import { topics } from './fixtures.test-support.js';
import { type TopicMap, topicsToOpen } from './log/topics.js';
import type { AcceptableKind, AcceptingLog, PartitionTrouble, Troubles } from './log/trouble.js';

export class TroubledLog extends MemoryLog implements AcceptingLog {
  readonly found = new Map<PartitionKey, PartitionTrouble>();

  constructor(clock: Clock, map: TopicMap = topics) {
    super({ id: 'log-1', topics: topicsToOpen(map), clock: () => clock.wallMs() });
  }

  override get troubles(): Troubles {
    return this.found;
  }

  async accept(partition: PartitionKey, kind: AcceptableKind): Promise<'now' | 'at_next_start'> {
    if (this.found.get(partition)?.kind !== kind) {
      const advice = 'Look again.';
      throw new TidemarkError({
        code: 'nothing_to_accept',
        message: 'there is no such thing',
        advice,
        retriable: false,
      });
    }
    if (kind !== 'gap') return 'at_next_start';
    this.found.delete(partition);
    return 'now';
  }
}
