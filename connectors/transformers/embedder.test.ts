import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { embedderContract } from '../../src/retrieval/embedder.contract.js';
import { cosine } from '../../src/retrieval/vectors.js';
import { findLibrary } from './library.js';
import { closeModels, lacking, miniLm, openModel, tinyModel } from './model.test-support.js';

const why = lacking(tinyModel);
const withModel = why === undefined ? describe : describe.skip;
const because = why === undefined ? '' : ` (skipped: ${why})`;
let scratch = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tidemark-model-'));
});
afterAll(async () => {
  await closeModels();
  await rm(scratch, { recursive: true, force: true });
});

/** A copy of the tiny model that may be harmed. */
async function copyOf(name: string): Promise<string> {
  const folder = join(scratch, name);
  await cp(tinyModel, folder, { recursive: true, mode: 0 });
  execFileSync('chmod', ['-R', 'u+w', folder]);
  return folder;
}

/** Processes that run a model for this one. */
function childrenOf(pid: number): readonly number[] {
  const told = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' });
  return told.split('\n').flatMap((line) => (line.includes('model-child') ? [Number.parseInt(line, 10)] : []));
}

if (why === undefined) {
  embedderContract('a static model', () => openModel(tinyModel));
  embedderContract('MiniLM', () => openModel(miniLm));
}

