import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/domain/canonical.js';
import { ModelProcess, type ModelProcessParts } from './model-process.js';

const settings = {
  libraryUrl: '',
  folder: '',
  dtype: 'q8',
  pooling: 'mean',
  tokensMax: 8,
  digest: digestOf(''),
} as const;
/** Writes down each start and each text, and answers with one number. */
const answering = `
import { appendFileSync } from 'node:fs';
const told = (line) => appendFileSync(process.argv[1] + '.log', line + '\\n');
process.on('disconnect', () => process.exit());
told('start');
process.send({ kind: 'ready', dimensions: 1 });
process.on('message', ({ number, text }) => {
  told(text);
  if (text === 'fail') process.send({ kind: 'failed', number, message: 'no' });
  else process.send({ kind: 'vector', number, vector: Float32Array.of(text.length) });
});`;
const dying = `
import { appendFileSync } from 'node:fs';
appendFileSync(process.argv[1] + '.log', 'start\\n');
process.exit(9);`;

let folder = '';
let made = 0;
const opened: ModelProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-process-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((process) => process.close()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function subject(program: string, parts: Partial<ModelProcessParts> = {}) {
  const file = join(folder, `child-${made++}.mjs`);
  await writeFile(file, program);
  const model = new ModelProcess({ file, settings, givenMax: 1, niceness: 0, takesTurns: true, ...parts });
  opened.push(model);
  return { model, told: () => readFileSync(`${file}.log`, 'utf8').trim().split('\n') };
}

describe('a process with a model', () => {
  it('that dies while it loads takes what waits with it, and is started no more before the pause is over', async () => {
    const { model, told } = await subject(dying, { restartMs: 60_000 });
    const waiting = ['a', 'b'].map((text) => model.embed([text], true));
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'unreachable', retriable: true });
    await expect(model.embed(['c'], false)).rejects.toMatchObject({ code: 'unreachable' });
    expect(told()).toEqual(['start']);
  });

  it('is started again after the pause, once for what is asked then', async () => {
    const { model, told } = await subject(dying, { restartMs: 0 });
    for (let i = 0; i < 3; i++) await expect(model.embed(['a'], true)).rejects.toMatchObject({ code: 'unreachable' });
    expect(told()).toEqual(['start', 'start', 'start']);
  });

  it('reads one text of each call in turn, and what overtakes before the rest', async () => {
    const { model, told } = await subject(answering);
    const calls = [model.embed(['p1', 'p2'], false), model.embed(['a1', 'a2', 'a3'], true), model.embed(['b1'], true)];
    await Promise.all(calls);
    expect(told()).toEqual(['start', 'a1', 'b1', 'a2', 'a3', 'p1', 'p2']);
  });

  it('finishes the first call before the next where they take no turns', async () => {
    const { model, told } = await subject(answering, { takesTurns: false, givenMax: 4 });
    await Promise.all([model.embed(['a1', 'a2', 'a3'], false), model.embed(['b1'], false)]);
    expect(told()).toEqual(['start', 'a1', 'a2', 'a3', 'b1']);
  });

  it('tries no more texts of a call of which one has failed, and goes on with the others', async () => {
    const { model, told } = await subject(answering);
    const failing = model.embed(['fail', 'never'], true);
    const other = model.embed(['other'], true);
    await expect(failing).rejects.toMatchObject({ code: 'internal' });
    expect(await other).toEqual([Float32Array.of(5)]);
    expect(told()).toEqual(['start', 'fail', 'other']);
  });

  it('counts what is ahead of a text: questions of questions, the others of all', async () => {
    const { model } = await subject(answering);
    const all = [model.embed(['a', 'b'], true), model.embed(['c', 'd', 'e'], false)];
    expect([model.ahead(true), model.ahead(false)]).toEqual([2, 5]);
    await Promise.all(all);
    expect(model.ahead(false)).toBe(0);
  });
});
