/**
 * What a service retrieves by, as the setting EMBEDDER names it: words alone, or a model with its passages and the record of its
 * vectors. The package that runs models is loaded where one is named, and nothing is created where none is.
 */
import { join } from 'node:path';
import { FileVectorRecord, type VectorRecordReport } from '../../connectors/file/vector-record.js';
import type { ModelSettings } from '../../connectors/transformers/settings.js';
import type { Notice } from '../cli/composition.js';
import { recordsFolder } from '../config/choices.js';
import { readEmbedderName } from '../config/embedder.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import { HashingEmbedder } from '../retrieval/hashing-embedder.js';
import { lexicalMethod, methodWith, type RetrievalMethod } from '../retrieval/method.js';
import type { ModelReading } from '../retrieval/model-reading.js';

export interface OpenedMethod {
  readonly method: RetrievalMethod;
  /** As its model is read. Absent: it has none. */
  readonly model?: ModelReading;
  /** Ends the model's processes and lets go of the record. */
  close(): Promise<void>;
}

export interface MethodOpening {
  /** The folder of the record. Absent: beside the records that answers are proved from. */
  readonly vectors?: string;
  /** How the model is read; of what it does not say, what the configuration says. */
  readonly model?: Partial<ModelReading> | undefined;
  /** Hears of the record, also later. */
  readonly tell?: (notice: Notice) => void;
  /** Ends the opening, with `stopping`. */
  readonly signal?: AbortSignal | undefined;
}

/** That of the configuration. */
export function methodOf(config: Config, opening: MethodOpening = {}): Promise<OpenedMethod> {
  return methodNamed(config.EMBEDDER, config, opening);
}

/**
 * `text` as EMBEDDER takes it; how a model is read comes from the configuration unless it is given. Rejects with `config_invalid` for a
 * text that names nothing, settings of a model where there is none, a model that is not there, lacks a file or cannot be fetched, and where
 * no package is installed that runs it.
 */
export async function methodNamed(
  text: string,
  config: Config,
  { vectors = join(recordsFolder(config), 'vectors'), tell, signal, model }: MethodOpening = {},
): Promise<OpenedMethod> {
  const name = readEmbedderName(text);
  if (name === undefined) throw unknown();
  if (name.kind !== 'transformers' && model !== undefined && Object.keys(model).length > 0) throw withoutModel(text);
  if (name.kind === 'lexical') return { method: lexicalMethod, close: async () => undefined };
  if (name.kind === 'hashing') return { method: methodWith(new HashingEmbedder()), close: async () => undefined };
  const { TransformersEmbedder } = await import('../../connectors/transformers/embedder.js');
  const embedder = await TransformersEmbedder.open({ ...modelSettings(name.model, config), ...model }, { signal });
  try {
    const record = await FileVectorRecord.join(
      { folder: vectors, embedder: embedder.identity, tell: (report) => tell?.(noticeOfVectors(report)) },
      () => systemClock.wallMs(),
    );
    const method = { ...methodWith(embedder), passages: embedder.passages, record };
    return {
      method,
      model: { ...readingOf(config), ...model },
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
  return { model, ...readingOf(config), cacheFolder: config.EMBEDDER_CACHE ?? './data/models' };
}

function readingOf(config: Config): ModelReading {
  return {
    dtype: config.EMBEDDER_DTYPE ?? 'q8',
    pooling: config.EMBEDDER_POOLING ?? 'mean',
    questionPrefix: config.EMBEDDER_QUESTION_PREFIX ?? '',
    passagePrefix: config.EMBEDDER_PASSAGE_PREFIX ?? '',
  };
}

export function noticeOfVectors(report: VectorRecordReport): Notice {
  switch (report.kind) {
    case 'writes':
      return { level: 'info', text: 'vectors of the model are kept by this process from now on' };
    case 'looks_on': {
      const { message, advice } = report.why;
      const text = `vectors made here are not kept while another process keeps them, and are made again after a restart`;
      return { level: 'warn', text: `${text}: ${message} ${advice}` };
    }
    case 'full': {
      const { role, entries, path } = report;
      const text =
        role === 'question'
          ? 'a replay of new questions asks the model again, and proves nothing on another processor'
          : 'new passages are read by the model again after each restart';
      const remedy = `To go on keeping them, stop the service and move ${path} away; older answers are then replayed with the model.`;
      return { level: 'warn', text: `the record of vectors is full: ${text}. ${remedy}`, facts: { role, entries } };
    }
  }
}

function withoutModel(text: string): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `${text} has no model that settings could be of`,
    advice: 'Leave out number format, pooling and prefixes, or name transformers:<folder or hub id>.',
    retriable: false,
  });
}

function unknown(): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: 'an embedder is named that there is none of',
    advice: 'Name lexical, hashing or transformers:<folder or hub id>.',
    retriable: false,
  });
}
