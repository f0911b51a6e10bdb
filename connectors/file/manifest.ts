/**
 * `log.json`: what the folder holds.
 *
 *     { "format": 1, "id": "<log id>", "topics": [ { "name": "…", "incarnation": { "id": "…", "ordinal": 1 }, "partitions": 4 } ] }
 */
import { join } from 'node:path';
import { z } from 'zod';
import { damagedFile } from './damage.js';
import { readText, replaceText } from './file-steps.js';
import type { FileSystemPort } from './files.js';

const manifestSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().min(1),
  topics: z.array(
    z.strictObject({
      name: z.string(),
      incarnation: z.strictObject({ id: z.string().min(1), ordinal: z.int().min(1) }),
      partitions: z.int().min(1),
    }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;

export function manifestPath(folder: string): string {
  return join(folder, 'log.json');
}

/** Undefined when the folder holds no log yet. Rejects with `log_damaged` when the file is there and cannot be understood. */
export async function readManifest(files: FileSystemPort, folder: string): Promise<Manifest | undefined> {
  const path = manifestPath(folder);
  const text = await readText(files, path);
  if (text === undefined) return undefined;
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw damagedFile(path, z.prettifyError(parsed.error).replaceAll('\n', ' '));
}

export function writeManifest(files: FileSystemPort, folder: string, manifest: Manifest): Promise<void> {
  return replaceText(files, manifestPath(folder), `${JSON.stringify(manifest, null, 2)}\n`, 'durable');
}

/** Undefined, which no schema of ours accepts, for text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
