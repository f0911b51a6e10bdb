import { describe, expect, it } from 'vitest';
import { readTopicFile } from './topic-file.js';
import { defaultTopics, partitionedAs, topicAbout } from './topics.js';

const { sources, rejected, context } = defaultTopics;
const [first, ...others] = sources;

function faultsOf(file: object | string): readonly string[] {
  const reading = readTopicFile(typeof file === 'string' ? file : JSON.stringify(file));
  return reading.ok ? [] : reading.faults;
}

function withFirst(more: object) {
  return { sources: [{ ...first, ...more }, ...others], rejected, context };
}

describe('a file of topics', () => {
  it('says what the defaults say when it is written out', () => {
    const reading = readTopicFile(JSON.stringify(defaultTopics));
    expect(reading).toMatchObject({ ok: true, map: defaultTopics });
  });

  it('leaves partitions, tenant, key and format to their defaults', () => {
    const plain = sources.map(({ name, about }) => ({ name, about }));
    const reading = readTopicFile(JSON.stringify({ sources: plain, rejected, context }));
    if (!reading.ok) throw new Error(reading.faults.join());
    const account = topicAbout(reading.map, 'account');
    expect(account).toEqual({
      name: 'crm.accounts',
      about: 'account',
      tenant: null,
      format: 'cloudevents',
      partitions: 4,
    });
  });

  it('may say how keys and records of a topic are made', () => {
    expect(faultsOf(withFirst({ tenant: 'acme', key: 'none', format: 'json' }))).toEqual([]);
    expect(faultsOf(withFirst({ tenant: 'acme', key: 'tenant/id' }))).toEqual([]);
    expect(faultsOf(withFirst({ key: 'none' }))).toEqual([]);
  });

  it.each<[fault: string, file: object | string]>([
    ['is not JSON', '{'],
    ['/sources/0/about must be one of account', withFirst({ about: 'invoice' })],
    ['/sources/0/name is no name of a topic', withFirst({ name: 'a:b' })],
    ['/sources/0/partitions', withFirst({ partitions: 0 })],
    ['/sources/0/key must be', withFirst({ key: 'hash' })],
    ['/sources/0/key needs a tenant', withFirst({ key: 'id' })],
    ['/sources/0/format needs a tenant', withFirst({ key: 'none', format: 'json' })],
    ['/sources/0 Unrecognized key', withFirst({ partition: 4 })],
    ['names the topic copilot.rejected more than once', withFirst({ name: rejected })],
    [
      '/sources has more than one topic about ticket',
      { sources: [...sources, { name: 'more', about: 'ticket' }], rejected, context },
    ],
    ['/sources has no topic about account', { sources: others, rejected, context }],
    ['/context', { sources, rejected }],
  ])('is refused, saying that it %s', (fault, file) => {
    expect(faultsOf(file)).toEqual([expect.stringContaining(fault)]);
  });

  it('is told all its faults at once', () => {
    expect(faultsOf({ sources: others.slice(1), rejected, context })).toHaveLength(2);
  });
});

describe('a map of topics', () => {
  it('has the partitions that the log has, where the log has the topic', () => {
    const map = partitionedAs(defaultTopics, [{ name: 'crm.accounts', partitions: 12 }]);
    expect(map.sources.map(({ partitions }) => partitions).slice(0, 2)).toEqual([12, 4]);
  });
});
