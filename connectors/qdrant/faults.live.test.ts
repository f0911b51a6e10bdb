/** The index while Qdrant itself fails: each test has a server of its own. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { countedMs } from '../../eval/live/machine-time.test-support.js';
import { OwnQdrant } from '../../eval/live/qdrant.js';
import { hasOwnQdrant, ownQdrantMissing } from '../../eval/live/settings.js';
import { limits } from '../../src/limits.js';
import { indexQuery, indexWrite } from '../../src/retrieval/contract-kit.js';
import type { QdrantIndex } from './index.js';
import { LiveQdrant } from './live.test-support.js';

/** A start, and the watch after it. */
const unavailable = { code: 'index_unavailable', retriable: true };

describe.skipIf(!hasOwnQdrant())(`the index while Qdrant fails (${ownQdrantMissing()})`, () => {
  let own: OwnQdrant | undefined;
  let index: QdrantIndex | undefined;
  afterEach(async () => {
    await index?.close();
    await own?.stop();
  });

  async function opened(refill: (why: string) => Promise<void> = async () => {}) {
    own = await OwnQdrant.start();
    const live = new LiveQdrant(own.url);
    index = await live.open(live.parts({ refill }));
    return { own, index };
  }

  const ids = async (subject: QdrantIndex) =>
    (await subject.search(indexQuery('refund'))).hits.map(({ key }) => key.id).sort();

  it('keeps over kill -9 what it took, and goes on by itself', async () => {
    const refill = vi.fn(async () => {});
    const { own: server, index: subject } = await opened(refill);
    await subject.apply([indexWrite('P-1', 1, ['refund'])]);
    await server.restart();
    await eventually(async () => expect(await ids(subject)).toEqual(['P-1']));
    expect(refill.mock.calls).toEqual([['new']]);
  });

  it('notices an older copy of the whole store before it answers from it', async () => {
    const refill = vi.fn(async () => {});
    const { own: server, index: subject } = await opened(refill);
    await subject.apply([indexWrite('P-1', 1, ['refund'])]);
    await server.keepCopy('older');
    await eventually(() => subject.apply([indexWrite('P-2', 1, ['refund'])]));
    await server.restore('older');
    // It says that it cannot answer, until the state was asked to fill it; it never says that there is no P-2.
    await eventually(() => subject.search(indexQuery('refund')));
    expect(refill.mock.calls).toEqual([['new'], ['lost']]);
    await subject.apply([indexWrite('P-2', 1, ['refund'])]);
    expect(await ids(subject)).toEqual(['P-1', 'P-2']);
  });

  it('makes its collection again on a new disk', async () => {
    const refill = vi.fn(async () => {});
    const { own: server, index: subject } = await opened(refill);
    await subject.apply([indexWrite('P-1', 1, ['refund'])]);
    await server.restartEmpty();
    await eventually(() => subject.apply([indexWrite('P-1', 1, ['refund'])]));
    expect([await ids(subject), refill.mock.calls]).toEqual([['P-1'], [['new'], ['lost']]]);
  });

  it('one that stands still is waited for once, then not at all until it goes on', async () => {
    const { own: server, index: subject } = await opened();
    await subject.apply([indexWrite('P-1', 1, ['refund'])]);
    server.server.pause();
    await eventually(() => expect(server.server.isStopped).toBe(true));
    await expect(ids(subject)).rejects.toMatchObject(unavailable);
    const askedMs = performance.now();
    for (let i = 0; i < 50; i++) await expect(ids(subject)).rejects.toMatchObject(unavailable);
    await expect(subject.apply([indexWrite('P-2', 1, ['refund'])])).rejects.toMatchObject(unavailable);
    expect(countedMs(askedMs)).toBeLessThan(limits.indexAskMs);
    server.server.resume();
    await eventually(async () => expect(await ids(subject)).toEqual(['P-1']));
  });
});
