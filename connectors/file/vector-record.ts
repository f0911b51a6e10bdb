/**
 * The record of vectors in a folder: one file of each model, which only grows. One process writes, under the lock of that model's
 * folder; any number of others read beside it and look at its end when they miss something. In memory is only where each vector lies.
 * Questions have a share of it: there is no end of them, and without room for new passages no index could be rebuilt from it.
 */
import { join } from 'node:path';
import { digestOf } from '../../src/domain/canonical.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { type EmbedderIdentity, type EmbeddingRole, identityText } from '../../src/retrieval/embedder.js';
import {
  assertDimensions,
  assertRecordOf,
  type RecordedVector,
  type VectorKey,
  type VectorRecord,
} from '../../src/retrieval/vector-record.js';
import { readRange, replaceBytes, writeFully } from './file-steps.js';
import { type FileSystemPort, nodeFiles, type OpenFile, systemCode } from './files.js';
import { FolderLock } from './lock.js';
import {
  decodeVector,
  encodeVector,
  frameBytesOf,
  headerBytesMax,
  headerOf,
  nameAt,
  nameOf,
  readHeader,
  roleOf,
} from './vector-frames.js';

export interface VectorRecordOptions {
  /** The folder of all models; made when the first vector is written to it. */
  readonly folder: string;
  readonly embedder: EmbedderIdentity;
  /** Tests put faults here. */
  readonly files?: FileSystemPort;
  readonly entriesMax?: number;
  readonly questionsMax?: number;
  /** Hears what an operator has to know. */
  readonly tell?: (report: VectorRecordReport) => void;
}

export type VectorRecordReport =
  /** Once of each: no more vectors of that role are kept. */
  | { readonly kind: 'full'; readonly role: EmbeddingRole; readonly entries: number; readonly path: string }
  /** Another process writes; vectors made here are not kept. */
  | { readonly kind: 'looks_on'; readonly why: TidemarkError }
  /** It no longer does. */
  | { readonly kind: 'writes' };

/** Read at once when it is looked where vectors lie. */
const SCAN_BYTES = 1_048_576;

interface Opened {
  readonly file: OpenFile;
  readonly headerBytes: number;
  /** What was read from before the lock was had: a read of it may be under way. */
  readonly former?: OpenFile;
}

/** Of an onlooker that writes as soon as nobody else does. */
interface Joining {
  readonly nowMs: () => number;
  dueMs: number;
}

export class FileVectorRecord implements VectorRecord {
  readonly embedder: EmbedderIdentity;
  readonly #options: VectorRecordOptions;
  /** Null: an onlooker. */
  #lock: FolderLock | null;
  /** Null: it stays what it is. */
  #joining: Joining | null = null;
  /** Number of the frame. */
  readonly #frames = new Map<string, number>();
  #opened: Opened | null = null;
  /** Frames that are known to lie in the file, and how many of each role; of what is full it was told. */
  #counts = { frames: 0, question: 0, passage: 0, told: new Set<EmbeddingRole>() };
  /** Reads and writes that move the two above, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: VectorRecordOptions, lock: FolderLock | null) {
    this.embedder = options.embedder;
    this.#options = options;
    this.#lock = lock;
  }

  /** The one that writes. Rejects with `log_locked` while another process does, `log_damaged` when the file's header is. */
  static async open(options: VectorRecordOptions, nowMs: number): Promise<FileVectorRecord> {
    const { files = nodeFiles } = options;
    const folder = folderOf(options);
    await files.makeFolder(folder);
    const lock = await FolderLock.take(files, folder, nowMs);
    const record = new FileVectorRecord(options, lock);
    try {
      await record.#openOwn();
      return record;
    } catch (error) {
      await record.close();
      throw error;
    }
  }

  /** One that keeps nothing and finds what the writer has written, also later. */
  static async look(options: VectorRecordOptions): Promise<FileVectorRecord> {
    const record = new FileVectorRecord(options, null);
    await record.#inTurn(() => record.#lookAtEnd());
    return record;
  }

