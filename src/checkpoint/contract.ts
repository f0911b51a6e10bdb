/** Every sentence of `port.ts` as a case. Each store of checkpoints runs this suite. */
import { beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { type CheckpointName, type CheckpointStore, type Chunk, textOf } from './port.js';

/** One empty store and the means to harm what is in it. */
interface CheckpointSubject {
  readonly store: CheckpointStore;
  /** Changes one byte of what is kept under that name. */
  damage(name: CheckpointName): Promise<void>;
  /** Everything that is kept, under whatever name, finished or not. */
  traces(): Promise<readonly string[]>;
}

const never = new AbortController().signal;

export function checkpointStoreContract(name: string, make: () => Promise<CheckpointSubject>): void {
  describe(`${name} keeps the contract of checkpoints`, () => {
    const made: { subject: CheckpointSubject | undefined } = { subject: undefined };
    const subject = (): CheckpointSubject => {
      if (made.subject === undefined) throw new Error('the store is made before each case');
      return made.subject;
    };
    beforeEach(async () => {
      made.subject = await make();
    });

    describe('a checkpoint', () => checkpointCases(subject));
    describe('a base', () => baseCases(subject));
    describe('what is not written to its end', () => unfinishedCases(subject));
  });
}

function chunksOf(mark: string): readonly Chunk[] {
  return [1, 2, 2].map((kind, index) => ({ kind, bytes: Buffer.from(`${mark}${index}`.repeat(index)) }));
}

async function namesIn({ store }: CheckpointSubject): Promise<readonly string[]> {
  return (await store.list()).map(textOf);
}

function checkpointCases(subject: () => CheckpointSubject): void {
  it('is read as it was written: kinds, bytes and order, an empty chunk included', async () => {
    const { store } = subject();
    const reading = await store.read(await store.write(chunksOf('a'), never));
    expect(reading).toEqual({ kind: 'sound', chunks: chunksOf('a') });
  });

  it('is listed before older ones, and only the newest are kept', async () => {
    const { store } = subject();
    expect(await store.list()).toEqual([]);
    for (const mark of ['a', 'b', 'c']) await store.write(chunksOf(mark), never);
    expect(await namesIn(subject())).toEqual(['checkpoint 3', 'checkpoint 2', 'checkpoint 1']);
    await store.keepNewest(2);
    expect(await namesIn(subject())).toEqual(['checkpoint 3', 'checkpoint 2']);
  });

  it('is damaged when a byte of it has changed, and when it is not there', async () => {
    const { store, damage } = subject();
    const [first, second] = [await store.write(chunksOf('a'), never), await store.write(chunksOf('b'), never)];
    await damage(first);
    expect((await store.read(first)).kind).toBe('damaged');
    expect((await store.read(second)).kind).toBe('sound');
    expect((await store.read({ role: 'checkpoint', number: 9 })).kind).toBe('damaged');
  });
}

function baseCases(subject: () => CheckpointSubject): void {
  it('has the number and the contents of its checkpoint, and outlives it', async () => {
    const { store } = subject();
    const base = await store.makeBase(await store.write(chunksOf('a'), never));
    expect(await namesIn(subject())).toEqual(['checkpoint 1', 'base 1']);
    await store.write(chunksOf('b'), never);
    await store.keepNewest(1);
    expect(await namesIn(subject())).toEqual(['checkpoint 2', 'base 1']);
    expect(await store.read(base)).toEqual({ kind: 'sound', chunks: chunksOf('a') });
  });

  it('stays beside a newer one until those before that are removed; made twice it is one', async () => {
    const { store } = subject();
    await store.makeBase(await store.write(chunksOf('a'), never));
    const second = await store.write(chunksOf('b'), never);
    const base = await store.makeBase(second);
    expect(await store.makeBase(second)).toEqual(base);
    expect(await namesIn(subject())).toEqual(['checkpoint 2', 'base 2', 'checkpoint 1', 'base 1']);
    await store.removeBasesBefore(base);
    expect(await namesIn(subject())).toEqual(['checkpoint 2', 'base 2', 'checkpoint 1']);
  });
}

function unfinishedCases(subject: () => CheckpointSubject): void {
  const leavesNoTrace = async (chunks: Iterable<Chunk>, signal: AbortSignal, reason: object) => {
    const { store, traces } = subject();
    const kept = await store.write(chunksOf('kept'), never);
    const before = await traces();
    await expect(store.write(chunks, signal)).rejects.toMatchObject(reason);
    expect(await traces()).toEqual(before);
    expect((await store.read(kept)).kind).toBe('sound');
  };

  it('leaves no trace when it is given up, and rejects with the reason', async () => {
    const stop = new AbortController();
    const chunks = function* (): Generator<Chunk> {
      yield* chunksOf('a');
      stop.abort(new Error('given up'));
      yield* chunksOf('b');
    };
    await leavesNoTrace(chunks(), stop.signal, { message: 'given up' });
  });

  it('leaves no trace when its chunks cannot be made', async () => {
    const chunks = function* (): Generator<Chunk> {
      yield* chunksOf('a');
      throw new Error('cannot be made');
    };
    await leavesNoTrace(chunks(), never, { message: 'cannot be made' });
  });

  it('leaves no trace when a chunk is larger than what is read again; one that is just as large is read', async () => {
    const bytes = Buffer.alloc(limits.checkpointChunkBytesMax + 1);
    await leavesNoTrace([{ kind: 1, bytes }], never, { code: 'internal' });
    const { store } = subject();
    const name = await store.write([{ kind: 1, bytes: bytes.subarray(1) }], never);
    expect((await store.read(name)).kind).toBe('sound');
  });

  it('gives others turns between its chunks', async () => {
    let turns = 0;
    const seen: number[] = [];
    const chunks = function* (): Generator<Chunk> {
      for (const chunk of chunksOf('a')) {
        seen.push(turns);
        setImmediate(() => turns++);
        yield chunk;
      }
    };
    await subject().store.write(chunks(), never);
    expect(seen).toEqual([0, 1, 2]);
  });
}
