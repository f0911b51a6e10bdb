/** Models of the hub: their files are fetched once into a folder, and from then on it is a folder like any other. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { limits } from '../../src/limits.js';
import { commonFiles } from './model-digest.js';
import { graphFiles, type ModelSettings, modelFault, stopping } from './settings.js';

const HUB_URL = 'https://huggingface.co';

/** `owner/name` as the hub writes it. Anything else is a folder. */
export function isHubId(model: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/.test(model);
}

/**
 * The folder of a model of the hub, with every file that is needed; once they are there, nothing is asked for again. Rejects with
 * `config_invalid` for a model or a format that the hub does not have, and when it cannot be reached, with `stopping` when `signal`
 * aborts.
 */
export async function fetchedFolder(settings: ModelSettings, signal?: AbortSignal): Promise<string> {
  const { model, dtype, hubUrl = HUB_URL } = settings;
  const folder = folderOf(settings);
  const graph = graphFiles[dtype];
  if (await isFetched(settings)) return folder;
  const fetchFile = (url: string, path: string) => fetchTo({ url, path, model, signal });
  const urlOf = (name: string) => `${hubUrl}/${model}/resolve/main/${name}`;
  for (const name of commonFiles) {
    if (await isThere(join(folder, name))) continue;
    if (!(await fetchFile(urlOf(name), join(folder, name)))) throw lacking(model, name, dtype);
  }
  // The weights of a large graph; most have none.
  await fetchFile(urlOf(`${graph}_data`), join(folder, `${graph}_data`));
  if (!(await fetchFile(urlOf(graph), join(folder, graph)))) throw lacking(model, graph, dtype);
  return folder;
}

/** Whether all of it has been fetched: the graph comes last. */
export async function isFetched(settings: ModelSettings): Promise<boolean> {
  return isThere(join(folderOf(settings), graphFiles[settings.dtype]));
}

function folderOf({ model, cacheFolder }: ModelSettings): string {
  return join(cacheFolder, ...model.split('/'));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

interface Fetching {
  readonly url: string;
  readonly path: string;
  readonly model: string;
  readonly signal: AbortSignal | undefined;
}

/** False: the hub does not have it. The file appears whole or not at all. */
async function fetchTo({ url, path, model, signal }: Fetching): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const late = AbortSignal.timeout(limits.modelFetchMs);
    const response = await fetch(url, { signal: signal === undefined ? late : AbortSignal.any([late, signal]) });
    // The hub hides what there is not behind a demand for a key.
    if ([401, 403, 404].includes(response.status)) return false;
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.fromWeb(response.body), createWriteStream(temporary));
    await rename(temporary, path);
    return true;
  } catch (cause) {
    await rm(temporary, { force: true });
    if (signal?.aborted === true) throw stopping();
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
