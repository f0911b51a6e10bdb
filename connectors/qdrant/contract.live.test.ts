import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { qdrantMissing, qdrantUrl } from '../../eval/live/settings.js';
import { retrievalIndexContract } from '../../src/retrieval/contract.js';
import type { QdrantIndex } from './index.js';
import { LiveQdrant, OwnTenants } from './live.test-support.js';

const url = qdrantUrl();

describe.skipIf(url === undefined)(`qdrant: ${qdrantMissing()}`, () => {
  const live = new LiveQdrant(url ?? '');
  let shared: QdrantIndex | undefined;
  // A run writes dozens of times, over HTTP and to a disk.
  fc.configureGlobal({ numRuns: 30 });
  afterAll(async () => {
    fc.resetConfigureGlobal();
    await live.close();
  });

  retrievalIndexContract('qdrant', async () => {
    shared ??= await live.open();
    return new OwnTenants(shared);
  });

  it('drops nothing of its own', () => expect(shared?.facts).toEqual({ dropped: 0, lost: 0, refused: 0 }));
});
