import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../config.js';
import { inspectStores } from './store-inspection.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tidemark-inspection-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('a look at the model', () => {
  it('fetches nothing: one of the hub that is not here yet is said to be fetched by the first start', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('asked the network'));
    const cache = join(scratch, 'models');
    const config = readConfig({ EMBEDDER: 'transformers:owner/name', EMBEDDER_CACHE: cache });
    const [model] = inspectStores(config);
    expect(await model?.look()).toBe(`owner/name is not in ${cache} yet: the first start fetches it from the hub`);
    expect([fetching.mock.calls.length, existsSync(cache)]).toEqual([0, false]);
    fetching.mockRestore();
  });
});
