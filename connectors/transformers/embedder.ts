/**
 * An embedder that runs a model on this machine. Two processes hold it: one for what somebody waits for, questions first, and one for
 * the backlog of passages, so that no question stands behind those. The second is started with the first passage of a backlog.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { Embedder, EmbedderIdentity, EmbeddingPace, EmbeddingRole } from '../../src/retrieval/embedder.js';
import type { PassageRules } from '../../src/retrieval/method.js';
import { fetchedFolder, isHubId } from './hub.js';
import { identityOf } from './identity.js';
import { type FoundLibrary, findLibrary } from './library.js';
import { readModelFiles } from './model-files.js';
import { ModelProcess, type ModelProcessParts } from './model-process.js';
import { passageRulesOf } from './passage-rules.js';
import type { ModelSettings } from './settings.js';

/** Texts ahead of the process that embeds the backlog: the way there and back is a tenth of a short text's work. */
const BACKLOG_GIVEN = 4;
/** A backlog has time: answers, and the questions they embed, have the processor first. */
const BACKLOG_NICENESS = 10;

export interface TransformersOptions {
  /** Tests name another installation. */
  readonly library?: FoundLibrary;
  readonly queueMax?: number;
  /** Tests run another process. */
  readonly process?: Partial<ModelProcessParts>;
}

interface Parts {
  readonly settings: ModelSettings;
  readonly awaited: ModelProcess;
  readonly backlog: ModelProcess;
  readonly queueMax: number;
}

export class TransformersEmbedder implements Embedder {
  readonly identity: EmbedderIdentity;
  /** By the model's own tokenizer: what it does not read is in no passage. */
  readonly passages: PassageRules;
  readonly #parts: Parts;

  private constructor(identity: EmbedderIdentity, passages: PassageRules, parts: Parts) {
    this.identity = identity;
    this.passages = passages;
    this.#parts = parts;
  }

  /** Loads the model. Rejects with `config_invalid` that says what is missing: the package, a file, a format, the network. */
  static async open(settings: ModelSettings, options: TransformersOptions = {}): Promise<TransformersEmbedder> {
    const library = options.library ?? findLibrary();
    const folder = isHubId(settings.model) ? await fetchedFolder(settings) : settings.model;
    const files = await readModelFiles(folder, settings.dtype);
    const { dtype, pooling } = settings;
    const { tokensMax } = files;
    const child = { libraryUrl: library.url, folder: resolve(folder), dtype, pooling, tokensMax };
    const file = childFile();
    const awaited = new ModelProcess({ file, settings: child, givenMax: 1, niceness: 0, ...options.process });
    const backlog = new ModelProcess({
      file,
      settings: child,
      givenMax: BACKLOG_GIVEN,
      niceness: BACKLOG_NICENESS,
      ...options.process,
    });
    try {
      const [{ dimensions }, passages] = await Promise.all([awaited.open(), passageRulesOf(files, settings, library)]);
      const queueMax = options.queueMax ?? limits.embedQueueMax;
      const parts = { settings, awaited, backlog, queueMax };
      return new TransformersEmbedder(identityOf(files, settings, library, dimensions), passages, parts);
    } catch (error) {
      await awaited.close();
      throw error;
    }
  }

  async embed(
    texts: readonly string[],
    role: EmbeddingRole,
    pace: EmbeddingPace = 'awaited',
  ): Promise<readonly Float32Array[]> {
    const { settings, awaited, backlog, queueMax } = this.#parts;
    const isQuestion = role === 'question';
    const process = isQuestion || pace === 'awaited' ? awaited : backlog;
    if (texts.length > 0 && awaited.load + backlog.load + texts.length > queueMax) throw overloaded();
    const prefix = isQuestion ? settings.questionPrefix : settings.passagePrefix;
    return Promise.all(texts.map((text) => process.embed(shownOf(prefix + text), isQuestion)));
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.awaited.close(), this.#parts.backlog.close()]);
  }
}

/** Half a character is none, and of an endless text the beginning is all that the window holds. */
function shownOf(text: string): string {
  return text.slice(0, limits.embedCharsMax).toWellFormed();
}

/** Beside this file where it is compiled; a process cannot be started from source, so tests run the one that was built. */
function childFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const compiled = join(here, 'model-child.js');
  return existsSync(compiled) ? compiled : join(here, '../../dist/connectors/transformers/model-child.js');
}

function overloaded(): TidemarkError {
  return new TidemarkError({
    code: 'overloaded',
    message: 'too many texts wait for the model',
    advice: 'Try again: the queue empties as fast as the model reads.',
    retriable: true,
  });
}
