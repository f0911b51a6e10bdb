/** What services are made of is fetched once and kept below one folder. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../settings.js';

/**
 * The folder of this name with what `make` puts into it. It appears whole or not at all: of two that make it at the same time one
 * wins, and a making that was interrupted is made again.
 */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const kept = join(cacheFolder(), name);
  if (existsSync(kept)) return kept;
  const draft = `${kept}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    await make(draft);
    await rename(draft, kept).catch((error) => {
      if (!existsSync(kept)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return kept;
}
