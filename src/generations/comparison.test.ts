import { describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import type { Assembled } from '../snapshot/assemble.js';
import type { RetrievalFacts } from '../snapshot/manifest.js';
import { PolicySet } from '../state/policy-set.js';
import { compareAssembled } from './comparison.js';

const facts = { statistics: digestOf('none'), pendingScored: 0, pendingUnscored: 0 };

function assembled(retrieval: RetrievalFacts | null): Assembled {
  const nothing = { through: new Map(), blocked: [], items: [], omitted: { named: [], count: 0 } };
  return { ...nothing, policies: new PolicySet(0, []), retrieval };
}

describe('a comparison', () => {
  it('tells how sure each was', () => {
    const [ours, theirs] = [assembled({ ...facts, confidence: 0.25 }), assembled({ ...facts, confidence: 0.75 })];
    expect(compareAssembled(ours, theirs)).toMatchObject({ isSame: true, confidence: { live: 0.25, shadow: 0.75 } });
  });

  it('tells nothing of it where one retrieved nothing, or could not ask its index', () => {
    const ours = assembled({ ...facts, confidence: 0.25 });
    for (const other of [assembled(null), assembled({ ...facts, confidence: 0, unavailable: true })]) {
      expect([compareAssembled(ours, other).confidence, compareAssembled(other, ours).confidence]).toEqual([
        null,
        null,
      ]);
    }
  });
});
