/** A question of a data set: asked when everything has arrived, in a search, of a count of ranks that the usual metrics need. */
import type { Expectation, Question } from '../../harness/types.js';

/** nDCG and recall are read at ten ranks at the most. */
export const ranksAsked = 10;

type Asked = Pick<Question, 'id' | 'tenant' | 'text'> &
  Partial<Pick<Question, 'account' | 'history' | 'kinds'>> & { readonly expect: Partial<Expectation> };

export function questionOf({ expect, ...asked }: Asked): Question {
  return {
    at: { kind: 'end' },
    account: null,
    mode: 'search',
    history: [],
    kinds: ['policy'],
    count: ranksAsked,
    ...asked,
    expect: { contains: [], absent: [], ...expect },
  };
}

/** Every reference with gain 1. */
export function equallyRelevant(refs: Iterable<string>): ReadonlyMap<string, number> {
  return new Map(Array.from(refs, (ref) => [ref, 1]));
}
