import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Kind } from '../../src/domain/kinds/index.js';
import { defaultTopics } from '../../src/log/topics.js';
import type { SourceEntry, StreamSource } from '../streams/source.js';
import { type PolicySet, readPolicySet, withPolicies } from './policies.js';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-policies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(content: string): PolicySet {
  const path = join(folder, 'gold.yaml');
  writeFileSync(path, content);
  return readPolicySet(path);
}

function entry(at: number, topicKind: Kind, subject: string): SourceEntry {
  const event = { specversion: '1.0', id: subject, source: 's', type: 't', subject, tenant: 'acme', time: '' } as const;
  return { at, tenant: 'acme', topicKind, event };
}

const stream: StreamSource = {
  name: 'test',
  async *entries() {
    yield* [entry(1_000, 'account', 'A'), entry(2_000, 'policy', 'old'), entry(3_000, 'ticket', 'T')];
  },
  questions: async () => [],
};

async function played(content: string) {
  const source = withPolicies(stream, read(content), defaultTopics);
  const entries: string[] = [];
  for await (const one of source.entries()) {
    const subject = 'event' in one ? one.event.subject : '';
    entries.push(`${one.at} ${subject} ${one.position?.topic}:${one.position?.offset}`);
  }
  return { entries, source };
}

describe('a stream with other policies', () => {
  it('has them before its first record, and keeps its own and their positions', async () => {
    const { entries } = await played('tenant: acme\npolicies: [{data: {id: new}}]');
    expect(entries).toEqual(['1000 new policies:0', '1000 A stream:0', '2000 old stream:1', '3000 T stream:2']);
  });

  it('has them in place of its own, and says how many it left out', async () => {
    const { entries, source } = await played('tenant: acme\nreplace: true\npolicies: [{data: {id: new}}]');
    expect(entries).toEqual(['1000 new policies:0', '1000 A stream:0', '3000 T stream:2']);
    expect(source.notices?.()).toEqual([
      expect.stringMatching(/^1 policy records of the stream were left out for those of/),
    ]);
  });

  it('has each at its instant, also after its last record', async () => {
    const at = (ms: number) => new Date(ms).toISOString();
    const content = `tenant: acme\nat: ${at(9_000)}\npolicies:\n- data: {id: late}\n- {at: "${at(2_500)}", delete: old}`;
    const { entries } = await played(content);
    expect(entries.slice(2)).toEqual(['2500 old policies:0', '3000 T stream:2', '9000 late policies:1']);
  });

  it('is named otherwise when a word of them is another', () => {
    const [one, other] = ['a', 'b'].map(
      (body) => read(`tenant: acme\npolicies: [{data: {id: p, body: ${body}}}]`).name,
    );
    expect(one).not.toBe(other);
  });
});

describe('a file of policies', () => {
  it.each([
    ['tenant: acme\npolicies: []', 'is empty: name at least one policy'],
    ['policies: [{data: {id: a}}]', 'gold.yaml:1: a policy without a tenant'],
    ['tenant: a\npolicies: [{data: {id: a}, delete: b}]', 'has either "data"'],
    ['tenant: a\npolices: []\npolicies: [{delete: b}]', 'unknown key "polices"; did you mean "policies"?'],
    ['tenant: a\nat: tomorrow\npolicies: [{delete: b}]', '"tomorrow" is no instant'],
  ])('is refused with one clear line: %j', (content, line) => {
    expect(() => read(content)).toThrow(line);
  });
});
