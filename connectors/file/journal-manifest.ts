/**
 * `journal.json`: of which log the folder keeps a copy, and what of it.
 *
 *     { "format": 1, "id": "<log id>", "copyId": "<random>", "ownerEpoch": 3,
 *       "topics": [ { "name": "…", "incarnation": { "id": "…", "ordinal": 1 }, "partitions": 4 } ],
 *       "retired": [ { "name": "…", "incarnation": { … }, "partitions": 4, "isMoved": true } ] }
 *
 * A journal that was lost and begun again is another copy of the same log. Partitions are in `topics/<name>/<partition>`. A topic that was made again is first retired: its folder becomes
 * `retired/<name>-<ordinal>`, which nothing here reads any more and nothing removes.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { damagedFile, refused } from './damage.js';
import { readText, replaceText } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import { manifestPath, parseJson } from './manifest.js';

const topic = z.strictObject({
  name: z.string(),
  incarnation: z.strictObject({ id: z.string().min(1), ordinal: z.int().min(1) }),
  partitions: z.int().min(1),
});

const schema = z.strictObject({
  format: z.literal(1),
  id: z.string().min(1),
  /** Of this copy, so that what was made of another one is told apart; journals of earlier versions have none before they are opened. */
  copyId: z.string().min(1).optional(),
  /** Of whoever opened the folder last. */
  ownerEpoch: z.int().min(0),
  topics: z.array(topic),
  retired: z.array(topic.extend({ isMoved: z.boolean() })),
});

export type JournalManifest = z.infer<typeof schema>;

export function topicsFolder(folder: string): string {
  return join(folder, 'topics');
}

/**
 * Undefined when the folder holds no journal yet. Rejects with `log_damaged` when the file is there and cannot be understood, with
 * `config_invalid` when the folder is that of an embedded log.
 */
export async function readJournalManifest(files: FileSystemPort, folder: string): Promise<JournalManifest | undefined> {
  if ((await readText(files, manifestPath(folder))) !== undefined) {
    const message = `The folder ${folder} holds an embedded log, not a journal.`;
    throw refused('config_invalid', { message, advice: 'Name another folder for the journal.', facts: { folder } });
  }
  const path = join(folder, 'journal.json');
  const text = await readText(files, path);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw damagedFile(path, z.prettifyError(parsed.error).replaceAll('\n', ' '));
}

export function writeJournalManifest(files: FileSystemPort, folder: string, manifest: JournalManifest): Promise<void> {
  return replaceText(files, join(folder, 'journal.json'), `${JSON.stringify(manifest, null, 2)}\n`, 'durable');
}

/** Moves the folders of retired topics that a crash left in place. */
export async function finishRetiring(
  files: FileSystemPort,
  folder: string,
  manifest: JournalManifest,
): Promise<JournalManifest> {
  if (manifest.retired.every(({ isMoved }) => isMoved)) return manifest;
  const aside = join(folder, 'retired');
  await files.makeFolder(aside);
  for (const { name, incarnation, isMoved } of manifest.retired) {
    if (isMoved || !(await files.list(topicsFolder(folder))).includes(name)) continue;
    await files.rename(join(topicsFolder(folder), name), join(aside, `${name}-${incarnation.ordinal}`));
  }
  for (const changed of [aside, topicsFolder(folder), folder]) await files.syncFolder(changed);
  const finished = { ...manifest, retired: manifest.retired.map((one) => ({ ...one, isMoved: true })) };
  await writeJournalManifest(files, folder, finished);
  return finished;
}
