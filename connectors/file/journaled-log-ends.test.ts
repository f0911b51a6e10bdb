/** An end proves that everything was read only where the log still has what was read. */
import { afterEach, expect, it } from 'vitest';
import type { RemoteTopic } from '../../src/log/remote-port.js';
import { MemoryRemote } from '../memory/remote.js';
import { Scene } from './journaled-log-kit.js';
import { cleanUp, note } from './test-kit.js';

afterEach(cleanUp);

/** A log of three records, all of them copied, and from then on nobody reads it. */
async function unread() {
  const scene = new Scene();
  const log = await scene.open();
  for (const value of ['a', 'b', 'c']) await log.append([note(value)]);
  scene.cluster.holdReading();
  const lose = (from: bigint) => scene.cluster.change('notes:0', (one) => one.truncate(from));
  return { scene, log, lose };
}

const parted = { code: 'log_failed', retriable: true, facts: { partition: 'notes:0' } };

it.each([[0], [1], [2], [3]])('an end is not told by a log that lost 2 records and took %i others', async (others) => {
  const { scene, log, lose } = await unread();
  lose(1n);
  for (let number = 0; number < others; number++) scene.write(`x${number}`);
  await expect(log.ends()).rejects.toMatchObject(parted);
  await expect(log.ends()).rejects.toMatchObject(parted);
});

it('an end is told by a leader that is new and has what was read, and more', async () => {
  const { scene, log } = await unread();
  scene.cluster.change('notes:0', (one) => one.elect());
  expect((await log.ends()).get('notes:0')).toBe(3n);
  scene.write('d');
  expect((await log.ends()).get('notes:0')).toBe(4n);
});

it('an end is told again once the trouble of its partition is', async () => {
  const { scene, log, lose } = await unread();
  lose(1n);
  await expect(log.ends()).rejects.toMatchObject(parted);
  scene.cluster.releaseReading();
  await expect.poll(() => log.troubles.get('notes:0')).toEqual({ kind: 'truncated', from: 1n });
  expect((await log.ends()).get('notes:0')).toBe(1n);
});

/** Far away: each question about the ends waits until the test lets it go. */
class FarRemote extends MemoryRemote {
  readonly waiting: (() => void)[] = [];
  isFar = false;

  override async marks(topics: readonly RemoteTopic[]) {
    if (this.isFar) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return super.marks(topics);
  }
}

it('of a log that is far away it is asked once at a time, however many wait, and after each of them has begun to', async () => {
  const scene = new Scene();
  const remote = new FarRemote(scene.cluster);
  const log = await scene.open({ remote });
  remote.isFar = true;
  const told = async () => (await log.ends()).get('notes:0');
  const first = Array.from({ length: 50 }, told);
  await expect.poll(() => remote.waiting.length).toBe(1);
  scene.write('a');
  const later = Array.from({ length: 50 }, told);
  remote.waiting.shift()?.();
  await Promise.all(first);
  await expect.poll(() => remote.waiting.length).toBe(1);
  remote.waiting.shift()?.();
  expect(new Set(await Promise.all(later))).toEqual(new Set([1n]));
  expect(remote.waiting).toEqual([]);
});
