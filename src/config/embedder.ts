/** What the settings of the embedder say: its name, as set-ups of the evaluation give it too, and how its model is read. */
import type { ConfigName, Settings } from './schema.js';

export type EmbedderName =
  | { readonly kind: 'lexical' }
  | { readonly kind: 'hashing' }
  /** `model`: a folder, or `owner/name` of the hub. */
  | { readonly kind: 'transformers'; readonly model: string };

/** Undefined for a text that names none. */
export function readEmbedderName(text: string): EmbedderName | undefined {
  if (text === 'lexical' || text === 'hashing') return { kind: text };
  const model = /^transformers:(?<model>.+)$/s.exec(text)?.groups?.model;
  return model === undefined ? undefined : { kind: 'transformers', model };
}

export function isEmbedderName(text: string): boolean {
  return readEmbedderName(text) !== undefined;
}

const modelSettings: readonly ConfigName[] = [
  'EMBEDDER_DTYPE',
  'EMBEDDER_POOLING',
  'EMBEDDER_QUESTION_PREFIX',
  'EMBEDDER_PASSAGE_PREFIX',
  'EMBEDDER_CACHE',
];

/** One sentence, or none: settings of a model where there is none. */
export function embedderNotices(settings: Settings): readonly string[] {
  if (readEmbedderName(settings.EMBEDDER)?.kind === 'transformers') return [];
  const unused = modelSettings.filter((name) => settings[name] !== undefined);
  return unused.length === 0 ? [] : [`${unused.join(', ')} set, and not used: EMBEDDER names no model`];
}
