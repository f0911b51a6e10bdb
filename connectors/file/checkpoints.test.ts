import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointStoreContract } from '../../src/checkpoint/contract.js';
import type { Chunk } from '../../src/checkpoint/port.js';
import { FileCheckpoints, fileNameOf } from './checkpoints.js';
import { type FaultyFiles, type FileStep, faultyFiles } from './faulty-files.js';

const never = new AbortController().signal;
const steps: readonly FileStep[] = ['open', 'write', 'dataSync', 'rename', 'syncFolder'];

let folder: string;
let files: FaultyFiles;
let store: FileCheckpoints;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-checkpoints-'));
  files = faultyFiles();
  store = new FileCheckpoints(join(folder, 'checkpoints'), files);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function chunks(mark: string): readonly Chunk[] {
  return [1, 2, 3].map((kind) => ({ kind, bytes: Buffer.from(`${mark}-${kind}`.repeat(kind)) }));
}

async function texts(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await store.list()) {
    const reading = await store.read(name);
    found.push(
      `${fileNameOf(name)} ${reading.kind === 'sound' ? reading.chunks.map(({ bytes }) => bytes).join('|') : '?'}`,
    );
  }
  return found;
}

const text = (mark: string) =>
  chunks(mark)
    .map(({ bytes }) => bytes)
    .join('|');

checkpointStoreContract('FileCheckpoints', async () => {
  const at = join(folder, 'checkpoints');
  const damage = async (name: Parameters<typeof fileNameOf>[0]) => {
    const path = join(at, fileNameOf(name));
    await writeFile(path, flipped(await readFile(path), 9, 1));
  };
  return { store, damage, traces: () => readdir(at) };
});

describe('checkpoints in a folder', () => {
  it('are found whole, newest first, and only the newest are kept', async () => {
    for (const mark of ['a', 'b', 'c']) await store.write(chunks(mark), never);
    expect(await texts()).toEqual([3, 2, 1].map((n) => `checkpoint-00000000000${n} ${text('cba'[3 - n] ?? '')}`));
    await store.keepNewest(2);
    expect((await store.list()).map(({ number }) => number)).toEqual([3, 2]);
  });

  it('stay as a base when they are no longer the newest, until another base takes their place', async () => {
    const first = await store.makeBase(await store.write(chunks('a'), never));
    const second = await store.write(chunks('b'), never);
    await store.keepNewest(1);
    expect(await texts()).toEqual([`checkpoint-000000000002 ${text('b')}`, `base-000000000001 ${text('a')}`]);
    const base = await store.makeBase(second);
    expect(await store.makeBase(second)).toEqual(base);
    await store.removeBasesBefore(base);
    expect((await store.list()).map(fileNameOf)).toEqual(['checkpoint-000000000002', 'base-000000000002']);
    expect((await store.read(first)).kind).toBe('damaged');
  });

  it('are damaged when any bit of any byte is another one, and at every other length', async () => {
    const name = await store.write(chunks('x'), never);
    const path = join(folder, 'checkpoints', fileNameOf(name));
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at++) {
      for (const changed of [flipped(whole, at, 1 << (at % 8)), flipped(whole, at, 0xff), whole.subarray(0, at)]) {
        await writeFile(path, changed);
        expect((await store.read(name)).kind, `byte ${at}`).toBe('damaged');
      }
    }
    await writeFile(path, Buffer.concat([whole, Buffer.from([0])]));
    expect((await store.read(name)).kind).toBe('damaged');
    await writeFile(path, whole);
    expect((await store.read(name)).kind).toBe('sound');
  });

  it.each(steps.flatMap((step) => [1, 2, 3, 4, 5].map((nth) => [step, nth] as const)))(
    'leave the ones before them untouched when %s number %i fails, or is the last thing of a process',
    async (step, nth) => {
      await store.write(chunks('old'), never);
      for (const isEnd of [false, true]) {
        const before = await texts();
        let [seen, isGone] = [0, false];
        // Of a process that is gone nothing happens any more, no removing either.
        files.fault = (now) => {
          const fails = now === step && ++seen === nth;
          isGone ||= fails && isEnd;
          return fails || isGone ? { code: 'EIO' } : undefined;
        };
        const result = await store.write(chunks('new'), never).catch(() => 'failed');
        files.fault = () => undefined;
        const found = await texts();
        const added = found.slice(0, found.length - before.length);
        expect(found.slice(added.length)).toEqual(before);
        // Whole where it has its name by then; and nobody is told of one that a power loss may still take back.
        expect(added.every((one) => one.endsWith(text('new')))).toBe(true);
        if (!isEnd) expect(added.length).toBe(result === 'failed' ? 0 : 1);
      }
      await store.write(chunks('last'), never);
      expect((await readdir(join(folder, 'checkpoints'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );

  it('are on the disk, and their name after them, before they are told of', async () => {
    const seen: FileStep[] = [];
    files.fault = (step) => void seen.push(step);
    const name = await store.write(chunks('a'), never);
    expect(seen.slice(seen.indexOf('dataSync'))).toEqual(['dataSync', 'rename', 'syncFolder']);
    seen.length = 0;
    await store.makeBase(name);
    expect(seen.at(-1)).toBe('syncFolder');
  });

  it('leave no trace on a full disk, nor when they are given up', async () => {
    let written = 0;
    files.fault = (step) => {
      if (step !== 'write') return undefined;
      return ++written > 2 ? { code: 'ENOSPC' } : { bytesWritten: 3 };
    };
    await expect(store.write(chunks('a'), never)).rejects.toMatchObject({ code: 'ENOSPC' });
    files.fault = () => undefined;
    const given = new AbortController();
    const endless = function* (): Generator<Chunk> {
      yield* chunks('a');
      given.abort(new Error('given up'));
      yield* chunks('b');
    };
    await expect(store.write(endless(), given.signal)).rejects.toThrow('given up');
    expect(await readdir(join(folder, 'checkpoints'))).toEqual([]);
  });
});

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}
