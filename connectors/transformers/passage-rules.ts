/** Passages by the tokenizer of the model that reads them, in the main thread: statistics are made of passages, synchronously. */
import { canonicalJson, digestOf } from '../../src/domain/canonical.js';
import type { PassageRules } from '../../src/retrieval/method.js';
import { tokenPassages } from '../../src/retrieval/token-passages.js';
import type { FoundLibrary, Library } from './library.js';
import type { ModelFiles } from './model-files.js';
import type { ModelSettings } from './settings.js';

/** Ids of a text, with what the tokenizer adds itself or without. */
type Tokenize = (text: string, adds: boolean) => number;

interface TokenizersPackage {
  readonly Tokenizer: new (
    model: object,
    config: object,
  ) => {
    encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] };
  };
}

export async function passageRulesOf(
  files: ModelFiles,
  { passagePrefix }: ModelSettings,
  library: FoundLibrary,
): Promise<PassageRules> {
  const count = await tokenizerOf(files, library);
  const taken = count('', true) + count(passagePrefix, false);
  const { model, config } = files.tokenizer;
  const digest = digestOf(canonicalJson([JSON.stringify(model), JSON.stringify(config)])).slice(7, 23);
  const version = library.tokenizers?.version ?? `${library.name} ${library.version}`;
  return tokenPassages({
    tokenizer: `${digest}/${version.replace(/^@.*\//, '')}`,
    countPieces: (text) => count(text, false),
    piecesMax: files.tokensMax - taken,
  });
}

export async function tokenizerOf({ tokenizer, folder }: ModelFiles, library: FoundLibrary): Promise<Tokenize> {
  if (library.tokenizers !== null) {
    const { Tokenizer } = (await import(library.tokenizers.url)) as TokenizersPackage;
    const made = new Tokenizer(tokenizer.model, tokenizer.config);
    return (text, adds) => made.encode(text.toWellFormed(), { add_special_tokens: adds }).ids.length;
  }
  const { env, AutoTokenizer } = (await import(library.url)) as Library;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  const { dirname, basename } = await import('node:path');
  env.localModelPath = `${dirname(folder)}/`;
  const made = await AutoTokenizer.from_pretrained(basename(folder));
  const options = { truncation: false, padding: false };
  return (text, adds) =>
    made(text.toWellFormed(), { ...options, add_special_tokens: adds }).input_ids?.dims.at(-1) ?? 0;
}
