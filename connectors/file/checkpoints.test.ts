import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

  it('leave the ones before them untouched when a step fails or the power goes at it', async () => {
    await store.write(chunks('old'), never);
    for (const step of steps) {
      for (let nth = 1; nth <= 6; nth++) {
        let seen = 0;
        const before = await texts();
        // From the n-th on every step fails, removing included, as in a process that is gone.
        files.fault = (now) => (now === step && ++seen >= nth ? { code: 'EIO' } : undefined);
        const result = await store.write(chunks('new'), never).catch(() => 'failed');
        files.fault = () => undefined;
        const found = await texts();
        expect(result === 'failed' ? found : found.slice(1), `${step} ${nth}`).toEqual(before);
      }
    }
    expect((await readdir(join(folder, 'checkpoints'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
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
