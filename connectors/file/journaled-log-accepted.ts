/**
 * `accepted.json`: what an operator has accepted and the next start carries out.
 *
 *     { "format": 1, "accepted": { "<topic>:<partition>": { "kind": "truncated", "from": "12" } } }
 *
 * The trouble is kept as it was seen, so that what happens between the operator's word and the start is not accepted with it.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { PartitionKey } from '../../src/domain/position.js';
import { Turns } from '../../src/log/turns.js';
import { damagedFile } from './damage.js';
import { readText, replaceText } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import { parseJson } from './manifest.js';

const trouble = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('truncated'), from: z.string().regex(/^(0|[1-9][0-9]{0,18})$/) }),
  z.strictObject({ kind: z.literal('recreated'), was: z.string(), is: z.string() }),
  // Without a count, as earlier versions wrote it, it is of no trouble that is there.
  z.strictObject({ kind: z.literal('new_partition'), partitions: z.int().min(0).default(0) }),
]);
const schema = z.strictObject({
  format: z.literal(1),
  accepted: z.record(z.templateLiteral([z.string(), ':', z.int().min(0)]), trouble),
});

export type AcceptedTrouble =
  | { readonly kind: 'truncated'; readonly from: bigint }
  | { readonly kind: 'recreated'; readonly was: string; readonly is: string }
  | { readonly kind: 'new_partition'; readonly partitions: number };

export type Acceptances = ReadonlyMap<PartitionKey, AcceptedTrouble>;

export class AcceptedFile {
  readonly #files: FileSystemPort;
  readonly #path: string;
  readonly #turns = new Turns();

  constructor(files: FileSystemPort, folder: string) {
    this.#files = files;
    this.#path = join(folder, 'accepted.json');
  }

  /** Rejects with `log_damaged` when the file is there and cannot be understood. */
  async read(): Promise<Acceptances> {
    const text = await readText(this.#files, this.#path);
    if (text === undefined) return new Map();
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) throw damagedFile(this.#path, 'it is not as it was written; without it, nothing was accepted');
    const entries = Object.entries(parsed.data.accepted) as [PartitionKey, z.infer<typeof trouble>][];
    return new Map(entries.map(([key, of]) => [key, of.kind === 'truncated' ? { ...of, from: BigInt(of.from) } : of]));
  }

  /** Durable when it resolves. */
  add(partition: PartitionKey, of: AcceptedTrouble): Promise<void> {
    return this.#turns.take(async () => {
      const accepted = new Map(await this.read()).set(partition, of);
      const entries = [...accepted].map(([key, one]) => {
        return [key, one.kind === 'truncated' ? { ...one, from: String(one.from) } : one] as const;
      });
      const text = JSON.stringify({ format: 1, accepted: Object.fromEntries(entries) }, null, 2);
      await replaceText(this.#files, this.#path, `${text}\n`, 'durable');
    });
  }

  remove(): Promise<void> {
    return this.#turns.take(() => this.#files.remove(this.#path));
  }
}
