/**
 * `epochs.json`: the leader epochs of the folder's log, and whether it was closed in order.
 *
 *     { "format": 1, "epochs": { "<topic>:<partition>": [[<epoch>, "<first offset>"], …] },
 *       "ends": { "<topic>:<partition>": "<next offset>" } | null, "checksum": <CRC-32 of both, as JSON> }
 *
 * The ends are written when the log is closed and taken back before anything else is appended. Found again as they were written,
 * nothing was lost in between, and the log goes on under its epoch: positions stay as they are over common restarts. In every other
 * case (a killed process, a disk that lost its newest pages, a file put back) what was acknowledged may be gone, so a new epoch begins
 * in every partition before anything is appended. Raising it at every start would be as safe and make positions noisier.
 *
 * The file is written at starts and ends alone. A folder without it, of a version that wrote none, gets it from its records.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { EpochTable } from '../../src/domain/epoch-table.js';
import type { LeaderEpochs } from '../../src/domain/epochs.js';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { damagedFile } from './damage.js';
import { readText, replaceText } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import { parseJson } from './manifest.js';
import type { Partition } from './partition.js';
import { readOffsets } from './random-read.js';

const offset = z.string().regex(/^(0|[1-9][0-9]{0,18})$/);
const schema = z.strictObject({
  format: z.literal(1),
  epochs: z.record(z.string(), z.array(z.tuple([z.int().min(0), offset])).min(1)),
  ends: z.record(z.string(), offset).nullable(),
  checksum: z.number(),
});

type Content = Pick<z.infer<typeof schema>, 'epochs' | 'ends'>;

export class FolderEpochs implements LeaderEpochs {
  /** Of everything that is appended until the log is closed. */
  readonly newest: number;
  readonly #files: FileSystemPort;
  readonly #path: string;
  readonly #tables: ReadonlyMap<PartitionKey, EpochTable>;

  private constructor(files: FileSystemPort, path: string, tables: ReadonlyMap<PartitionKey, EpochTable>) {
    this.#files = files;
    this.#path = path;
    this.#tables = tables;
    this.newest = newestOf(tables);
  }

  /**
   * Decides under which epoch the partitions are written, and makes that durable. Rejects with `log_damaged` when the file is there and
   * cannot be understood.
   */
  static async open(files: FileSystemPort, folder: string, partitions: readonly Partition[]): Promise<FolderEpochs> {
    const path = join(folder, 'epochs.json');
    const found = await readContent(files, path);
    const tables = await tablesOf(found, partitions);
    const ends = endsOf(partitions);
    const isNew = found === undefined && partitions.every(({ end }) => end === 0n);
    const isAsClosed = found !== undefined && found.ends !== null && isAsWritten(found.ends, ends);
    const newest = isNew || isAsClosed ? newestOf(tables) : newestOf(tables) + 1;
    const begun = [...ends].map(([key, end]): [PartitionKey, EpochTable] => {
      const table = tables.get(key) ?? new EpochTable([]);
      return [key, table.starts.length > 0 && table.newest === newest ? table : table.begin(newest, end)];
    });
    const epochs = new FolderEpochs(files, path, new Map(begun));
    await epochs.#write(null);
    return epochs;
  }

  epochOf(partition: PartitionKey, at: bigint): number {
    return this.#tables.get(partition)?.epochOf(at) ?? 0;
  }

  endOf(partition: PartitionKey, leaderEpoch: number): bigint | undefined {
    return this.#tables.get(partition)?.endOf(leaderEpoch);
  }

  /** Everything through these ends is durable, and nothing is appended any more. */
  async closed(ends: ReadonlyMap<PartitionKey, bigint>): Promise<void> {
    // Without the mark the next start begins a new epoch, which harms nothing.
    await this.#write(ends).catch(() => undefined);
  }

  #write(ends: ReadonlyMap<PartitionKey, bigint> | null): Promise<void> {
    const content: Content = {
      epochs: Object.fromEntries([...this.#tables].map(([key, table]) => [key, pairsOf(table)])),
      ends: ends && Object.fromEntries([...ends].map(([key, end]) => [key, String(end)])),
    };
    const text = JSON.stringify({ format: 1, ...content, checksum: checksumOf(content) });
    return replaceText(this.#files, this.#path, `${text}\n`, 'durable');
  }
}

async function readContent(files: FileSystemPort, path: string): Promise<Content | undefined> {
  const text = await readText(files, path);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(text));
  const isWhole = parsed.success && parsed.data.checksum === checksumOf(parsed.data);
  if (!isWhole) throw damagedFile(path, 'it is not as it was written; without it, it is made again from the records');
  return parsed.data;
}

function checksumOf({ epochs, ends }: Content): number {
  return crc32(JSON.stringify([epochs, ends]));
}

function pairsOf({ starts }: EpochTable): [number, string][] {
  return starts.map(({ leaderEpoch, first }) => [leaderEpoch, String(first)]);
}

/** Of the partitions that have one: a topic that was just added has none. */
async function tablesOf(
  found: Content | undefined,
  partitions: readonly Partition[],
): Promise<ReadonlyMap<PartitionKey, EpochTable>> {
  const tables = new Map<PartitionKey, EpochTable>();
  for (const partition of partitions) {
    const pairs = found?.epochs[keyOf(partition)];
    const starts = pairs?.map(([leaderEpoch, first]) => ({ leaderEpoch, first: BigInt(first) }));
    if (starts !== undefined) tables.set(keyOf(partition), new EpochTable(starts));
    else if (found === undefined) tables.set(keyOf(partition), await tableFromRecords(partition));
  }
  return tables;
}

/** Epochs never fall along a partition, so each one's first record is found by halving. */
async function tableFromRecords(partition: Partition): Promise<EpochTable> {
  const { start, end } = partition;
  if (end === start || (await epochAt(partition, end - 1n)) === 0)
    return new EpochTable([{ leaderEpoch: 0, first: 0n }]);
  const starts: { leaderEpoch: number; first: bigint }[] = [];
  for (let first = start; first < end; ) {
    const leaderEpoch = await epochAt(partition, first);
    starts.push({ leaderEpoch, first });
    let high = end;
    for (let low = first; high - low > 1n; ) {
      const middle = (low + high) / 2n;
      if ((await epochAt(partition, middle)) > leaderEpoch) high = middle;
      else low = middle;
    }
    first = high;
  }
  return new EpochTable(starts);
}

async function epochAt(partition: Partition, at: bigint): Promise<number> {
  const [reading] = await readOffsets(partition, [at]);
  return reading?.kind === 'found' ? reading.record.position.leaderEpoch : 0;
}

function newestOf(tables: ReadonlyMap<PartitionKey, EpochTable>): number {
  return Math.max(0, ...[...tables.values()].map(({ newest }) => newest));
}

function keyOf({ identity }: Partition): PartitionKey {
  return partitionKey(identity.topic, identity.partition);
}

function endsOf(partitions: readonly Partition[]): ReadonlyMap<PartitionKey, bigint> {
  return new Map(partitions.map((partition) => [keyOf(partition), partition.end]));
}

/** A topic that was added since has no record. */
function isAsWritten(written: Readonly<Record<string, string>>, ends: ReadonlyMap<PartitionKey, bigint>): boolean {
  return [...ends].every(([key, end]) => (written[key] ?? '0') === String(end));
}
