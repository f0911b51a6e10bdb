import { describe, expect, it } from 'vitest';
import { HashingEmbedder } from '../../src/retrieval/hashing-embedder.js';
import { defaultRanking, lexicalMethod, methodWith } from '../../src/retrieval/method.js';
import { lexicalSetup, type Setup } from './setup.js';
import { variedMethod } from './varied.js';

const method = {
  ...methodWith(new HashingEmbedder()),
  passages: { ...lexicalMethod.passages, partsOf: () => ['part'] },
};

function varied(setup: Partial<Setup>) {
  return variedMethod(method, { ...lexicalSetup, name: 'tried', ...setup });
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'nothing is wrong';
}

describe('the method of a set-up', () => {
  it('is the default one where nothing is chosen, whatever it is called', () => {
    expect(varied({})).toEqual(method);
    expect(varied({ ranking: 'default', passages: 'default' })).toEqual(method);
    const numbers = { denseShare: defaultRanking.denseShare, turns: { ...defaultRanking.turns } };
    const byNumbers = varied({ ranking: numbers, passages: { charsMax: 1_000 } });
    expect(byNumbers.ranking).toEqual(defaultRanking);
    expect(byNumbers.passages.id).toBe(method.passages.id);
  });

  it('names every number of its ranking that is another', () => {
    const { ranking } = varied({ ranking: { denseShare: 0.5, turns: { assistantShare: 0 } } });
    expect(ranking).toEqual({
      ...defaultRanking,
      id: `${defaultRanking.id}/denseShare=0.5/assistantShare=0`,
      denseShare: 0.5,
      turns: { ...defaultRanking.turns, assistantShare: 0 },
    });
  });

  it.each([
    ['dense', 1, 0],
    ['lexical', 0, 1],
  ])('knows %s by name', (name, denseShare, lexicalShare) => {
    const { ranking } = varied({ ranking: name });
    expect(ranking).toMatchObject({ denseShare, lexicalShare, turns: defaultRanking.turns });
    expect(ranking.id).toBe(`${defaultRanking.id}/denseShare=${denseShare}/lexicalShare=${lexicalShare}`);
  });

  it('cuts passages at the wanted length, in another generation, and questions as the model reads them', () => {
    const { passages } = varied({ passages: { charsMax: 60, titleCharsMax: 10 } });
    expect(passages.id).toMatch(/\/60\/10$/);
    expect(passages.partsOf?.('question')).toEqual(['part']);
    const body = 'Labels that were never used are refunded. '.repeat(8);
    const key = { tenant: 'a', kind: 'policy', id: 'p' } as const;
    const texts = passages.passagesOf(key, { id: 'p', title: 'Refunds', body }).map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(4);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(60 + 'Refunds\n'.length);
  });
});

/** What is asked for, and the one line that is told. */
const impossible: readonly (readonly [string, Partial<Setup>, string])[] = [
  ['an unknown ranking', { ranking: 'densest' }, 'there is no ranking "densest"'],
  ['unknown passages', { passages: 'long' }, 'there are no passages "long"'],
  [
    'a ranking of nothing',
    { ranking: { denseShare: 0, lexicalShare: 0 } },
    'its ranking counts neither meaning nor words',
  ],
  [
    'titles longer than passages',
    { passages: { charsMax: 60, titleCharsMax: 61 } },
    'titles of 61 characters in passages of 60',
  ],
];

describe('is told in one line:', () => {
  it.each(impossible)('%s', (_, setup, told) => {
    expect(messageOf(() => varied(setup))).toBe(`set-up tried: ${told}`);
  });

  it('shares that change nothing, because there is no model', () => {
    const dense = { ...lexicalSetup, name: 'words', ranking: 'dense' };
    const told = 'set-up words: shares of a ranking change nothing without a model';
    expect(messageOf(() => variedMethod(lexicalMethod, dense))).toBe(told);
  });
});
