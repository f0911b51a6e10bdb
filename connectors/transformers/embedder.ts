/**
 * An embedder that runs a model on this machine. Two processes hold it: one for what somebody waits for, questions first, and one for
 * the backlog of passages, so that no question stands behind those. The second is started with the first passage of a backlog.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { Embedder, EmbedderIdentity, EmbeddingPace, EmbeddingRole } from '../../src/retrieval/embedder.js';
import type { PassageRules } from '../../src/retrieval/method.js';
import { fetchedFolder, isHubId } from './hub.js';
import { identityOf } from './identity.js';
import { type FoundLibrary, findLibrary } from './library.js';
import { type ModelFiles, readModelFiles } from './model-files.js';
import { ModelProcess, type ModelProcessParts } from './model-process.js';
import { passageRulesOf } from './passage-rules.js';
import { graphFiles, type ModelSettings, modelFault, stopping } from './settings.js';

/** Texts ahead of the process that embeds the backlog: the way there and back is a tenth of a short text's work. */
const BACKLOG_GIVEN = 4;
/** A backlog has time: answers, and the questions they embed, have the processor first. */
const BACKLOG_NICENESS = 10;

const CHILD = 'model-child';
/** What of it is ours and decides a vector. */
const CHILD_PARTS = [CHILD, 'arithmetic', 'model-digest'] as const;

export interface TransformersOptions {
  /** Tests name another installation. */
  readonly library?: FoundLibrary;
  /** Texts of a backlog, and those that somebody waits for. */
  readonly queueMax?: number;
  readonly awaitedMax?: number;
  /** Ends the opening, with `stopping`: a model may come over a slow line. */
  readonly signal?: AbortSignal | undefined;
  /** Tests run another process. */
  readonly process?: Partial<ModelProcessParts>;
}

interface Parts {
  readonly settings: ModelSettings;
  readonly awaited: ModelProcess;
  readonly backlog: ModelProcess;
  readonly max: { readonly awaited: number; readonly backlog: number };
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
    const { library = findLibrary(), signal } = options;
    assertRunnable(settings, library);
    const folder = isHubId(settings.model) ? await fetchedFolder(settings, signal) : settings.model;
    const files = await readModelFiles(folder, settings.dtype);
    const { awaited, backlog } = processesOf(files, settings, { ...options, library });
    const stop = () => void awaited.close();
    try {
      if (signal?.aborted === true) throw stopping();
      signal?.addEventListener('abort', stop, { once: true });
      const [{ dimensions }, passages] = await Promise.all([awaited.open(), passageRulesOf(files, settings, library)]);
      const max = {
        awaited: options.awaitedMax ?? limits.embedAwaitedMax,
        backlog: options.queueMax ?? limits.embedQueueMax,
      };
      const identity = identityOf(files, settings, library, dimensions);
      return new TransformersEmbedder(identity, passages, { settings, awaited, backlog, max });
    } catch (error) {
      await awaited.close();
      throw signal?.aborted === true ? stopping() : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async embed(
    texts: readonly string[],
    role: EmbeddingRole,
    pace: EmbeddingPace = 'awaited',
  ): Promise<readonly Float32Array[]> {
    const { settings, max } = this.#parts;
    const isQuestion = role === 'question';
    const kind = isQuestion || pace === 'awaited' ? 'awaited' : 'backlog';
    const process = this.#parts[kind];
    // What finds nobody before it is bounded by the request that it is of; refused for its size it would be refused for ever.
    const ahead = process.ahead(isQuestion);
    if (ahead > 0 && ahead + texts.length > max[kind]) throw overloaded();
    const prefix = isQuestion ? settings.questionPrefix : settings.passagePrefix;
    const vectors = await process.embed(
      texts.map((text) => shownOf(prefix + text)),
      isQuestion,
    );
    const { dimensions } = this.identity;
    if (vectors.some(({ length }) => length !== dimensions)) throw otherDimensions(dimensions);
    return vectors;
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.awaited.close(), this.#parts.backlog.close()]);
  }
}

function processesOf(
  files: ModelFiles,
  settings: ModelSettings,
  options: TransformersOptions & { library: FoundLibrary },
) {
  const { dtype, pooling } = settings;
  const { tokensMax, digest } = files;
  const child = { libraryUrl: options.library.url, folder: resolve(files.folder), dtype, pooling, tokensMax, digest };
  const common = { file: childFile(), settings: child };
  return {
    // Text by text, so that a question after a long conversation does not keep the others waiting.
    awaited: new ModelProcess({ ...common, givenMax: 1, niceness: 0, takesTurns: true, ...options.process }),
    // One entity after the other, so that what was done is kept when it is stopped.
    backlog: new ModelProcess({
      ...common,
      givenMax: BACKLOG_GIVEN,
      niceness: BACKLOG_NICENESS,
      takesTurns: false,
      ...options.process,
    }),
  };
}

/** The package under its old name knows two graphs of a model, and takes the larger one for every other format. */
function assertRunnable({ dtype }: ModelSettings, { name }: FoundLibrary): void {
  if (name !== '@xenova/transformers' || dtype === 'fp32' || dtype === 'q8') return;
  throw modelFault(
    `${name} runs ${graphFiles.fp32} and ${graphFiles.q8}, and none as ${dtype}`,
    'Set EMBEDDER_DTYPE to q8 or fp32, or install @huggingface/transformers in its place.',
  );
}

/** Half a character is none, and of an endless text the beginning is all that the window holds. */
function shownOf(text: string): string {
  return text.slice(0, limits.embedCharsMax).toWellFormed();
}

/**
 * Beside this file where it is compiled. A process cannot be started from source, so tests run the one that was built. Throws when
 * that was built from other sources: they would try something that is no more.
 */
function childFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const compiled = join(here, `${CHILD}.js`);
  if (existsSync(compiled)) return compiled;
  const built = join(here, '../../dist/connectors/transformers');
  const stale = CHILD_PARTS.find((name) => !isOlder(join(here, `${name}.ts`), join(built, `${name}.js`)));
  if (stale !== undefined)
    throw modelFault(
      `${stale}.js is not built from what is in ${stale}.ts`,
      'npm run build; where that changes nothing, remove dist before it.',
    );
  return join(built, `${CHILD}.js`);
}

function isOlder(source: string, made: string): boolean {
  return existsSync(made) && statSync(source).mtimeMs <= statSync(made).mtimeMs;
}

function overloaded(): TidemarkError {
  return new TidemarkError({
    code: 'overloaded',
    message: 'too many texts wait for the model',
    advice: 'Try again: the queue empties as fast as the model reads.',
    retriable: true,
  });
}

function otherDimensions(dimensions: number): TidemarkError {
  return modelFault(
    `the model has answered with other than ${dimensions} numbers`,
    'Start again: it is another model.',
  );
}