withModel(`a model on this machine${because}`, () => {
  afterEach(closeModels);

  it('finds what means the same in other words', async () => {
    const embedder = await openModel(miniLm);
    const [question] = await embedder.embed(['Can I have my cash refunded?'], 'question');
    const [near, far] = await embedder.embed(['Customers get their money back.', 'Parcels go by sea.'], 'passage');
    if (question === undefined || near === undefined || far === undefined) throw new Error('vectors are missing');
    expect(cosine(question, near)).toBeGreaterThan(cosine(question, far) + 0.3);
  });

  it('gives the backlog the bits that it gives whoever waits', async () => {
    const embedder = await openModel(miniLm);
    const texts = ['a refund', 'refund '.repeat(400), 'ünï'];
    expect(await embedder.embed(texts, 'passage', 'background')).toEqual(await embedder.embed(texts, 'passage'));
  });

  it('keeps the closing token of a text that is cut: what lies beyond the window changes nothing, what lies within does', async () => {
    const embedder = await openModel(miniLm);
    const long = 'refund '.repeat(254);
    const [whole, longer, other] = await embedder.embed([long, `${long} ${long}`, `dispute ${long}`], 'passage');
    expect(longer).toEqual(whole);
    expect(other).not.toEqual(whole);
  });

  it('is another model under other prefixes, pooling or format, and puts the prefix of the role before each text', async () => {
    const plain = await openModel(tinyModel);
    const prefixed = await openModel(tinyModel, { questionPrefix: 'query: ' });
    const others = [
      prefixed,
      await openModel(tinyModel, { dtype: 'fp32' }),
      await openModel(tinyModel, { pooling: 'cls' }),
    ];
    expect(new Set([plain, ...others].map(({ identity }) => identity.revision)).size).toBe(4);
    expect(await prefixed.embed(['refund'], 'question')).toEqual(await plain.embed(['query: refund'], 'question'));
    expect(await prefixed.embed(['refund'], 'passage')).toEqual(await plain.embed(['refund'], 'passage'));
  });

  it('has one identity for the same files under one name, wherever they lie, and another under another name', async () => {
    const here = await openModel(tinyModel);
    const there = await openModel(await copyOf('elsewhere/m2v-bge-vocabquant-64d'));
    const renamed = await openModel(await copyOf('renamed'));
    expect(there.identity).toEqual(here.identity);
    expect(renamed.identity).toEqual({ ...here.identity, id: 'renamed' });
  });

  it('goes on with another process when one dies, and says to whom it was at work that trying again helps', async () => {
    const embedder = await openModel(miniLm);
    const before = childrenOf(process.pid);
    const waiting = embedder.embed(['refund '.repeat(200), 'second', 'third'], 'passage').catch((error) => error);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect(await waiting).toMatchObject({ code: 'unreachable', retriable: true });
    expect((await embedder.embed(['again'], 'question'))[0]).toHaveLength(384);
    expect(childrenOf(process.pid).some((pid) => before.includes(pid))).toBe(false);
  });

  it('counts a process that does not answer as dead', async () => {
    const embedder = await openModel(miniLm, {}, { process: { textMs: 1 } });
    await expect(embedder.embed(['refund '.repeat(250)], 'passage')).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('refuses a backlog of more than its queue holds as overload, serves what was before it, and questions beside it', async () => {
    const embedder = await openModel(tinyModel, {}, { queueMax: 3 });
    const first = embedder.embed(['a', 'b', 'c'], 'passage', 'background');
    const more = embedder.embed(['d'], 'passage', 'background');
    await expect(more).rejects.toMatchObject({ code: 'overloaded', retriable: true });
    expect(await embedder.embed(['d'], 'question')).toHaveLength(1);
    expect(await first).toHaveLength(3);
    expect(await embedder.embed(['d'], 'passage', 'background')).toHaveLength(1);
  });

  it('refuses a question as overload behind too many others, and none for what it asks itself', async () => {
    const embedder = await openModel(tinyModel, {}, { awaitedMax: 2 });
    const first = embedder.embed(['a', 'b', 'c'], 'question');
    await expect(embedder.embed(['d'], 'question')).rejects.toMatchObject({ code: 'overloaded', retriable: true });
    expect(await embedder.embed(['e'], 'passage', 'background')).toHaveLength(1);
    expect(await first).toHaveLength(3);
    expect(await embedder.embed(['d'], 'question')).toHaveLength(1);
  });

  it('loads no other files than those it was opened with, whatever lies in the folder by then', async () => {
    const folder = await copyOf('exchanged');
    const embedder = await openModel(folder);
    const [pid] = childrenOf(process.pid);
    await writeFile(join(folder, 'config.json'), `${await readFile(join(folder, 'config.json'), 'utf8')} `);
    const message = 'the files of the model are not those that it was opened with';
    await expect(embedder.embed(['a'], 'passage', 'background')).rejects.toThrow(message);
    if (pid === undefined) throw new Error('no process runs the model');
    const asked = embedder.embed(['a '.repeat(16_000)], 'question').catch((error) => error);
    process.kill(pid, 'SIGKILL');
    await asked;
    await expect(embedder.embed(['a'], 'question')).rejects.toThrow(message);
  });

  it('goes on with its questions when a supervisor ends all processes of the service at once', async () => {
    const embedder = await openModel(tinyModel);
    const before = childrenOf(process.pid);
    for (const signal of ['SIGTERM', 'SIGINT']) for (const pid of before) process.kill(pid, signal);
    expect(await embedder.embed(['a'], 'question')).toHaveLength(1);
    expect(childrenOf(process.pid)).toEqual(before);
  });

  it('answers what waits with stopping when it is closed, and leaves no process behind', async () => {
    const embedder = await openModel(miniLm);
    const waiting = embedder.embed(
      Array.from({ length: 50 }, () => 'refund '.repeat(200)),
      'passage',
    );
    const asked = expect(waiting).rejects.toMatchObject({ code: 'stopping' });
    await embedder.close();
    await asked;
    expect(childrenOf(process.pid)).toEqual([]);
    await expect(embedder.embed(['x'], 'question')).rejects.toMatchObject({ code: 'stopping' });
  });
});

withModel(`a model that is not as it should be${because}`, () => {
  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json'])(
    'names %s when the folder lacks it',
    async (name) => {
      const folder = await copyOf(`without-${name}`);
      await rm(join(folder, name));
      await expect(openModel(folder)).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining(name),
      });
    },
  );

  it('names the graph that the format takes, and the formats there are', async () => {
    const message = 'lacks onnx/model_fp16.onnx, its graph as fp16; it has fp32, q8';
    await expect(openModel(tinyModel, { dtype: 'fp16' })).rejects.toThrow(message);
  });

  it('is not loaded once the opening is called off, and leaves no process behind', async () => {
    const calledOff = new AbortController();
    const opening = openModel(tinyModel, {}, { signal: calledOff.signal });
    calledOff.abort();
    await expect(opening).rejects.toMatchObject({ code: 'stopping' });
    expect(childrenOf(process.pid)).toEqual([]);
  });

  it('says that a folder is not there', async () => {
    await expect(openModel(join(scratch, 'nowhere'))).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it.each(['config.json', 'tokenizer.json', 'onnx/model_quantized.onnx'])('says that %s is damaged', async (name) => {
    const folder = await copyOf(`damaged-${name.replace('/', '-')}`);
    await writeFile(join(folder, name), 'not what it was');
    await expect(openModel(folder)).rejects.toMatchObject({ code: 'config_invalid', retriable: false });
  });

  it.each([
    ['config.json', 'max_position_embeddings'],
    ['tokenizer_config.json', 'model_max_length'],
  ])('takes a length in %s that is null as absent, and says so of one that is none', async (name, field) => {
    const folder = await copyOf(`length-${field}`);
    const config = JSON.parse(await readFile(join(folder, name), 'utf8')) as object;
    await writeFile(join(folder, name), JSON.stringify({ ...config, [field]: null }));
    expect(await (await openModel(folder)).embed(['a'], 'question')).toHaveLength(1);
    await writeFile(join(folder, name), JSON.stringify({ ...config, [field]: 'long' }));
    await expect(openModel(folder)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(field),
    });
  });

  it.each(['questionPrefix', 'passagePrefix'])('refuses a %s that leaves no room for a text', async (prefix) => {
    await expect(openModel(miniLm, { [prefix]: 'query '.repeat(300) })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('window'),
    });
  });

  it('refuses a format that the package under its old name would take for another', async () => {
    const library = { ...findLibrary(), name: '@xenova/transformers' as const };
    await expect(openModel(tinyModel, { dtype: 'int8' }, { library })).rejects.toThrow('none as int8');
  });

  it('says which package to install when there is none', () => {
    const elsewhere = `file://${scratch}/package.json`;
    expect(() => findLibrary(elsewhere)).toThrow('no package is installed that runs it');
  });
});

