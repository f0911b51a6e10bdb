import { describe, expect, it } from 'vitest';
import { type Answer, judge } from './judge.js';
import { expectation } from './trap.js';

const question = { tenant: 'northquay', account: 'A-1', question: 'How many?' } as const;
const truth = {
  when: 'after',
  seenThrough: 0,
  mustContain: ['ticket/T-1'],
  mustNotContain: ['ticket/T-2'],
  mustNotMention: ['secret'],
  claims: [
    { kind: 'value', ref: 'ticket/T-1', pointer: '/a~1b/0', equals: 'x' },
    { kind: 'active', ref: 'entitlement/E-1', active: false },
    { kind: 'successor', ref: 'policy/p@1', successor: 'policy/p@2' },
  ],
  label: 'fresh',
} as const;
const expected = expectation(question, truth);

const right: Answer = {
  items: [
    { ref: 'ticket/T-1', value: { 'a/b': ['x'] }, active: false, successor: null },
    { ref: 'policy/p@1', value: {}, active: true, successor: 'policy/p@2' },
  ],
  text: 'plain',
  label: 'fresh',
};

describe('judge', () => {
  it('finds nothing wrong with an answer that holds what is expected', () => {
    expect(judge(expected, right)).toEqual([]);
  });

  it('names every difference of an answer that holds nothing', () => {
    expect(judge(expected, { items: [], text: 'a secret', label: 'stale' })).toEqual([
      'ticket/T-1 is missing',
      'mentions "secret"',
      'ticket/T-1 is missing',
      'policy/p@1 is missing',
      'label is stale, not fresh',
    ]);
  });

  it('tells a wrong value, an entitlement that is still active, a wrong successor and an item too many', () => {
    const wrong: Answer = {
      ...right,
      items: [
        { ref: 'ticket/T-1', value: { 'a/b': ['y'] }, active: false, successor: null },
        { ref: 'ticket/T-2', value: {}, active: false, successor: null },
        { ref: 'entitlement/E-1', value: {}, active: true, successor: null },
        { ref: 'policy/p@1', value: {}, active: true, successor: null },
      ],
    };
    expect(judge(expected, wrong)).toHaveLength(4);
  });
});
