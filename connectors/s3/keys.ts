/**
 * Keys of an archive in a bucket:
 *
 *     <prefix>/<logId>/<topic>/<incarnationId>/<partition>/<base offset, 20 digits>.seg    a segment, its bytes as they were sealed
 *     …/<base offset>-<epoch>.seg    one of another history than an older owner's that begins there
 *     <prefix>/<logId>/~owners/<9999999999 - epoch, 10 digits>-<epoch>                    a claim, without content
 *
 * A bucket lists keys in the order of their bytes, so the newest claim is the first. Ids are percent-encoded but for letters, digits,
 * `-`, `_` and `.`: a topic is never taken for the claims, and no id for two.
 */
import type { ArchivedSegment, SegmentName } from '../../src/journal/archive-port.js';

const OWNERS = '~owners';
const EPOCH_MAX = 9_999_999_999;
const SEGMENT_KEY = /^([^/]+)\/([^/]+)\/(0|[1-9][0-9]{0,9})\/(\d{20})(?:-([1-9][0-9]{0,9}))?\.seg$/;
const OWNER_KEY = /^\d{10}-([1-9][0-9]{0,9})$/;

export class ArchiveKeys {
  readonly #prefix: string;

  /** `prefix` without slashes at its ends; empty: the whole bucket. */
  constructor(prefix: string) {
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  /** What every key of the log begins with. */
  ofLog(logId: string): string {
    return `${this.#prefix}${encoded(logId)}/`;
  }

  segment({ logId, topic, incarnationId, partition, baseOffset, ownerEpoch }: SegmentName): string {
    const owner = ownerEpoch === undefined ? '' : `-${ownerEpoch}`;
    const name = `${String(baseOffset).padStart(20, '0')}${owner}.seg`;
    return `${this.ofLog(logId)}${encoded(topic)}/${encoded(incarnationId)}/${partition}/${name}`;
  }

  /** Undefined for a key that is no segment's. */
  parseSegment(logId: string, key: string, bytes: number): ArchivedSegment | undefined {
    const match = SEGMENT_KEY.exec(key.slice(this.ofLog(logId).length));
    if (match === null) return undefined;
    const [, topic = '', incarnationId = '', partition = '', base = '', owner] = match;
    const ids = [topic, incarnationId].map(decoded);
    const [topicName, incarnation] = ids;
    if (topicName === undefined || incarnation === undefined) return undefined;
    const baseOffset = BigInt(base);
    const of = { logId, topic: topicName, incarnationId: incarnation, partition: Number(partition), baseOffset, bytes };
    return owner === undefined ? of : { ...of, ownerEpoch: Number(owner) };
  }

  owners(logId: string): string {
    return `${this.ofLog(logId)}${OWNERS}/`;
  }

  owner(logId: string, epoch: number): string {
    return `${this.owners(logId)}${String(EPOCH_MAX - epoch).padStart(10, '0')}-${epoch}`;
  }

  /** 0 for a key that is no claim. */
  parseOwner(logId: string, key: string): number {
    return Number(OWNER_KEY.exec(key.slice(this.owners(logId).length))?.[1] ?? 0);
  }
}

function encoded(id: string): string {
  const text = encodeURIComponent(id).replace(
    /[!'()*~]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  // Servers that keep objects as files would take these for folders of their own.
  return /^\.+$/.test(text) ? text.replaceAll('.', '%2E') : text;
}

/** Undefined for text that `encoded` does not make. */
function decoded(text: string): string | undefined {
  try {
    const id = decodeURIComponent(text);
    return encoded(id) === text ? id : undefined;
  } catch {
    return undefined;
  }
}
