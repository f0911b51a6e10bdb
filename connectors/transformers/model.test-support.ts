/** Real models for tests: folders of the data that is no part of the repository. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TransformersEmbedder, type TransformersOptions } from './embedder.js';
import type { ModelSettings } from './settings.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const data = resolve(process.env.TIDEMARK_DATA ?? join(repository, '../shared/data'));

export const miniLm = join(data, 'models/all-MiniLM-L6-v2');
/** Static vectors of words, 0.4 MB: for everything that takes a model and no understanding. */
export const tinyModel = join(data, 'models/m2v-bge-vocabquant-64d');

/** Why a model cannot be tested with; undefined when it can. */
export function lacking(folder: string): string | undefined {
  if (!existsSync(join(folder, 'config.json'))) return 'the data folder is absent: set TIDEMARK_DATA to it';
  const built = existsSync(join(repository, 'dist/connectors/transformers/model-child.js'));
  return built ? undefined : 'the process of the model is not built: npm run build';
}

export function settingsOf(model: string, more: Partial<ModelSettings> = {}): ModelSettings {
  const prefixes = { questionPrefix: '', passagePrefix: '' };
  return { model, dtype: 'q8', pooling: 'mean', ...prefixes, cacheFolder: join(repository, 'data/models'), ...more };
}

const opened: TransformersEmbedder[] = [];

/** Closed after the test. */
export async function openModel(
  model: string,
  more: Partial<ModelSettings> = {},
  options: TransformersOptions = {},
): Promise<TransformersEmbedder> {
  const embedder = await TransformersEmbedder.open(settingsOf(model, more), options);
  opened.push(embedder);
  return embedder;
}

export async function closeModels(): Promise<void> {
  await Promise.all(opened.splice(0).map((embedder) => embedder.close()));
}
