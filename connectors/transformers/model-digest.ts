/** The digest of a model's files. It is made of what a service opens and again of what each process has loaded, so it loads nothing else. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOfLines } from '../../src/domain/canonical.js';
import { type Dtype, graphFiles } from './settings.js';

/** What every model has beside its graph. */
export const commonFiles = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;

/** Over the names and contents of all that decides a vector. Rejects with the system's error for a file that is not there. */
export async function modelDigest(folder: string, dtype: Dtype): Promise<Digest> {
  const lines: string[] = [];
  for (const name of [...commonFiles, ...(await graphParts(folder, graphFiles[dtype]))]) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk);
    lines.push(`${hash.digest('hex')} ${name}`);
  }
  return digestOfLines(lines);
}

/** A graph over 2 GB has its weights in files beside it, named after it. */
async function graphParts(folder: string, graph: string): Promise<readonly string[]> {
  const names = (await readdir(join(folder, 'onnx'))).map((name) => `onnx/${name}`);
  return names.filter((name) => name === graph || name.startsWith(`${graph}_data`)).sort();
}
