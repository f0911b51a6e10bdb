/**
 * The package that runs models, under its name or its old one: an optional peer, found and loaded only where a model is configured.
 * What is used of it is written down here, because the two differ in their types and not in this.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { modelFault } from './settings.js';

const PACKAGES = ['@huggingface/transformers', '@xenova/transformers'] as const;

export type PackageName = (typeof PACKAGES)[number];

export interface FoundLibrary {
  readonly name: PackageName;
  readonly version: string;
  /** Of the runtime under it, and what kind of build it is: vectors differ between those. */
  readonly runtime: string;
  /** What `import` takes. */
  readonly url: string;
  /** The tokenizer alone, which loads no runtime; null: the package has it inside. */
  readonly tokenizers: { readonly url: string; readonly version: string } | null;
}

export interface TensorLike {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | BigInt64Array;
}

export interface Library {
  readonly env: { allowRemoteModels: boolean; allowLocalModels: boolean; localModelPath: string };
  readonly AutoTokenizer: {
    from_pretrained(name: string): Promise<(text: string, options: object) => Readonly<Record<string, TensorLike>>>;
  };
  readonly AutoModel: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<(inputs: Readonly<Record<string, TensorLike>>) => Promise<Readonly<Record<string, TensorLike>>>>;
  };
  readonly Tensor: new (type: string, data: BigInt64Array, dims: readonly number[]) => TensorLike;
}

/** `from`: a file of the package that has it among its dependencies; the tests name another. Throws `config_invalid` without one. */
export function findLibrary(from: string = import.meta.url): FoundLibrary {
  const require = createRequire(from);
  for (const name of PACKAGES) {
    const entry = resolved(require, name);
    if (entry === undefined) continue;
    const inside = createRequire(entry);
    const runtime = resolved(inside, 'onnxruntime-node');
    const tokenizers = resolved(inside, '@huggingface/tokenizers');
    return {
      name,
      version: versionOf(entry, name),
      runtime: runtime === undefined ? 'unknown' : `onnxruntime-node-${versionOf(runtime, 'onnxruntime-node')}`,
      url: importable(entry),
      tokenizers:
        tokenizers === undefined
          ? null
          : { url: importable(tokenizers), version: versionOf(tokenizers, '@huggingface/tokenizers') },
    };
  }
  throw modelFault(
    'EMBEDDER names a model, and no package is installed that runs it',
    'Install one: ONNXRUNTIME_NODE_INSTALL=skip npm install @huggingface/transformers',
  );
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** The entry for `import` beside the one for `require`, where a package has both. */
function importable(entry: string): string {
  const sibling = entry.replace(/\.cjs$/, '.mjs');
  return pathToFileURL(existsSync(sibling) ? sibling : entry).href;
}

/** From package.json above the entry: packages rarely export it. */
function versionOf(entry: string, name: string): string {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const found = JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: string; readonly version?: string };
    if (found.name === name && found.version !== undefined) return found.version;
  }
  return 'unknown';
}
