import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { defaultTopics } from '../../src/log/topics.js';
import { KeptLog } from '../../src/replay/fixture/kept-log.js';
import { play } from '../flow/play.test-support.js';
import { Flow, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { memoryEngines } from '../harness/engines.test-support.js';
import { runSuite } from '../harness/run.js';
import { readSuite } from '../harness/suite.js';
import { demoQuestions, demoWorld, tenants, traps } from '../streams/demo-world/index.js';
import { ndjsonSource } from '../streams/ndjson-source.js';
import { type CaptureWish, capture } from './capture.js';

const everything: CaptureWish = { name: 'captured', embedder: 'lexical', fromMs: 0, toMs: Infinity, tenant: null };
const clock = new TwoHandClock();
const log = memoryLog(clock);
const released = new Map<string, string>();

const asked = [
  ...demoQuestions,
  ...traps.flatMap(({ expectations }) => expectations.filter(({ when }) => when !== 'redriven')),
];

async function release(
  flow: Flow,
  { tenant, account, question }: Pick<(typeof asked)[number], 'tenant' | 'account' | 'question'>,
) {
  const { status, body } = await flow
    .caller(tenant)
    .ask('/v1/context', { body: { account, question, purpose: 'support' } });
  if (status !== 200) return undefined;
  released.set(String(body.id), String(body.content));
  clock.setWall(clock.wallMs() + 1);
  return String(body.id);
}

function decision(type: string, id: string, data: JsonObject): JsonObject {
  const named = { specversion: '1.0', id: `${id}/${type}`, source: '/copilot', type, subject: id };
  return { ...named, time: new Date(clock.wallMs()).toISOString(), data };
}

/** The demo world in four steps; after each everything is asked, and two decisions are told. */
beforeAll(async () => {
  const flow = await Flow.open({ clock, log, tenants });
  const world = demoWorld();
  for (let step = 1; step <= 4; step++) {
    const arrived = world.slice(((step - 1) * world.length) / 4, (step * world.length) / 4);
    clock.setWall(Math.max(clock.wallMs(), (arrived.at(-1)?.at ?? 0) + 1));
    clock.advance(1_000);
    await play(flow, arrived);
    await flow.settle();
    for (const question of asked) await release(flow, question);
  }
  const [good = '', bad = ''] = [...released.keys()].slice(-2);
  const told = [
    decision('decision.proposed', 'D-1', { action: 'refund', snapshots: [good] }),
    decision('decision.approved', 'D-1', { by: 'lead' }),
    decision('decision.proposed', 'D-2', { action: 'refund', snapshots: [bad] }),
    decision('decision.overridden', 'D-2', { by: 'lead', reason: 'wrong policy' }),
  ];
  await flow.caller('northquay').ok('/v1/events', { body: told });
  await flow.settle();
  await flow.stop();
});

async function playedAgain(wish: Partial<CaptureWish> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-capture-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const captured = await capture(new KeptLog(log), defaultTopics, { ...everything, ...wish });
  for (const [name, text] of Object.entries(captured.files)) await writeFile(join(folder, name), text);
  const suite = readSuite(join(folder, 'suite.yaml'));
  const result = await runSuite({
    suite,
    setup: suite.setup,
    source: ndjsonSource(join(folder, 'stream.ndjson')),
    engines: memoryEngines(),
    topics: defaultTopics,
    folder: join(folder, 'run'),
    resume: false,
    signal: new AbortController().signal,
    progress: () => undefined,
    stopwatch: () => 0,
  });
  if (result.kind !== 'done') throw new Error(result.kind);
  return { captured, suite, result };
}

describe('a data set that was captured from the audit log', () => {
  it('gives the same contexts as were released, by their digests, when it is played again', async () => {
    const { captured, result } = await playedAgain();
    expect(captured.questions).toBe(released.size);
    const differ = result.answers.filter(({ question, content }) => content !== released.get(question));
    expect(differ.map(({ question }) => question)).toEqual([]);
    expect(result.answers.flatMap(({ findings }) => findings)).toEqual([]);
    expect(captured.notices).toEqual([]);
  });

  it('has the word of people as labels: overridden is not answerable, approved is', async () => {
    const { suite, captured } = await playedAgain();
    const [good, bad] = [...released.keys()].slice(-2);
    const judged = suite.questions.filter(({ expect: { answerable } }) => answerable !== undefined);
    expect(new Map(judged.map(({ id, expect: { answerable } }) => [id, answerable]))).toEqual(
      new Map([
        [good, true],
        [bad, false],
      ]),
    );
    expect(captured.labels).toBe(2);
  });

  it('of one tenant and a range of time has nothing else in it', async () => {
    const { captured, suite, result } = await playedAgain({ tenant: 'pinbell' });
    expect(suite.questions.every(({ tenant }) => tenant === 'pinbell')).toBe(true);
    expect(captured.files['stream.ndjson']).not.toContain('northquay');
    expect(result.answers.every(({ question, content }) => content === released.get(question))).toBe(true);
    const none = await capture(new KeptLog(log), defaultTopics, { ...everything, toMs: 1 });
    expect([none.questions, none.records]).toEqual([0, 0]);
  });

  it('is the same bytes when it is captured again', async () => {
    const again = () => capture(new KeptLog(log), defaultTopics, everything);
    expect((await again()).files).toEqual((await again()).files);
  });
});
