/**
 * The process that runs the model. It is told one text at a time and answers with its vector: texts are never padded to one length,
 * because a quantized model may scale over a whole batch and long texts gain nothing from one. Everything that can block is here.
 */
import { basename, dirname } from 'node:path';
import { cutTokens, pooled } from './arithmetic.js';
import type { Library, TensorLike } from './library.js';
import { modelDigest } from './model-digest.js';
import type { FromModel, ModelChildSettings, ToModel } from './model-messages.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as ModelChildSettings;
// Whoever asked may be gone, however that was: then nobody hears the answer, nor that it could not be given.
const answer = (message: FromModel) => process.send?.(message, undefined, undefined, () => undefined);
process.on('disconnect', () => process.exit());
// What ends the service by a key goes to all processes of its terminal, and what a supervisor sends to all of its group. This one is
// ended by the service, which has questions to answer before it stops.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

async function load() {
  const { env, AutoTokenizer, AutoModel, Tensor } = (await import(settings.libraryUrl)) as Library;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = `${dirname(settings.folder)}/`;
  const name = basename(settings.folder);
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModel.from_pretrained(name, {
    dtype: settings.dtype,
    // What the package under its old name goes by.
    quantized: settings.dtype === 'q8',
    device: 'cpu',
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  });
  const encode = (text: string) => tokenizer(text, { truncation: false, padding: false });
  const idsOf = (inputs: Readonly<Record<string, TensorLike>>) =>
    BigInt64Array.from(inputs.input_ids?.data as BigInt64Array);
  const emptyIds = idsOf(encode(''));
  let dimensions = 1;
  const embed = async (text: string): Promise<Float32Array> => {
    const encoded = encode(text);
    const ids = cutTokens(idsOf(encoded), emptyIds, settings.tokensMax);
    if (ids.length === 0) return pooled({ type: 'float32', dims: [1, 0, dimensions], data: [] }, 'mean');
    const inputs = Object.keys(encoded).map((input): [string, TensorLike] => [
      input,
      new Tensor('int64', numbersOf(input, ids), [1, ids.length]),
    ]);
    const outputs = await model(Object.fromEntries(inputs));
    const output =
      settings.pooling === 'none'
        ? (outputs.sentence_embedding ?? Object.values(outputs).find(({ dims }) => dims.length === 2))
        : (outputs.last_hidden_state ?? outputs.token_embeddings ?? outputs.logits);
    if (output === undefined) throw new Error(`the graph has no output to pool as ${settings.pooling}`);
    return pooled(output, settings.pooling);
  };
  // What the graph says of itself is no promise of what comes out of it.
  dimensions = (await embed('dimensions')).length;
  return { embed, dimensions };
}

/** One text alone: every token counts, and all are of the first sentence. */
function numbersOf(input: string, ids: BigInt64Array): BigInt64Array {
  if (input === 'input_ids') return ids;
  return new BigInt64Array(ids.length).fill(input === 'attention_mask' ? 1n : 0n);
}

try {
  const { embed, dimensions } = await load();
  // After it was loaded: what is exchanged before or meanwhile is another digest.
  const isSame = (await modelDigest(settings.folder, settings.dtype)) === settings.digest;
  answer(isSame ? { kind: 'ready', dimensions } : { kind: 'exchanged' });
  process.on('message', async (message) => {
    const { number, text } = message as ToModel;
    try {
      answer({ kind: 'vector', number, vector: await embed(text) });
    } catch (error) {
      answer({ kind: 'failed', number, message: error instanceof Error ? error.message : String(error) });
    }
  });
} catch (error) {
  answer({ kind: 'unloadable', message: error instanceof Error ? error.message : String(error) });
}
