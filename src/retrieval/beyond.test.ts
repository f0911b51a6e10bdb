import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { beyondProperty, searching } from './beyond.contract.js';
import type { IndexAnswer, IndexQuery, RetrievalIndex } from './port.js';
import { randomOf, SloppyIndex } from './sloppy-index.test-support.js';

class LyingIndex extends MemoryIndex {
  constructor(readonly lie: (answer: IndexAnswer) => IndexAnswer) {
    super('test');
  }

  override async search(query: IndexQuery): Promise<IndexAnswer> {
    return this.lie(await super.search(query));
  }
}

async function isCaught(makeSubject: () => RetrievalIndex): Promise<boolean> {
  const checked = await fc.check(
    beyondProperty(async () => makeSubject(), searching(false, false, 2)),
    { numRuns: 1_000 },
  );
  return checked.failed;
}

describe("the contract's look at what an index leaves out", () => {
  const lies: readonly (readonly [string, (answer: IndexAnswer) => IndexAnswer])[] = [
    ['says that nothing else matches', ({ hits }) => ({ hits, beyond: 0 })],
    ['says a little less than there is', ({ hits, beyond }) => ({ hits, beyond: 0.999 * beyond })],
    ['leaves out its best hit', ({ hits, ...rest }) => ({ ...rest, hits: hits.slice(1) })],
    ['returns a hit twice', ({ hits, ...rest }) => ({ ...rest, hits: [...hits, ...hits.slice(0, 1)] })],
    ['never comes to an end', ({ hits, beyond }) => ({ hits, beyond: Math.max(beyond, 1) })],
    ['settles equal scores by its first hit', (answer) => ({ ...answer, beyondRef: 'policy/~' })],
  ];
  it.each(lies)('catches one that %s', async (_what, lie) => {
    expect(await isCaught(() => new LyingIndex(lie))).toBe(true);
  });

  it('lets one through that promises as little as it may', async () => {
    const random = randomOf(1);
    expect(await isCaught(() => new SloppyIndex(random))).toBe(false);
  });
});
