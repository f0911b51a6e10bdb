import { describe, expect, it } from 'vitest';
import { interactionKinds } from '../domain/event.js';
import { kindNames } from '../domain/kinds/index.js';
import { parsePositionText } from '../domain/position.js';
import { defaultTopics, ownTopics, sourceTopic, topicAbout, topicsToOpen } from './topics.js';

describe('the default topics', () => {
  it('have one for every kind of entity and of interaction, so that any event that is understood has a place', () => {
    for (const about of [...kindNames, ...interactionKinds]) {
      expect(topicAbout(defaultTopics, about)).toMatchObject({ about });
    }
  });

  it('are opened once each, those that the service writes with one partition: their order is one', () => {
    const names = topicsToOpen(defaultTopics).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const own of ownTopics(defaultTopics)) {
      expect(topicsToOpen(defaultTopics)).toContainEqual({ name: own, partitions: 1 });
      expect(sourceTopic(defaultTopics, own)).toBeUndefined();
    }
  });

  it('have names that can be written in a position', () => {
    for (const { name } of topicsToOpen(defaultTopics)) expect(parsePositionText(`${name}:0:0`)).toBeDefined();
  });
});
