/**
 * A folder of prompts. Each version is a file of its own, `<name>[.<variant>]@<version>.prompt`, and is never edited: snapshots that
 * were released with it are rendered from it again. `lock.json` names the digest of each, so that an edit is noticed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Digest, digestOf, isDigest } from '../domain/canonical.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { Prompt } from './prompt.js';
import { PromptSet } from './prompt-set.js';
import { readTemplate, TemplateFault } from './template.js';

export const lockName = 'lock.json';
const suffix = '.prompt';

const lockSchema = z.strictObject({
  format: z.literal(1),
  prompts: z.record(
    z.string(),
    z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  ),
});

export interface FolderFault {
  readonly file: string;
  /** Not in the lock yet, and else sound: `lockPrompts` takes it in. */
  readonly kind: 'unlocked' | 'broken';
  readonly detail: string;
}

interface Looked {
  readonly prompts: readonly Prompt[];
  readonly faults: readonly FolderFault[];
}

/** The prompts of the package, beside its package.json: this runs from source and from `dist`, which are at different depths. */
export function packagedPrompts(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'prompts');
}

/** Throws `config_invalid` when a file is not as it was locked, or cannot be used, or the folder cannot be read. */
export async function openPrompts(folder: string = packagedPrompts()): Promise<PromptSet> {
  const { prompts, faults } = await look(folder);
  if (faults.length === 0) return new PromptSet(prompts);
  throw unusable(folder, faults.map(({ file, detail }) => `${file} ${detail}`).join('; '));
}

function unusable(folder: string, detail: string): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `prompts cannot be used: ${detail}`,
    advice: `Correct them in ${folder}; without PROMPTS those of the package are used.`,
    retriable: false,
  });
}

/** Empty when each file is as it was locked. Throws as `openPrompts` does where the folder or its lock cannot be read. */
export async function promptFaults(folder: string): Promise<readonly FolderFault[]> {
  return (await look(folder)).faults;
}

/**
 * Takes new files into the lock; what is locked already stays as it is. Returns what is wrong beyond that. Throws `config_invalid`
 * where the folder or its lock cannot be read or written.
 */
export async function lockPrompts(folder: string): Promise<readonly FolderFault[]> {
  const faults = await promptFaults(folder);
  const locked = lockOf(folder);
  const added = faults.filter(({ kind }) => kind === 'unlocked').map(({ file }) => [file, digestIn(folder, file)]);
  const all: readonly (readonly (string | undefined)[])[] = [...Object.entries(locked), ...added];
  const prompts = Object.fromEntries(all.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)));
  if (added.length > 0) {
    const text = `${JSON.stringify({ format: 1, prompts }, null, 2)}\n`;
    orUnusable(folder, `${lockName} cannot be written`, () => writeFileSync(join(folder, lockName), text));
  }
  return faults.filter(({ kind }) => kind === 'broken');
}

async function look(folder: string): Promise<Looked> {
  const locked = lockOf(folder);
  const names = orUnusable(folder, 'the folder cannot be read', () => readdirSync(folder));
  const files = names.filter((name) => name.endsWith(suffix));
  if (files.length === 0) throw unusable(folder, `there is no file that ends in ${suffix}`);
  const prompts: Prompt[] = [];
  const faults: FolderFault[] = [];
  for (const file of [...new Set([...Object.keys(locked), ...files])].sort()) {
    const found = files.includes(file) ? await readPrompt(folder, file, locked[file]) : missing(file);
    if ('kind' in found) faults.push(found);
    else prompts.push(found);
  }
  return { prompts, faults };
}

function lockOf(folder: string): Readonly<Record<string, Digest>> {
  const path = join(folder, lockName);
  if (!existsSync(path)) return {};
  return orUnusable(
    folder,
    `${lockName} is no lock file`,
    () => lockSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).prompts,
  );
}

/** Whatever the disk or a parser throws is told in one line. */
function orUnusable<T>(folder: string, detail: string, work: () => T): T {
  try {
    return work();
  } catch {
    throw unusable(folder, detail);
  }
}

function digestIn(folder: string, file: string): Digest {
  return digestOf(readFileSync(join(folder, file)));
}

function missing(file: string): FolderFault {
  return broken(
    file,
    `is gone: snapshots that it was released with can no longer be replayed. Take it out of ${lockName} if so meant`,
  );
}

function broken(file: string, detail: string): FolderFault {
  return { file, kind: 'broken', detail };
}

async function readPrompt(folder: string, file: string, locked: Digest | undefined): Promise<Prompt | FolderFault> {
  const bytes = readFileSync(join(folder, file));
  const hash = digestOf(bytes);
  if (locked !== undefined && locked !== hash) {
    return broken(file, 'has been edited: put its bytes back, and put the edit into a file with the next version');
  }
  if (bytes.length > limits.promptBytesMax) return broken(file, `is longer than ${limits.promptBytesMax} bytes`);
  try {
    const { version, ...template } = await readTemplate(bytes.toString('utf8'));
    const named = [template.name, ...(template.variant === null ? [] : [template.variant])].join('.');
    if (file !== `${named}@${version}${suffix}`) return broken(file, `says that it is ${named}@${version}`);
    if (locked === undefined)
      return { file, kind: 'unlocked', detail: 'is not locked: `tidemark config lock-prompts` takes it in' };
    return { ...template, version: String(version), hash };
  } catch (error) {
    if (error instanceof TemplateFault) return broken(file, error.message);
    throw error;
  }
}
