/**
 * `cuts.json`: where the journal forgot what its log had lost, and the smallest epoch that can come there.
 *
 *     { "format": 1, "cuts": { "<topic>:<partition>": { "incarnation": "…", "leaderEpoch": 3, "first": "12" } } }
 *
 * Whatever comes there is of a later epoch than what was there, but it may be long in coming, over any number of starts; until it does,
 * nothing else tells positions in what was lost from those that will be given out again. An entry is of no more use then, and harms nothing.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { EpochStart } from '../../src/domain/epoch-table.js';
import { type PartitionKey, splitPartitionKey } from '../../src/domain/position.js';
import type { TopicDescription } from '../../src/log/port.js';
import { damagedFile } from './damage.js';
import { readText, replaceText } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import { parseJson } from './manifest.js';

const cut = z.strictObject({
  incarnation: z.string().min(1),
  leaderEpoch: z.int().min(0),
  first: z.string().regex(/^(0|[1-9][0-9]{0,18})$/),
});
const schema = z.strictObject({
  format: z.literal(1),
  cuts: z.record(z.templateLiteral([z.string(), ':', z.int().min(0)]), cut),
});

type Cuts = z.infer<typeof schema>['cuts'];

export class CutsFile {
  readonly #files: FileSystemPort;
  readonly #path: string;

  constructor(files: FileSystemPort, folder: string) {
    this.#files = files;
    this.#path = join(folder, 'cuts.json');
  }

  /** Of partitions of these topics, as they are made now. Rejects with `log_damaged` when the file cannot be understood. */
  async of(topics: Iterable<TopicDescription>): Promise<ReadonlyMap<PartitionKey, EpochStart>> {
    const made = new Map([...topics].map(({ name, incarnation }) => [name, incarnation.id]));
    const entries = Object.entries(await this.#read()) as [PartitionKey, Cuts[PartitionKey]][];
    return new Map(
      entries
        .filter(([key, { incarnation }]) => made.get(splitPartitionKey(key).topic) === incarnation)
        .map(([key, { leaderEpoch, first }]) => [key, { leaderEpoch, first: BigInt(first) }]),
    );
  }

  /** To be called before the cut: done half and begun again, the epochs of what is gone already are remembered. Durable when it resolves. */
  async add(key: PartitionKey, incarnation: string, { leaderEpoch, first }: EpochStart): Promise<void> {
    const cuts = await this.#read();
    const before = cuts[key];
    const known = before?.incarnation === incarnation ? before.leaderEpoch : 0;
    const added = { incarnation, leaderEpoch: Math.max(leaderEpoch, known), first: String(first) };
    const text = JSON.stringify({ format: 1, cuts: { ...cuts, [key]: added } }, null, 2);
    await replaceText(this.#files, this.#path, `${text}\n`, 'durable');
  }

  async #read(): Promise<Cuts> {
    const text = await readText(this.#files, this.#path);
    if (text === undefined) return {};
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) throw damagedFile(this.#path, 'it is not as it was written');
    return parsed.data.cuts;
  }
}
