import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { doneRun, inFolder, partsOf, questionAt } from '../harness/run.test-support.js';
import { survey } from '../harness/survey.js';
import type { Question } from '../harness/types.js';
import { ndjsonSource } from './ndjson-source.js';

const body = (id: string) => ({
  id,
  policyId: id,
  version: '1',
  title: 'Refunds of labels',
  body: `Rule ${id}: within a month.`,
});

/** A record of the policies' topic, as a log held it. */
function record(offset: number, timestamp: string, more: object = {}): string {
  const id = `p${offset}`;
  const event = { specversion: '1.0', id, source: '/test', type: 'policy.published', subject: id, tenant: 'northquay' };
  const value = JSON.stringify({ ...event, datacontenttype: 'application/json', data: body(id) });
  const headers = { 'content-type': 'application/cloudevents+json' };
  return JSON.stringify({
    topic: 'support.policies',
    partition: 1,
    offset,
    timestamp,
    key: `northquay/${id}`,
    value,
    headers,
    ...more,
  });
}

async function playing<T>(lines: readonly string[], work: (path: string, folder: string) => Promise<T>): Promise<T> {
  return inFolder((folder) => {
    const path = join(folder, 'stream.ndjson');
    writeFileSync(path, `${lines.join('\n')}\n`);
    return work(path, folder);
  });
}

const day = (date: number) => `2026-02-0${date}T10:00:00Z`;
const runOf = (lines: readonly string[], questions: readonly Question[]) =>
  playing(lines, (path, folder) => doneRun(partsOf(ndjsonSource(path), folder, questions)));
const faultOf = (lines: readonly string[], question: Question) =>
  playing(lines, (path) => survey(ndjsonSource(path), [question]).then(String, ({ message }) => String(message)));

describe('a stream in a file', () => {
  it('is played in the numbering of its source: a question at a position sees that record and none behind it', async () => {
    const at = { kind: 'position', topic: 'support.policies', partition: 1, offset: 5n } as const;
    const lines = [record(4, day(1)), record(5, day(2)), record(6, day(3))];
    const { answers } = await runOf(lines, [questionAt('one', { at })]);
    expect(answers[0]?.items.map(({ position }) => position).sort()).toEqual([
      'support.policies:1:4',
      'support.policies:1:5',
    ]);
  });

  it('is parted at line feeds alone: a text may hold what other readers take for the end of a line', async () => {
    await playing([record(4, day(1), { key: 'a\u2028b\u2029c' }), record(5, day(2))], async (path) => {
      const source = ndjsonSource(path);
      const keys: (string | undefined)[] = [];
      for await (const entry of source.entries())
        keys.push('record' in entry ? entry.record.key?.toString() : undefined);
      expect([keys, source.notices?.()]).toEqual([['a\u2028b\u2029c', 'northquay/p5'], []]);
    });
  });

  it('with holes, reordered dates, poisoned records and lines that are none is played, and each is told', async () => {
    const poisoned = record(9, day(3), { value: '{"specversion":"1.0"' });
    const lines = [record(4, day(2)), record(5, day(1)), 'no json', record(8, day(3)), poisoned, '{"topic":"a"}'];
    const strange = record(1, day(3), { topic: 'elsewhere' });
    const { answers, stream } = await runOf([...lines, strange], [questionAt('one', {})]);
    expect(answers[0]?.items).toHaveLength(3);
    expect(stream).toEqual({
      digest: expect.stringMatching(/^sha256-[0-9a-f]{64}$/),
      records: 5,
      applied: 3,
      superseded: 0,
      duplicates: 0,
      rejected: 1,
      notices: [
        '2 lines are no entries and were left out (first: line 3, not JSON)',
        '1 entries are dated before one that arrived earlier, and count as arriving with it (first: support.policies:1:5, 2026-02-01T10:00:00.000Z)',
        '1 holes in the numbering of the stream (first: support.policies:1 goes from 5 to 8)',
        '1 records of the topic elsewhere, which the service does not read, were left out',
        'support.policies:1:9 was rejected: not_json',
      ],
    });
  });

  it('asks in a hole what it would have answered there, and says so', async () => {
    const at = { kind: 'position', topic: 'support.policies', partition: 1, offset: 6n } as const;
    const { answers, stream } = await runOf([record(4, day(1)), record(8, day(2))], [questionAt('one', { at })]);
    expect(answers[0]?.items.map(({ ref }) => ref)).toEqual(['policy/p4']);
    expect(stream.notices).toContain('one is asked where the stream has a hole: support.policies:1:6');
  });
});

describe('a moment that cannot be is told in one line:', () => {
  it('a stream without records', async () => {
    const told = await faultOf([''], questionAt('one', {}));
    expect(told).toBe('the stream file stream.ndjson has no records');
  });

  it('a position that the stream never reaches', async () => {
    const at = { kind: 'position', topic: 'support.policies', partition: 0, offset: 5n } as const;
    const told = await faultOf([record(4, day(1))], questionAt('one', { at }));
    expect(told).toBe('question one is asked at support.policies:0:5, which the stream never reaches');
  });

  it('an instant before the first record', async () => {
    const at = { kind: 'instant', ms: Date.UTC(2026, 0, 1) } as const;
    const told = await faultOf([record(4, day(1))], questionAt('one', { at }));
    expect(told).toBe(
      'question one is asked at 2026-01-01T00:00:00.000Z, before the first record of the stream (2026-02-01T10:00:00.000Z)',
    );
  });
});
