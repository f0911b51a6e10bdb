/** The ends of a log of others, asked for now, and what they tell of open transactions. */
import { type PartitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import type { TopicDescription } from '../../src/log/port.js';
import type { RemoteLog, RemoteMarks } from '../../src/log/remote-port.js';
import type { TroubleBoard } from './journaled-log-board.js';
import { asRemote, keysOf } from './journaled-log-compare.js';
import type { CopiedEnds } from './journaled-log-copied.js';

export interface AskedParts {
  readonly remote: RemoteLog;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly board: TroubleBoard;
  readonly copied: CopiedEnds;
}

export class AskedEnds {
  readonly #parts: AskedParts;
  readonly #last = new Map<PartitionKey, bigint>();

  constructor(parts: AskedParts) {
    this.#parts = parts;
  }

  /** Of a topic that is another one now, or gone, those told last. Rejects when one of the others cannot be had. */
  async ask(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    const { remote, topics, board, copied } = this.#parts;
    const there = [...topics.values()].filter(({ name }) => !board.isWithoutTopic(name));
    const marks = there.length === 0 ? new Map() : await remote.marks(there.map(asRemote));
    for (const key of there.flatMap(keysOf)) {
      const of = marks.get(key);
      if (of === undefined) throw withoutMarks(key);
      this.#last.set(key, of.end);
      this.#judge(key, of);
    }
    const all = [...topics.values()].flatMap(keysOf);
    return new Map(all.map((key) => [key, this.#last.get(key) ?? copied.endOf(key)]));
  }

  /** A transaction is told when it keeps us: what can be read has been. */
  #judge(key: PartitionKey, { readableEnd, end }: RemoteMarks): void {
    const { board, copied } = this.#parts;
    const isKept = readableEnd < end && copied.endOf(key) >= readableEnd;
    if (isKept && board.stopping(key) === undefined) board.set(key, { kind: 'blocked_at_lso', readableEnd });
    if (!isKept) board.clear(key, 'blocked_at_lso');
  }
}

function withoutMarks(key: PartitionKey): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `The log did not tell the end of ${splitPartitionKey(key).topic}, partition ${splitPartitionKey(key).partition}.`,
    advice: 'Try again; if it persists, look at the leaders of this partition.',
    retriable: true,
    facts: { partition: key },
  });
}
