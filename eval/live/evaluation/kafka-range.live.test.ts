/** Evaluations over topics of a real broker: by position range, with what brokers do to a log, and the same as from other sources. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewRecord } from '../../../src/log/port.js';
import { topicAbout } from '../../../src/log/topics.js';
import { recordOf } from '../../harness/arrivals.js';
import { demoWorld } from '../../streams/demo-world/index.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { EvaluationScene, type Outcome } from './scene.test-support.js';

const encoder = new TextEncoder();
const asked = [
  '{ id: before, at: "2026-02-09T23:59:59.999Z", account: A-1007, question: How long may a subscription be refunded?, expect: { relevant: [policy/refund-window-business@1] } }',
  '{ id: after, at: 2026-02-10, account: A-1007, question: How long may a subscription be refunded?, expect: { relevant: [policy/refund-window-business@2] } }',
  '{ id: discount, at: end, account: A-1007, question: How large a discount may a team lead approve?, expect: { relevant: [policy/discount-approval@3] } }',
  '{ id: limits, at: 2026-02-20, question: How many API requests per minute may an enterprise account send?, expect: { absent: [never committed] } }',
];
const suite = ['tenant: northquay', 'metrics: [ndcg@10, future_leak, fact_forbidden_rate]', 'questions:'];
const lines = [...suite, ...asked.map((one) => `  - ${one}`)];

describe.skipIf(kafkaUrl() === undefined)(`an evaluation over Kafka (${kafkaMissing()})`, { timeout: 120_000 }, () => {
  let scene: EvaluationScene;
  let journal: string;
  const kafka = { kafka: kafkaUrl() };
  const topicOf = (about: 'policy' | 'ticket') => topicAbout(scene.map, about);

  beforeAll(async () => {
    scene = await EvaluationScene.open();
    const world = demoWorld().flatMap((entry): readonly (readonly [NewRecord, number])[] => {
      const record = recordOf(entry, scene.map);
      return record === undefined ? [] : [[record, entry.at]];
    });
    const half = world.length >> 1;
    await scene.send(world.slice(0, half));
    await scene.sendAborted(uncommitted(), world[half]?.[1] ?? 0);
    await scene.send(world.slice(half));
    await scene.send([[poisoned(), (world.at(-1)?.[1] ?? 0) - 86_400_000]]);
    journal = await scene.copyToJournal();
  });
  afterAll(() => scene?.close());

  /** A policy that would answer, had its transaction been committed. */
  function uncommitted(): NewRecord {
    const data = {
      id: 'none@1',
      policyId: 'none',
      version: '1',
      title: 'API requests per minute',
      body: 'never committed',
    };
    const event = { specversion: '1.0', id: 'e-none', source: '/t', type: 'policy.changed', subject: 'none@1' };
    const value = JSON.stringify({ ...event, tenant: 'northquay', data });
    return { topic: topicOf('policy').name, key: encoder.encode('none@1'), headers: [], value: encoder.encode(value) };
  }

  /** No event, and dated a day before what arrived before it. */
  function poisoned(): NewRecord {
    const value = encoder.encode('{"broken');
    return { topic: topicOf('ticket').name, key: encoder.encode('T-broken'), headers: [], value };
  }

  it('answers as from the journal of the same topics and from the same records as NDJSON', async () => {
    const outcomes: Outcome[] = [];
    for (const stream of [kafka, { journal }, { file: scene.writeLines() }])
      outcomes.push(await scene.evaluate(stream, lines));
    const [fromKafka, fromJournal, fromFile] = outcomes;
    expect(fromKafka?.answers).toHaveLength(asked.length);
    expect(fromKafka?.stream).toMatchObject({ records: scene.sent.length, rejected: 3 });
    expect(fromJournal).toEqual(fromKafka);
    expect(fromFile?.answers).toEqual(fromKafka?.answers);
  });

  it('tells holes, poisoned records and dates that go back, each in a line', async () => {
    const { stream, answers } = await scene.evaluate(kafka, lines);
    const broken = scene.sent.at(-1);
    const place = `${topicOf('ticket').name}:${broken?.partition}:${broken?.offset}`;
    expect(stream.notices).toContainEqual(
      expect.stringMatching(/^\d+ holes in the numbering of the stream \(first: .+ goes from \d+ to \d+\)$/),
    );
    expect(stream.notices).toContain(`${place} was rejected: not_json`);
    expect(stream.notices).toContainEqual(
      expect.stringContaining('1 entries are dated before one that arrived earlier'),
    );
    expect(JSON.stringify(answers)).not.toContain('policy/none');
  });

  it('asks at a position, reads no further than its range, and says when the range never gets there', async () => {
    const { name } = topicOf('policy');
    const of = scene.sent.filter(({ record, partition }) => record.topic === name && partition === 0);
    const [early, late] = [of[3]?.offset, of.at(-1)?.offset];
    const at = (offset: bigint | undefined) => [
      ...suite.slice(0, 1),
      'questions:',
      `  - { id: there, at: "${name}:0:${offset}", question: refunds }`,
    ];
    const range = { ...kafka, to: { [`${name}:0`]: String(early) } };
    const whole = await scene.evaluate(kafka, at(early));
    expect((await scene.evaluate(range, at(early))).answers).toEqual(whole.answers);
    await expect(scene.evaluate(range, at(late))).rejects.toMatchObject({
      code: 'suite_invalid',
      message: expect.stringContaining('which the stream never reaches'),
    });
  });

  it('says where a partition begins whose first records have expired', async () => {
    const { name } = topicOf('policy');
    await scene.topics.deleteRecords(name, 0, 5n);
    const { stream, answers } = await scene.evaluate(kafka, lines);
    expect(stream.notices).toContain(`${name}:0 begins at 5: what came before has expired`);
    expect(answers).toHaveLength(asked.length);
  });
});
