/** An end proves that everything was read only where the log still has what was read. */
import { afterEach, expect, it } from 'vitest';
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