withModel(`a model of the hub${because}`, () => {
  const asked: string[] = [];
  const hub = createServer(async (request, response) => {
    asked.push(request.url ?? '');
    const name = /^\/owner\/tiny\/resolve\/main\/(.+)$/.exec(request.url ?? '')?.[1];
    const bytes = name === undefined ? undefined : await readFile(join(tinyModel, name)).catch(() => undefined);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  let hubUrl = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    hubUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  });
  afterAll(() => hub.close());

  it('is fetched once, and then read without the network', async () => {
    const cacheFolder = join(scratch, 'cache');
    const fetched = await openModel('owner/tiny', { cacheFolder, hubUrl });
    asked.length = 0;
    const again = await openModel('owner/tiny', { cacheFolder, hubUrl });
    expect([asked, again.identity]).toEqual([[], fetched.identity]);
    expect(await again.embed(['refund'], 'passage')).toEqual(await fetched.embed(['refund'], 'passage'));
  });

  it('is not waited for once the opening is called off', async () => {
    const silent = createServer(() => calledOff.abort());
    const calledOff = new AbortController();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const settings = { cacheFolder: join(scratch, 'silent'), hubUrl: url };
    const opening = openModel('owner/tiny', settings, { signal: calledOff.signal });
    await expect(opening).rejects.toMatchObject({ code: 'stopping' });
    silent.closeAllConnections();
    silent.close();
  });

  it.each([
    ['an unknown model', { model: 'owner/other' }, 'the hub has no config.json of a model owner/other'],
    ['a format that it lacks', { model: 'owner/tiny', dtype: 'q4' as const }, 'the hub has no onnx/model_q4.onnx'],
    [
      'a hub that cannot be reached',
      { model: 'owner/tiny', hubUrl: 'http://127.0.0.1:1' },
      'could not be fetched from the hub',
    ],
  ])('says so of %s', async (_, { model, ...more }, message) => {
    const settings = { cacheFolder: join(scratch, 'none'), hubUrl, ...more };
    await expect(openModel(model, settings)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(message),
    });
  });
});
