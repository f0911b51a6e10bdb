/** The files of a model in a folder: which there must be, and the digest of what they hold. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, digestOfLines } from '../../src/domain/canonical.js';
import { limits } from '../../src/limits.js';
import { type Dtype, graphFiles, modelFault } from './settings.js';

/** What every model has beside its graph. */
export const commonFiles = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;

export interface ModelFiles {
  readonly folder: string;
  /** Over the names and contents of all that decides a vector. */
  readonly digest: Digest;
  /** Tokens the model is shown of a text, those it adds itself included. */
  readonly tokensMax: number;
  readonly tokenizer: { readonly model: object; readonly config: object };
}

const configSchema = z.looseObject({ max_position_embeddings: z.number().optional() });
const tokenizerConfigSchema = z.looseObject({ model_max_length: z.number().optional() });

/** Rejects with `config_invalid` that names what is missing or cannot be read. */
export async function readModelFiles(folder: string, dtype: Dtype): Promise<ModelFiles> {
  const graph = graphFiles[dtype];
  for (const name of [...commonFiles, graph]) await assertFile(folder, name, dtype);
  const read = async (name: string) => parse(name, await readFile(join(folder, name), 'utf8'));
  const config = configSchema.parse(await read('config.json'));
  const tokenizerConfig = await read('tokenizer_config.json');
  const { model_max_length: lengthMax } = tokenizerConfigSchema.parse(tokenizerConfig);
  const windows = [limits.embedTokensMax, config.max_position_embeddings, lengthMax].filter(
    (size) => size !== undefined,
  );
  return {
    folder,
    digest: await digestOf(folder, [...commonFiles, ...(await graphParts(folder, graph))]),
    tokensMax: Math.min(...windows),
    tokenizer: { model: await read('tokenizer.json'), config: tokenizerConfig },
  };
}

async function assertFile(folder: string, name: string, dtype: Dtype): Promise<void> {
  const found = await stat(join(folder, name)).catch(() => undefined);
  if (found?.isFile() === true) return;
  const entries = await readdir(join(folder, 'onnx')).catch(() => []);
  const has = Object.entries(graphFiles).filter(([, file]) => entries.some((entry) => file === `onnx/${entry}`));
  const others = has.length === 0 ? '' : `; it has ${has.map(([other]) => other).join(', ')}`;
  if (name !== graphFiles[dtype]) throw modelFault(`the model's folder lacks ${name}`, whatToPut);
  throw modelFault(
    `the model's folder lacks ${name}, its graph as ${dtype}${others}`,
    `Set EMBEDDER_DTYPE. ${whatToPut}`,
  );
}

const whatToPut =
  'EMBEDDER=transformers:<folder> takes a folder with config.json, tokenizer.json, tokenizer_config.json and a graph in onnx/, as the hub has them.';

function parse(name: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, as what is JSON and no object.
  }
  throw modelFault(`${name} of the model's folder cannot be read: it is no JSON object`, 'Put the model there again.');
}

/** A graph over 2 GB has its weights in files beside it, named after it. */
async function graphParts(folder: string, graph: string): Promise<readonly string[]> {
  const names = (await readdir(join(folder, 'onnx'))).map((name) => `onnx/${name}`);
  return names.filter((name) => name === graph || name.startsWith(`${graph}_data`)).sort();
}

async function digestOf(folder: string, names: readonly string[]): Promise<Digest> {
  const lines: string[] = [];
  for (const name of names) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk);
    lines.push(`${hash.digest('hex')} ${name}`);
  }
  return digestOfLines(lines);
}
