/** The topics that only we write are known to their ends before anything is served; until then the opening says what it waits for. */
import type { PartitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { logClosed } from './damage.js';
import { asRemote } from './journaled-log-compare.js';
import type { CopiedEnds } from './journaled-log-copied.js';
import type { JournaledParts } from './journaled-log-parts.js';
import type { JournaledLogOptions } from './journaled-log-types.js';

type OwnOptions = Pick<JournaledLogOptions, 'ownTopics' | 'onReport' | 'signal'>;

/**
 * Resolves when the own topics have been copied as far as they could be read when this was called; partitions in trouble are not waited
 * for. Rejects when the log cannot be asked how far that is, and with `stopping` once `signal` aborts.
 */
export async function copyOwn(parts: JournaledParts, { ownTopics, onReport, signal }: OwnOptions): Promise<void> {
  const { topics, board, remote, copied, clock } = parts;
  const own = [...topics.values()].filter(({ name }) => ownTopics.includes(name) && !board.isWithoutTopic(name));
  if (own.length === 0) return;
  const marks = await remote.marks(own.map(asRemote));
  const going = [...marks].filter(([key]) => board.stopping(key) === undefined);
  const ended = new AbortController();
  const arrivals = going.map(([key, { readableEnd }]) => copied.reached(key, readableEnd, ended.signal));
  const all = Promise.all(arrivals).then(() => 'copied' as const);
  const stopped = abortOf(signal, ended.signal);
  try {
    for (;;) {
      const late = clock.sleep(limits.waitTellMs, ended.signal).then(() => 'late' as const);
      const news = await Promise.race([all, stopped, late]);
      if (news === 'copied') return;
      if (news === 'stopped') throw logClosed();
      onReport({ kind: 'waiting_for_log', ...lacking(going, copied) });
    }
  } finally {
    ended.abort();
  }
}

function lacking(going: readonly (readonly [PartitionKey, { readonly readableEnd: bigint }])[], copied: CopiedEnds) {
  const left = going.map(([key, { readableEnd }]) => readableEnd - copied.endOf(key)).filter((count) => count > 0n);
  return { partitions: left.length, offsets: left.reduce((sum, count) => sum + count, 0n) };
}

function abortOf(signal: AbortSignal | undefined, ended: AbortSignal): Promise<'stopped'> {
  if (signal?.aborted === true) return Promise.resolve('stopped');
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve('stopped'), { signal: ended }));
}
