/** Looks again and again whether the topics are still the ones that are copied, and whether there are more partitions. */
import type { PartitionKey } from '../../src/domain/position.js';
import type { TopicDescription } from '../../src/log/port.js';
import type { RemoteLog } from '../../src/log/remote-port.js';
import { Turns } from '../../src/log/turns.js';
import type { TroubleBoard } from './journaled-log-board.js';
import { keysOf, topicTroubles } from './journaled-log-compare.js';
import type { CopiedEnds } from './journaled-log-copied.js';

export interface WatchParts {
  readonly remote: RemoteLog;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly board: TroubleBoard;
  readonly copied: CopiedEnds;
  /** Called when other partitions than before can be copied. */
  readonly onChange: () => void;
}

export class TopicWatch {
  readonly #parts: WatchParts;
  readonly #turns = new Turns();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** A log that cannot be asked says nothing about its topics. Never rejects. */
  look(): Promise<void> {
    return this.#turns.take(() => this.#look()).catch(() => undefined);
  }

  async #look(): Promise<void> {
    const { remote, topics, onChange } = this.#parts;
    const described = new Map((await remote.describe([...topics.keys()])).map((topic) => [topic.name, topic]));
    const changes = [...topics.values()].map((topic) => {
      const troubles = topicTroubles(topic, described.get(topic.name));
      return this.#apply(topic, troubles);
    });
    if (changes.includes(true)) onChange();
  }

  #apply(topic: TopicDescription, troubles: ReturnType<typeof topicTroubles>): boolean {
    const { board, copied } = this.#parts;
    let isChanged = false;
    for (const [key, trouble] of troubles) {
      if (!board.set(key, trouble)) continue;
      copied.stop(key);
      isChanged = true;
    }
    const isBack = (key: PartitionKey): boolean => !troubles.has(key) && board.clear(key, 'topic_missing');
    for (const key of keysOf(topic)) if (isBack(key)) isChanged = true;
    return isChanged;
  }
}
