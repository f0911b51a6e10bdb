import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../log/topics.js';
import { stepFor, wishedTopics } from './kafka-topics.js';

const source = { name: 'support.tickets', partitions: 4, isOwn: false };
const own = { name: 'copilot.rejected', partitions: 1, isOwn: true };

describe('a plan of topics', () => {
  it('wishes every topic of the configuration, our own with one partition whatever the others have', () => {
    const wished = wishedTopics(defaultTopics, { partitions: 12 });
    expect(wished.filter(({ isOwn }) => !isOwn).map(({ partitions }) => partitions)).toEqual(Array(7).fill(12));
    expect(wished.filter(({ isOwn }) => isOwn).map(({ partitions }) => partitions)).toEqual([1, 1]);
    expect(wishedTopics(defaultTopics, {}).map(({ partitions }) => partitions)).toEqual([4, 4, 4, 4, 1, 1, 1, 1, 1]);
  });

  it('makes what is missing and lets a topic of others have as many partitions as it has', () => {
    expect(stepFor(source, undefined)).toMatchObject({
      action: 'create',
      what: expect.stringContaining('4 partitions'),
    });
    expect(stepFor(source, { partitions: 9, cleanup: 'delete' })).toMatchObject({
      action: 'none',
      what: '9 partitions',
    });
    expect(stepFor(source, { partitions: 9, cleanup: null })).toMatchObject({ action: 'none' });
  });

  it('names what differs and cannot be put right: an order that is split, and a history that is compacted', () => {
    expect(stepFor(own, { partitions: 2, cleanup: 'delete' })).toMatchObject({ action: 'differs' });
    expect(stepFor(source, { partitions: 4, cleanup: 'compact,delete' })).toMatchObject({ action: 'differs' });
  });
});
