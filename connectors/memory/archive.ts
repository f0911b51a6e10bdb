/** An archive in memory: for tests, several owners of which share one `ArchiveStore`. */
import { TidemarkError } from '../../src/errors.js';
import { compareSegments } from '../../src/journal/archive-order.js';
import type { ArchivedSegment, JournalArchive, SegmentName } from '../../src/journal/archive-port.js';

/** What a bucket is to archives of the real sort. */
export class ArchiveStore {
  readonly segments = new Map<string, { readonly name: SegmentName; readonly content: Uint8Array }>();
  readonly owners = new Map<string, number>();
}

export class MemoryArchive implements JournalArchive {
  readonly #store: ArchiveStore;

  constructor(store = new ArchiveStore()) {
    this.#store = store;
  }

  async put(name: SegmentName, content: Uint8Array): Promise<'stored' | 'same' | 'taken'> {
    const found = this.#store.segments.get(archiveKey(name));
    if (found !== undefined) return Buffer.compare(found.content, content) === 0 ? 'same' : 'taken';
    this.#store.segments.set(archiveKey(name), { name, content: content.slice() });
    return 'stored';
  }

  async list(logId: string): Promise<readonly ArchivedSegment[]> {
    const listed: ArchivedSegment[] = [];
    for (const { name, content } of this.#store.segments.values()) {
      if (name.logId === logId) listed.push({ ...name, bytes: content.length });
    }
    return listed.sort(compareSegments);
  }

  async get(segment: ArchivedSegment): Promise<Uint8Array> {
    const found = this.#store.segments.get(archiveKey(segment));
    if (found !== undefined && found.content.length >= segment.bytes) return found.content.slice();
    throw new TidemarkError({
      code: 'log_damaged',
      message: `The archive does not hold the segment ${segment.baseOffset} of ${segment.topic}:${segment.partition} as listed.`,
      advice: 'Restore the archive from a backup.',
      retriable: false,
    });
  }

  async claim(logId: string): Promise<number> {
    const epoch = (this.#store.owners.get(logId) ?? 0) + 1;
    this.#store.owners.set(logId, epoch);
    return epoch;
  }

  async newestOwner(logId: string): Promise<number> {
    return this.#store.owners.get(logId) ?? 0;
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

export function archiveKey({ logId, topic, incarnationId, partition, baseOffset, ownerEpoch }: SegmentName): string {
  return JSON.stringify([logId, topic, incarnationId, partition, String(baseOffset), ownerEpoch ?? null]);
}
