/** The demo's own folder, fresh each time. Only a folder that a demo has made is ever deleted. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemarkError } from '../../errors.js';

/** Says that a demo made the folder, so that the next one may delete it. */
const MARKER = 'made-by-tidemark-demo';

export async function freshDemoFolder(folder: string): Promise<void> {
  if (existsSync(folder) && !existsSync(join(folder, MARKER)) && !(await isEmpty(folder))) throw notOurs(folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MARKER), 'The next `tidemark demo` of this world deletes this folder.\n');
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch {
    // Not a folder at all: certainly not one that a demo has made.
    return false;
  }
}

function notOurs(folder: string): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `${folder} exists and was not made by a demo, so it is left alone`,
    advice: 'Name another folder with --folder, or move this one away.',
    retriable: false,
  });
}

/** Deleting a log under a running server would leave it writing into nowhere. */
export function folderInUse(folder: string, pid: number): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `a demo runs in ${folder} already, as process ${pid}`,
    advice: 'Stop it with Ctrl-C, or name another folder with --folder.',
    retriable: false,
  });
}
