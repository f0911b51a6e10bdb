/** What the tests of adapters share: a folder of files that goes with its test, a stream read to its end. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { canonicalJson, type Digest, digestOf } from '../../../src/domain/canonical.js';
import type { SourceEntry, StreamSource } from '../source.js';

/** A folder with these files, by name. */
export async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-adapter-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

export async function entriesOf(source: StreamSource): Promise<readonly SourceEntry[]> {
  const entries: SourceEntry[] = [];
  for await (const entry of source.entries()) entries.push(entry);
  return entries;
}

/** Of everything a source hands over that is JSON: entries of these adapters are. */
export async function digestOfSource(source: StreamSource): Promise<Digest> {
  const entries = (await entriesOf(source)).map((entry) => canonicalJson(JSON.parse(JSON.stringify(entry))));
  const questions = (await source.questions()).map(({ expect, ...question }) =>
    JSON.stringify([question, { ...expect, relevant: [...(expect.relevant ?? [])] }]),
  );
  return digestOf([...entries, ...questions].join('\n'));
}

export function idsOf(entries: readonly SourceEntry[], kind: string): readonly string[] {
  return entries.flatMap((entry) => ('event' in entry && entry.topicKind === kind ? [entry.event.subject] : []));
}

export function isInOrder(entries: readonly SourceEntry[]): boolean {
  return entries.every(({ at }, index) => index === 0 || at >= (entries[index - 1]?.at ?? 0));
}
