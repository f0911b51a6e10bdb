/**
 * Where real material lies that is not part of the repository. Evaluations and tests that use it are skipped, with that reason,
 * where the folder is absent.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Shown by everything that is skipped for want of the folder. */
export const dataFolderMissing = 'the data folder is absent: set TIDEMARK_DATA to it';

/** The folder named by TIDEMARK_DATA, by default `../shared/data` beside the repository; undefined when it does not exist. */
export function dataFolder(): string | undefined {
  // The evaluation is a program of its own, so this is its one reading of the environment; the service has `src/config.ts`.
  const named = process.env.TIDEMARK_DATA;
  const folder = named === undefined || named === '' ? join(repository(), '../shared/data') : resolve(named);
  return existsSync(folder) && statSync(folder).isDirectory() ? folder : undefined;
}

/** The folder of package.json: this file runs both from source and from `dist`, which are at different depths. */
function repository(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above the evaluation');
    folder = parent;
  }
  return folder;
}
