/** What names a model: everything that a vector is a function of beside the text. */
import { basename } from 'node:path';
import { canonicalJson, digestOf } from '../../src/domain/canonical.js';
import type { EmbedderIdentity } from '../../src/retrieval/embedder.js';
import type { FoundLibrary } from './library.js';
import type { ModelFiles } from './model-files.js';
import type { ModelSettings } from './settings.js';

/** Raise it with any change here or in the worker that gives a text other bits. */
const METHOD = 1;

/**
 * The same files under the same settings and runtime, in a folder of the same name, have one identity wherever it lies: the name is
 * what people know a model by, so under another one it is another model. The processor is not in it: where it gives other bits,
 * recorded vectors are what a replay goes by.
 */
export function identityOf(
  files: ModelFiles,
  { model, dtype, pooling, questionPrefix, passagePrefix }: ModelSettings,
  library: Pick<FoundLibrary, 'name' | 'version' | 'runtime'>,
  dimensions: number,
): EmbedderIdentity {
  const { digest: contents, tokensMax } = files;
  const { name, version, runtime } = library;
  const all = {
    method: METHOD,
    contents,
    dtype,
    pooling,
    questionPrefix,
    passagePrefix,
    tokensMax,
    name,
    version,
    runtime,
  };
  const digest = digestOf(canonicalJson(all));
  return {
    id: basename(model),
    revision: `${dtype}/${pooling}/${tokensMax}/${name.replace(/^@.*\//, '')}-${version}/${runtime}/${digest}`,
    dimensions,
  };
}
