/** Looks again and again whether the topics are still the ones that are copied, and whether there are more partitions. */
import { isDeepStrictEqual } from 'node:util';
import type { TopicDescription } from '../../src/log/port.js';
import type { RemoteLog } from '../../src/log/remote-port.js';
import type { Troubles } from '../../src/log/trouble.js';
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
  /** What the last look said of each topic. */
  readonly #said = new Map<string, Troubles>();
  #looking: Promise<void> | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Never rejects: a log that cannot be asked says nothing about its topics. A look that is under way is not begun again. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { remote, topics, onChange } = this.#parts;
    const described = new Map((await remote.describe([...topics.keys()])).map((topic) => [topic.name, topic]));
    const changes = [...topics.values()].map((topic) => {
      const troubles = topicTroubles(topic, described.get(topic.name));
      // Brokers learn of topics one after the other: one that lags says once what was the case before, and is not believed.
      const isConfirmed = isDeepStrictEqual(this.#said.get(topic.name), troubles);
      this.#said.set(topic.name, troubles);
      return isConfirmed && this.#apply(topic, troubles);
    });
    if (changes.includes(true)) onChange();
  }

  #apply(topic: TopicDescription, troubles: Troubles): boolean {
    const { board, copied } = this.#parts;
    let isChanged = false;
    for (const [key, trouble] of troubles) {
      if (!board.set(key, trouble)) continue;
      copied.stop(key);
      isChanged = true;
    }
    for (const key of keysOf(topic).filter((one) => !troubles.has(one))) {
      const isBack = board.clear(key, 'topic_missing') || board.clear(key, 'recreated');
      if (isBack) isChanged = true;
    }
    return isChanged;
  }
}
