import { describe, expect, it } from 'vitest';
import type { TopicStep } from '../../src/log/topic-plan.js';
import { defaultTopics } from '../../src/log/topics.js';
import { planTopics, type WantedTopic, wantedTopics } from './topics.js';

const wanted = wantedTopics(defaultTopics, {});
const source = namedIn('crm.accounts');
const own = namedIn('copilot.context');

function namedIn(name: string): WantedTopic {
  const found = wanted.find((topic) => topic.name === name);
  if (found === undefined) throw new Error('not among those wanted');
  return found;
}

function planned(topic: WantedTopic, partitions: number, configs = {}): TopicStep | undefined {
  return planTopics([topic], [{ name: topic.name, partitions, configs: { ...topic.configs, ...configs } }])[0];
}

describe('a plan for topics', () => {
  it('makes what is missing, each topic of the configuration in its order', () => {
    const steps = planTopics(wanted, []);
    expect(steps.map(({ topic }) => topic).slice(-3)).toEqual(['copilot.rejected', 'copilot.context', 'copilot.model']);
    expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(['create']));
    expect(steps[0]?.what).toBe('4 partitions, cleanup.policy=delete, retention.ms=-1');
  });

  it('makes topics with the partitions and copies that are wished for, our own with one partition', () => {
    const steps = planTopics(wantedTopics(defaultTopics, { partitions: 12, replication: 3 }), []);
    expect(steps[0]?.what).toMatch(/^12 partitions, 3 copies of each, /);
    expect(steps.at(-1)?.what).toMatch(/^1 partition, 3 copies/);
  });

  it('has nothing to do where all is as it should be', () => {
    expect(planned(source, 4)?.action).toBe('none');
    expect(planned(own, 1)?.action).toBe('none');
  });

  it('leaves partitions and the retention of a source to whoever owns it', () => {
    expect(planned(source, 4, { 'retention.ms': '1000' })?.action).toBe('none');
    expect([planned(source, 2)?.action, planned(source, 8)?.action]).toEqual(['none', 'none']);
  });

  it('tells of a topic of ours whose records are in more than one order', () => {
    expect(planned(own, 2)).toMatchObject({ action: 'differs', what: expect.stringContaining('one order') });
  });

  it('says nothing of settings that it may not read', () => {
    expect(planTopics([own], [{ name: own.name, partitions: 1, configs: {} }])[0]?.action).toBe('none');
  });

  it('tells of a source that is compacted', () => {
    const step = planned(source, 4, { 'cleanup.policy': 'compact,delete' });
    expect(step).toMatchObject({ action: 'differs', what: expect.stringContaining('is compacted') });
  });

  it('alters a topic of ours that would expire or be compacted', () => {
    const step = planned(own, 1, { 'cleanup.policy': 'compact', 'retention.ms': '604800000' });
    expect(step).toEqual({ topic: own.name, action: 'alter', what: 'cleanup.policy=delete, retention.ms=-1' });
  });
});
