/** Models of the hub: their files are fetched once into a folder, and from then on it is a folder like any other. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { limits } from '../../src/limits.js';
import { commonFiles } from './model-files.js';
import { graphFiles, type ModelSettings, modelFault } from './settings.js';

const HUB_URL = 'https://huggingface.co';

/** `owner/name` as the hub writes it. Anything else is a folder. */
export function isHubId(model: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/.test(model);
}

/**
 * The folder of a model of the hub, with every file that is needed; once they are there, nothing is asked for again. Rejects with
 * `config_invalid` for a model or a format that the hub does not have, and when it cannot be reached.
 */
export async function fetchedFolder({ model, dtype, cacheFolder, hubUrl = HUB_URL }: ModelSettings): Promise<string> {
  const folder = join(cacheFolder, ...model.split('/'));
  const graph = graphFiles[dtype];
  // The graph comes last, so that with it all is there.
  if (await isThere(join(folder, graph))) return folder;
  const urlOf = (name: string) => `${hubUrl}/${model}/resolve/main/${name}`;
  for (const name of commonFiles) {
    if (await isThere(join(folder, name))) continue;
    if (!(await fetchFile(urlOf(name), join(folder, name), model))) throw lacking(model, name, dtype);
  }
  // The weights of a large graph; most have none.
  await fetchFile(urlOf(`${graph}_data`), join(folder, `${graph}_data`), model);
  if (!(await fetchFile(urlOf(graph), join(folder, graph), model))) throw lacking(model, graph, dtype);
  return folder;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** False: the hub does not have it. The file appears whole or not at all. */
async function fetchFile(url: string, path: string, model: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(limits.modelFetchMs) });
    // The hub hides what there is not behind a demand for a key.
    if ([401, 403, 404].includes(response.status)) return false;
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.fromWeb(response.body), createWriteStream(temporary));
    await rename(temporary, path);
    return true;
  } catch (cause) {
    await rm(temporary, { force: true });
    throw modelFault(
      `the model ${model} could not be fetched from the hub`,
      'Check the network, or fetch its files elsewhere and name their folder: EMBEDDER=transformers:./models/name.',
      cause,
    );
  }
}

function lacking(model: string, name: string, dtype: string) {
  return modelFault(
    `the hub has no ${name} of a model ${model} that anyone may read`,
    name.startsWith('onnx/')
      ? `Check the name, and whether the model has a graph as ${dtype} (EMBEDDER_DTYPE).`
      : 'Check the name: EMBEDDER=transformers:<owner>/<name>, or name a folder, which begins with ./ or /.',
  );
}
