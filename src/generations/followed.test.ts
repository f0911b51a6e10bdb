import { describe, expect, it } from 'vitest';
import { partitionKey } from '../domain/position.js';
import { DrivenClock, topics } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { topicAbout } from '../log/topics.js';
import { untilFollowed } from './followed.js';

const { name: topic } = topicAbout(topics, 'policy');
const [first, second] = [partitionKey(topic, 0), partitionKey(topic, 1)];

describe('an instance that is behind the log', () => {
  it('tells by how many records, over all partitions of policies, where the state and the journal both have to be', async () => {
    const clock = new DrivenClock('rushing');
    const startedMs = clock.monotonicMs();
    const state = { through: async () => new Map([[first, 9n]]), watch: () => () => undefined };
    const following = untilFollowed({
      log: { troubles: new Map() },
      state,
      journal: { through: async () => new Map([[first, 7n]]) },
      end: async () => new Map([...[first, second].map((key) => [key, 9n] as const), [partitionKey('other', 0), 99n]]),
      topic,
      clock,
    });
    await expect(following).rejects.toMatchObject({ code: 'behind', facts: { behindRecords: '12' } });
    expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(limits.deadlineMsDefault);
  });
});
