import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { kinds } from '../../../src/domain/kinds/index.js';
import type { StreamEntry } from '../stream.js';
import { at } from './calendar.js';
import { demoQuestions, demoWorld, tourPolicyChange, worldEndsAt } from './index.js';
import { answerOf, modelOf } from './model.js';

const world = demoWorld();
const longAfter = at('2028-07-01T12:00:00Z');

function refsAt(entries: readonly StreamEntry[], question: (typeof demoQuestions)[number], evaluatedAt: number) {
  return answerOf(modelOf(entries), { ...question, evaluatedAt }).items.map(({ ref }) => ref);
}

describe('the tour', () => {
  it.each(demoQuestions)('finds what its question needs, whenever it is taken: $question', (question) => {
    for (const now of [worldEndsAt, longAfter]) {
      expect(refsAt(world, question, now)).toEqual(expect.arrayContaining([...question.refs]));
    }
  });

  it.each(demoQuestions)('asks about accounts that no rejected record leaves incomplete: $account', (question) => {
    expect(answerOf(modelOf(world), { ...question, evaluatedAt: longAfter }).label).toBe('fresh');
  });

  it('supersedes a policy of the first question by a change that is in force at once', () => {
    const [first] = demoQuestions;
    const change = {
      at: longAfter,
      tenant: first.tenant,
      topicKind: 'policy',
      event: tourPolicyChange(longAfter),
    } as const;
    const refs = refsAt([...world, change], first, longAfter);
    expect(refs).toContain('policy/label-refund@3');
    expect(refs).not.toContain('policy/label-refund@2');
  });

  it('can be taken twice on one log: the second change wins', () => {
    const changes = [longAfter, longAfter + 1].map((now) => {
      return { at: now, tenant: 'northquay', topicKind: 'policy', event: tourPolicyChange(now) } as const;
    });
    const { outcomes } = modelOf([...world, ...changes]);
    expect(outcomes.applied - modelOf(world).outcomes.applied).toBe(2);
  });

  it('sends a policy as the API takes it', () => {
    const event = tourPolicyChange(longAfter);
    expect(event.type).toBe('policy.published');
    expect(kinds.policy.schema.safeParse(event.data as JsonObject).success).toBe(true);
  });
});
