/** What a log of others with a journal is made of, put together and set going. */

import type { Clock } from '../../src/domain/clock.js';
import type { PositionVector } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import type { TopicDescription } from '../../src/log/port.js';
import type { RemoteLog } from '../../src/log/remote-port.js';
import type { FileJournal } from './journal.js';
import type { AcceptedFile } from './journaled-log-accepted.js';
import { TroubleBoard } from './journaled-log-board.js';
import { CopiedEnds } from './journaled-log-copied.js';
import { CopiedCounts } from './journaled-log-counts.js';
import { DiskFailure } from './journaled-log-disk.js';
import { AskedEnds } from './journaled-log-ends.js';
import { JournalEpochs } from './journaled-log-epochs.js';
import { Mirror } from './journaled-log-mirror.js';
import type { OpenedJournaledLog } from './journaled-log-open.js';
import { type JournalOutlet, lettingGo } from './journaled-log-outlet.js';
import type { JournaledLogOptions } from './journaled-log-types.js';
import { TopicWatch } from './journaled-log-watch.js';

export interface JournaledParts {
  readonly remote: RemoteLog;
  readonly journal: FileJournal;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  /** Names of those that only we write. */
  readonly ownTopics: readonly string[];
  readonly clock: Clock;
  readonly board: TroubleBoard;
  readonly copied: CopiedEnds;
  readonly counts: CopiedCounts;
  readonly epochs: JournalEpochs;
  readonly accepted: AcceptedFile;
  readonly ends: AskedEnds;
  readonly mirror: Mirror;
  readonly watch: TopicWatch;
  /** Of what may expire, what the journal may let go. */
  readonly lettingGo: (upTo: PositionVector) => PositionVector;
  /** Rejects with what the disk did when the journal will take nothing more. */
  readonly failed: Promise<never>;
  /** Ends all of it, the journal and the connection too. Call it once. */
  stop(): Promise<void>;
}

export function startParts(options: JournaledLogOptions, opened: OpenedJournaledLog): JournaledParts {
  const { remote, clock, onReport, outlet } = options;
  const { journal, topics, accepted } = opened;
  const board = new TroubleBoard((kind, partition, trouble) => onReport({ kind, partition, trouble }));
  const copied = new CopiedEnds(journal.ends());
  const counts = new CopiedCounts(journal, [...journal.ends().keys()]);
  for (const [key, trouble] of opened.troubles) board.set(key, trouble);
  const shared = { remote, journal, topics, clock, board, copied, counts, onReport };
  const mirror = new Mirror({ ...shared, remoteStarts: opened.remoteStarts, onCopied: counted(options.onProgress) });
  const watch = new TopicWatch({ ...shared, onChange: () => mirror.restart() });
  const stopping = new AbortController();
  const disk = new DiskFailure(onReport);
  const rounds = [
    every(clock, limits.topicLookMs, stopping.signal, () => watch.look()),
    every(
      clock,
      limits.journalSyncMs,
      stopping.signal,
      disk.watched(() => journal.sync()),
    ),
    ...(outlet === undefined
      ? []
      : [
          every(
            clock,
            limits.journalSealLookMs,
            stopping.signal,
            disk.watched(() => journal.sealAged()),
          ),
        ]),
  ];
  outlet?.begin(journal.sealed());
  return {
    ...shared,
    ownTopics: options.ownTopics,
    epochs: new JournalEpochs(journal, opened.cuts),
    accepted,
    ends: new AskedEnds(shared, opened.comparedUnder),
    mirror,
    watch,
    failed: disk.failed,
    lettingGo: (upTo) => (outlet === undefined ? upTo : lettingGo(upTo, outlet)),
    async stop() {
      stopping.abort();
      await mirror.stop();
      await remote.close();
      await Promise.all(rounds);
      if (outlet !== undefined) await emptied(journal, outlet);
      await journal.close();
    },
  };
}

/** So that another machine finds as much as possible. What cannot be sealed now is sealed after the next start. */
async function emptied(journal: FileJournal, outlet: JournalOutlet): Promise<void> {
  await journal.sealAll().catch(() => undefined);
  await outlet.end();
}

function counted(onProgress: ((recordsCopied: number) => void) | undefined): (recordCount: number) => void {
  let recordsCopied = 0;
  return (recordCount) => {
    recordsCopied += recordCount;
    onProgress?.(recordsCopied);
  };
}

/** Until `signal` aborts; a round that has begun is finished. `work` must not reject. */
async function every(clock: Clock, ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(ms, signal);
    if (!signal.aborted) await work();
  }
}
