/** Passages by the tokenizer of the model that reads them, in the main thread: statistics are made of passages, synchronously. */
import { canonicalJson, digestOf } from '../../src/domain/canonical.js';
import type { PassageRules } from '../../src/retrieval/method.js';
import { tokenPassages } from '../../src/retrieval/token-passages.js';
import type { FoundLibrary, Library } from './library.js';
import type { ModelFiles } from './model-files.js';
import { type ModelSettings, modelFault } from './settings.js';

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

/** Rejects with `config_invalid` for a prefix that leaves the window nothing of a text. */
export async function passageRulesOf(
  files: ModelFiles,
  { questionPrefix, passagePrefix }: ModelSettings,
  library: FoundLibrary,
): Promise<PassageRules> {
  const count = await tokenizerOf(files, library);
  const { model, config } = files.tokenizer;
  const digest = digestOf(canonicalJson([JSON.stringify(model), JSON.stringify(config)])).slice(7, 23);
  const version = library.tokenizers?.version ?? `${library.name} ${library.version}`;
  const tokenizer = `${digest}/${version.replace(/^@.*\//, '')}`;
  const rulesBehind = (prefix: string) => {
    const piecesMax = files.tokensMax - count('', true) - count(prefix, false);
    if (piecesMax < 1) throw noRoom(prefix, files.tokensMax);
    return tokenPassages({ tokenizer, countPieces: (text) => count(text, false), piecesMax });
  };
  const rules = rulesBehind(passagePrefix);
  const ofQuestions = rulesBehind(questionPrefix);
  if (ofQuestions.id === rules.id || ofQuestions.partsOf === undefined) return rules;
  // Named beside it, because a question of other parts has another vector.
  return { ...rules, id: `${rules.id}/questions/${ofQuestions.id}`, partsOf: ofQuestions.partsOf };
}

function noRoom(prefix: string, tokensMax: number) {
  return modelFault(
    `a prefix leaves a text no room in the model's window of ${tokensMax} tokens: ${prefix.slice(0, 40)}`,
    'Shorten EMBEDDER_QUESTION_PREFIX or EMBEDDER_PASSAGE_PREFIX.',
  );
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