  /** The one that writes, or, while another process does, one that looks on and takes over from it when it has something to write. */
  static async join(options: VectorRecordOptions, nowMs: () => number): Promise<FileVectorRecord> {
    try {
      return await FileVectorRecord.open(options, nowMs());
    } catch (error) {
      if (!isLocked(error)) throw error;
      const record = await FileVectorRecord.look(options);
      record.#joining = { nowMs, dueMs: nowMs() + limits.vectorLockRetryMs };
      options.tell?.({ kind: 'looks_on', why: error });
      return record;
    }
  }

  get held(): Readonly<Record<EmbeddingRole, number>> {
    const { question, passage } = this.#counts;
    return { question, passage };
  }

  /** Vectors that can be found. */
  get size(): number {
    return this.#frames.size;
  }

  async read(keys: readonly VectorKey[]): Promise<readonly (Float32Array | undefined)[]> {
    const misses = keys.some((key) => !this.#frames.has(nameOf(key)));
    if (misses && this.#lock === null) await this.#inTurn(() => this.#lookAtEnd());
    return Promise.all(keys.map((key) => this.#readOne(key)));
  }

  async write(entries: readonly RecordedVector[]): Promise<void> {
    assertDimensions(this.embedder, entries);
    if (this.#lock === null && this.#joining === null) return;
    await this.#inTurn(async () => {
      if (this.#lock === null) await this.#takeOver();
      if (this.#lock !== null) await this.#append(entries);
    });
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    const opened = this.#opened;
    this.#opened = null;
    this.#frames.clear();
    if (this.#lock !== null) await opened?.file.dataSync().catch(() => undefined);
    await opened?.file.close();
    await opened?.former?.close();
    await this.#lock?.release();
  }

  async #readOne(key: VectorKey): Promise<Float32Array | undefined> {
    const name = nameOf(key);
    const number = this.#frames.get(name);
    if (number === undefined || this.#opened === null) return undefined;
    const { file, headerBytes } = this.#opened;
    const bytes = frameBytesOf(this.embedder);
    const vector = decodeVector(await readRange(file, headerBytes + number * bytes, bytes), key, this.embedder);
    // Forgotten, so that it can be written again.
    if (vector === undefined && this.#frames.get(name) === number) this.#frames.delete(name);
    return vector;
  }

  async #takeOver(): Promise<void> {
    const { files = nodeFiles, tell } = this.#options;
    const joining = this.#joining;
    if (joining === null || joining.nowMs() < joining.dueMs) return;
    joining.dueMs = joining.nowMs() + limits.vectorLockRetryMs;
    const lock = await FolderLock.take(files, folderOf(this.#options), joining.nowMs()).catch((error: unknown) => {
      if (!isLocked(error)) throw error;
    });
    if (lock === undefined) return;
    const former = this.#opened?.file;
    // The file may be another one by now.
    this.#frames.clear();
    this.#counts = { frames: 0, question: 0, passage: 0, told: new Set() };
    this.#lock = lock;
    try {
      await this.#openOwn(former);
    } catch (error) {
      this.#lock = null;
      await lock.release();
      throw error;
    }
    tell?.({ kind: 'writes' });
  }

  async #openOwn(former?: OpenFile): Promise<void> {
    const { files = nodeFiles } = this.#options;
    const path = pathOf(this.#options);
    try {
      await this.#openFile('extend');
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      await replaceBytes(files, path, headerOf(this.embedder), 'durable');
      await this.#openFile('extend');
    }
    if (this.#opened === null) return;
    const { file, headerBytes } = this.#opened;
    if (former !== undefined) this.#opened = { file, headerBytes, former };
    await this.#lookAtEnd();
    // What a crash left of the last write would shift every frame behind it.
    await file.truncate(headerBytes + this.#counts.frames * frameBytesOf(this.embedder));
  }

  async #openFile(mode: 'extend' | 'read'): Promise<void> {
    const { files = nodeFiles } = this.#options;
    const path = pathOf(this.#options);
    const file = await files.open(path, mode);
    try {
      const header = readHeader(await readRange(file, 0, headerBytesMax));
      if (header.kind !== 'read') throw unreadable(path, header.kind);
      assertRecordOf(this.embedder, header.identity);
      this.#opened = { file, headerBytes: header.bytes };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Takes in the whole frames behind those that are known. */
  async #lookAtEnd(): Promise<void> {
    if (this.#opened === null && this.#lock === null) {
      await this.#openFile('read').catch((error: unknown) => {
        if (systemCode(error) !== 'ENOENT') throw error;
      });
    }
    if (this.#opened === null) return;
    const { file, headerBytes } = this.#opened;
    const bytes = frameBytesOf(this.embedder);
    const count = Math.floor(((await file.size()) - headerBytes) / bytes);
    const atOnce = Math.max(1, Math.floor(SCAN_BYTES / bytes));
    while (this.#counts.frames < Math.min(count, this.#entriesMax)) {
      const { frames: known } = this.#counts;
      const frames = Math.min(atOnce, count - known, this.#entriesMax - known);
      const chunk = await readRange(file, headerBytes + known * bytes, frames * bytes);
      const whole = Math.floor(chunk.length / bytes);
      if (whole === 0) return;
      for (let i = 0; i < whole; i++) this.#found(nameAt(chunk, i * bytes));
    }
  }

  async #append(entries: readonly RecordedVector[]): Promise<void> {
    if (this.#opened === null) return;
    const fresh = new Map(
      entries.map((entry) => [nameOf(entry), entry] as const).filter(([name]) => !this.#frames.has(name)),
    );
    const kept = this.#fitting([...fresh]);
    const bytes = frameBytesOf(this.embedder);
    const frames = Buffer.alloc(kept.length * bytes);
    for (const [index, [, entry]] of kept.entries()) encodeVector(frames, index * bytes, entry);
    const { file, headerBytes } = this.#opened;
    try {
      await writeFully(file, frames, headerBytes + this.#counts.frames * bytes);
    } catch (cause) {
      throw unwritable(cause);
    }
    for (const [name] of kept) this.#found(name);
  }

  /** In the next frame. */
  #found(name: string): void {
    this.#frames.set(name, this.#counts.frames);
    this.#counts.frames++;
    this.#counts[roleOf(name)]++;
  }

  #fitting(entries: readonly (readonly [string, RecordedVector])[]): readonly (readonly [string, RecordedVector])[] {
    const { questionsMax = limits.vectorsOfQuestionsMax } = this.#options;
    const room = { all: this.#entriesMax - this.#counts.frames, question: questionsMax - this.#counts.question };
    return entries.filter(([, { role }]) => {
      if (room.all <= 0 || (role === 'question' && room.question <= 0)) return this.#tellFull(role);
      room.all--;
      if (role === 'question') room.question--;
      return true;
    });
  }

  #tellFull(role: EmbeddingRole): false {
    const { told } = this.#counts;
    const path = pathOf(this.#options);
    if (!told.has(role)) this.#options.tell?.({ kind: 'full', role, entries: this.#counts[role], path });
    told.add(role);
    return false;
  }

  get #entriesMax(): number {
    return this.#options.entriesMax ?? limits.vectorsRecordedMax;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.catch(() => undefined).then(act);
    this.#last = turn;
    return turn;
  }
}

/** Of one model: what it is called, for people, and a digest of all that names it. */
export function folderOf({ folder, embedder }: Pick<VectorRecordOptions, 'folder' | 'embedder'>): string {
  const name = embedder.id.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(-64);
  return join(folder, `${name}-${digestOf(identityText(embedder)).slice('sha256-'.length, 'sha256-'.length + 16)}`);
}

function pathOf(options: VectorRecordOptions): string {
  return join(folderOf(options), 'vectors');
}

function isLocked(error: unknown): error is TidemarkError {
  return error instanceof TidemarkError && error.code === 'log_locked';
}

function unreadable(path: string, kind: 'damaged' | 'unsupported'): TidemarkError {
  return new TidemarkError({
    code: 'log_damaged',
    message:
      kind === 'damaged' ? 'the record of vectors cannot be read' : 'the record of vectors is of a newer version',
    advice: `Put ${path} back from a backup, or move it away: the model then makes its vectors again.`,
    retriable: false,
    facts: { path },
  });
}

function unwritable(cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'vectors could not be recorded',
    advice: 'Check the disk; until it takes them, they are made again after a restart.',
    retriable: true,
    cause,
  });
}
