/** What the way to the model and back costs: passages through the embedder, beside a bare loop over the same ids in this process. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findLibrary } from '../../../connectors/transformers/library.js';
import { readModelFiles } from '../../../connectors/transformers/model-files.js';
import { benchModel, openBenchModel, textOf } from '../embedding.js';
import { type Contender, type Row, ratePerSecond } from '../harness.js';

/** Lengths of messages, short passages and full ones. */
const WORDS = [10, 60, 120, 240];
const TEXTS = 80;

/** What is used of the runtime, which the package of the model brings with it. */
interface Runtime {
  readonly InferenceSession: {
    create(path: string, options: object): Promise<{ run(feeds: Record<string, unknown>): Promise<unknown> }>;
  };
  readonly Tensor: new (type: string, data: BigInt64Array, dims: readonly number[]) => unknown;
}

interface Tokenizers {
  readonly Tokenizer: new (
    model: object,
    config: object,
  ) => { encode(text: string): { readonly ids: readonly number[] } };
}

export const embed: Row = {
  name: 'embed: passages through the embedder ÷ a bare loop of the runtime, same model, same lengths',
  unit: 'texts/s',
  better: 'high',
  goal: { ship: 0.85, stretch: 0.95 },
  open: async () => {
    const model = benchModel();
    if ('unavailable' in model) return model;
    const texts = Array.from({ length: TEXTS }, (_, n) => textOf(n, WORDS[n % WORDS.length] ?? 0));
    // As nice as the loop beside it: giving way to others would be measured otherwise, and on a shared machine nothing else.
    const embedder = await openBenchModel(model.folder, { process: { niceness: 0 } });
    const bare = await bareLoop(model.folder, texts);
    const ours = () => ratePerSecond(TEXTS, async () => void (await embedder.embed(texts, 'passage', 'background')));
    return { ours, baseline: bare, close: () => embedder.close() };
  },
};

async function bareLoop(folder: string, texts: readonly string[]): Promise<Contender> {
  const { url, tokenizers } = findLibrary();
  const require = createRequire(url);
  const { InferenceSession, Tensor } = require('onnxruntime-node') as Runtime;
  const { Tokenizer } = (await import(tokenizers?.url ?? url)) as Tokenizers;
  const { tokenizer, tokensMax } = await readModelFiles(folder, 'q8');
  const tokenize = new Tokenizer(tokenizer.model, tokenizer.config);
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await InferenceSession.create(join(folder, 'onnx/model_quantized.onnx'), options);
  const inputs = texts.map((text) => {
    const ids = BigInt64Array.from(tokenize.encode(text).ids.slice(0, tokensMax), BigInt);
    const all = (n: bigint) => new Tensor('int64', new BigInt64Array(ids.length).fill(n), [1, ids.length]);
    return { input_ids: new Tensor('int64', ids, [1, ids.length]), attention_mask: all(1n), token_type_ids: all(0n) };
  });
  return () =>
    ratePerSecond(texts.length, async () => {
      for (const feeds of inputs) await session.run(feeds);
    });
}
