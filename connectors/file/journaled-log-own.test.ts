/** Own topics, whose end is waited for while a log of others is opened. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/limits.js';
import { Scene } from './journaled-log-kit.js';
import { cleanUp, noteValues } from './test-kit.js';

afterEach(cleanUp);

const ownTopics = ['notes'];

/** Opening, whose reading stands still. */
async function waiting(signal?: AbortSignal) {
  const scene = new Scene();
  scene.write('a', 'b');
  scene.cluster.holdReading();
  const opening = scene.open({ ownTopics, ...(signal === undefined ? {} : { signal }) });
  opening.catch(() => undefined);
  await vi.waitFor(() => expect(scene.clock.sleepers).toBe(3), { interval: 2 });
  return { scene, opening };
}

describe('an opening that waits for the log', () => {
  it('says so again and again, with what it lacks, until it goes on', async () => {
    const { scene, opening } = await waiting();
    for (const told of [1, 2]) {
      scene.clock.advance(limits.waitTellMs);
      await vi.waitFor(() => expect(scene.reports).toHaveLength(told), { interval: 2 });
      await vi.waitFor(() => expect(scene.clock.sleepers).toBe(3), { interval: 2 });
    }
    expect(scene.reports.at(-1)).toEqual({ kind: 'waiting_for_log', partitions: 1, offsets: 2n });
    scene.cluster.releaseReading();
    expect(await noteValues(await opening)).toEqual(['a', 'b']);
    expect(scene.reports).toHaveLength(2);
  });

  it('ends when it is told to, and nothing is held then', async () => {
    const stop = new AbortController();
    const { scene, opening } = await waiting(stop.signal);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'stopping' });
    scene.cluster.releaseReading();
    expect(await noteValues(await scene.open({ ownTopics }))).toEqual(['a', 'b']);
  });

  it('does not begin when it was told to end before', async () => {
    const scene = new Scene();
    scene.write('a');
    scene.cluster.holdReading();
    await expect(scene.open({ ownTopics, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'stopping' });
  });
});
