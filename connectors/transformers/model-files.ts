/** The files of a model in a folder: which there must be, and what they say of the window. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../../src/domain/canonical.js';
import { limits } from '../../src/limits.js';
import { commonFiles, modelDigest } from './model-digest.js';
import { type Dtype, graphFiles, modelFault } from './settings.js';

export interface ModelFiles {
  readonly folder: string;
  /** Over the names and contents of all that decides a vector. */
  readonly digest: Digest;
  /** Tokens the model is shown of a text, those it adds itself included. */
  readonly tokensMax: number;
  readonly tokenizer: { readonly model: object; readonly config: object };
}

/** Null is what some exporters write for what they do not know. */
const length = z.number().min(1).nullish();
const configSchema = z.looseObject({ max_position_embeddings: length });
const tokenizerConfigSchema = z.looseObject({ model_max_length: length });

/** Rejects with `config_invalid` that names what is missing or cannot be read. */
export async function readModelFiles(folder: string, dtype: Dtype): Promise<ModelFiles> {
  const graph = graphFiles[dtype];
  for (const name of [...commonFiles, graph]) await assertFile(folder, name, dtype);
  const read = async (name: string) => parse(name, await readFile(join(folder, name), 'utf8'));
  const tokenizerConfig = await read('tokenizer_config.json');
  const { max_position_embeddings: positions } = checked('config.json', configSchema, await read('config.json'));
  const { model_max_length: lengthMax } = checked('tokenizer_config.json', tokenizerConfigSchema, tokenizerConfig);
  const windows = [limits.embedTokensMax, positions ?? Infinity, lengthMax ?? Infinity];
  return {
    folder,
    digest: await modelDigest(folder, dtype),
    tokensMax: Math.floor(Math.min(...windows)),
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

function checked<T>(name: string, schema: z.ZodType<T>, value: object): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const fields = read.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw modelFault(
    `${name} of the model's folder cannot be read: ${fields} is no length`,
    'Put the model there again.',
  );
}
