/**
 * What a service retrieves by, as the setting EMBEDDER names it: words alone, or a model with its passages and the record of its
 * vectors. The package that runs models is loaded where one is named, and nothing is created where none is.
 */
import { join } from 'node:path';
import { FileVectorRecord } from '../../connectors/file/vector-record.js';
import type { ModelSettings } from '../../connectors/transformers/settings.js';
import { recordsFolder } from '../config/choices.js';
import { readEmbedderName } from '../config/embedder.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import type { EmbedderIdentity } from '../retrieval/embedder.js';
import { HashingEmbedder } from '../retrieval/hashing-embedder.js';
import { lexicalMethod, methodWith, type RetrievalMethod } from '../retrieval/method.js';

export interface OpenedMethod {
  readonly method: RetrievalMethod;
  /** Ends the model's processes and lets go of the record. */
  close(): Promise<void>;
}

/** That of the configuration. */
export function methodOf(config: Config): Promise<OpenedMethod> {
  return methodNamed(config.EMBEDDER, config);
}

/**
 * `text` as EMBEDDER takes it; how a model is read comes from the configuration. Rejects with `config_invalid` for a text that names
 * nothing, a model that is not there, lacks a file or cannot be fetched, and where no package is installed that runs it. `vectors`: the
 * folder of the record; by default beside the records that answers are proved from.
 */
export async function methodNamed(
  text: string,
  config: Config,
  vectors = join(recordsFolder(config), 'vectors'),
): Promise<OpenedMethod> {
  const name = readEmbedderName(text);
  if (name === undefined) throw unknown();
  if (name.kind === 'lexical') return { method: lexicalMethod, close: async () => undefined };
  if (name.kind === 'hashing') return { method: methodWith(new HashingEmbedder()), close: async () => undefined };
  const { TransformersEmbedder } = await import('../../connectors/transformers/embedder.js');
  const embedder = await TransformersEmbedder.open(modelSettings(name.model, config));
  try {
    const record = await recordOf(vectors, embedder.identity);
    const method = { ...methodWith(embedder), passages: embedder.passages, record };
    return {
      method,
      close: async () => {
        await embedder.close();
        await record.close();
      },
    };
  } catch (error) {
    await embedder.close();
    throw error;
  }
}

export function modelSettings(model: string, config: Config): ModelSettings {
  return {
    model,
    dtype: config.EMBEDDER_DTYPE ?? 'q8',
    pooling: config.EMBEDDER_POOLING ?? 'mean',
    questionPrefix: config.EMBEDDER_QUESTION_PREFIX ?? '',
    passagePrefix: config.EMBEDDER_PASSAGE_PREFIX ?? '',
    cacheFolder: config.EMBEDDER_CACHE ?? './data/models',
  };
}

/** Whoever comes second to the same folder reads what the first one writes. */
async function recordOf(folder: string, embedder: EmbedderIdentity): Promise<FileVectorRecord> {
  const options = { folder, embedder };
  try {
    return await FileVectorRecord.open(options, systemClock.wallMs());
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'log_locked') return FileVectorRecord.look(options);
    throw error;
  }
}

function unknown(): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: 'an embedder is named that there is none of',
    advice: 'Name lexical, hashing or transformers:<folder or hub id>.',
    retriable: false,
  });
}
