import { describe, expect, it } from 'vitest';
import { interactionClasses } from '../domain/interaction/index.js';
import { defaultTopics, topicsToOpen } from '../log/topics.js';
import { catalogueOf, classNames } from './catalogue.js';

const contracts = catalogueOf(defaultTopics, new Map([['copilot.tool', { ageMs: 86_400_000, bytes: null }]]));

describe('the catalogue', () => {
  it.each(contracts.map((one) => [one.name, one] as const))(
    'says of %s who owns it, why it is kept, and all else',
    (_, one) => {
      for (const told of [one.key, one.ordering, one.kept, one.owner, one.access.read, one.access.write, one.bodies]) {
        expect(told.trim()).toMatch(/\w{3}/);
      }
      expect(one.retention).toEqual({ ageMs: one.name === 'tool' ? 86_400_000 : null, bytes: null });
    },
  );

  it('has each class once, and every topic that this service makes by itself', () => {
    expect(contracts.map(({ name }) => name)).toEqual(classNames);
    const own = topicsToOpen(defaultTopics).filter(({ name }) => name.startsWith('copilot.'));
    const told = contracts.map(({ topic, partitions }) => ({ name: topic, partitions }));
    expect(new Set(told)).toEqual(new Set(own));
  });

  it('has every type with the members it requires', () => {
    for (const { kind, types } of Object.values(interactionClasses)) {
      const told = contracts.find(({ name }) => name === kind)?.types ?? {};
      expect(Object.keys(told)).toEqual(expect.arrayContaining(Object.keys(types)));
    }
    const decision = contracts.find(({ name }) => name === 'decision');
    expect(decision?.types['decision.overridden']).toMatchObject({ required: ['by', 'reason'] });
  });
});
