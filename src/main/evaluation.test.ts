import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FileLog } from '../../connectors/file/log.js';
import { recordOf } from '../../eval/harness/arrivals.js';
import { demoWorld } from '../../eval/streams/demo-world/index.js';
import { jsonOf, memoryComposition, type Ran, runCli, temporaryFolder } from '../cli/cli.test-support.js';
import type { Evaluation } from '../cli/evaluation.js';
import { defaultTopics, topicsToOpen } from '../log/topics.js';
import { evaluation } from './evaluation.js';

const demo = fileURLToPath(new URL('../../eval/suites/demo.yaml', import.meta.url));
const composition = { ...memoryComposition(), evaluation };

function evalCli(args: readonly string[], signal?: AbortSignal): Promise<Ran> {
  return runCli(['eval', ...args], { composition, ...(signal === undefined ? {} : { signal }) });
}

/** A suite of one question in a folder of its own. */
function suiteIn(folder: string, lines: readonly string[]): string {
  const path = join(folder, 'suite.yaml');
  const asked =
    '{ id: one, at: end, question: How large a discount may a team lead approve?, expect: { relevant: [policy/discount-approval@3] } }';
  writeFileSync(path, ['name: small', 'tenant: northquay', ...lines, 'questions:', `  - ${asked}`, ''].join('\n'));
  return path;
}

/** The demo world in a log's folder, as a server would have left it. */
async function demoLog(folder: string): Promise<void> {
  let nowMs = 0;
  const log = await FileLog.open({
    folder,
    topics: topicsToOpen(defaultTopics),
    clock: () => nowMs,
    onReport: () => {},
  });
  for (const entry of demoWorld()) {
    nowMs = entry.at;
    const record = recordOf(entry, defaultTopics);
    if (record !== undefined) await log.append([record]);
  }
  await log.close();
}

const withoutTimes = (report: string) => report.slice(0, report.lastIndexOf('"times":'));

describe('tidemark eval run', { timeout: 60_000 }, () => {
  it('passes the suite of the demo world without any data, and ends with 0', async () => {
    const out = temporaryFolder();
    const ran = await evalCli(['run', demo, '--out', out, '--json']);
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(jsonOf(ran)).toMatchObject({ passed: true, suite: { name: 'demo' } });
    expect(withoutTimes(readFileSync(join(out, 'report.json'), 'utf8'))).toContain('"rejected":2');
  });

  it('writes the same report when it was interrupted and went on', async () => {
    const [whole, halted] = [temporaryFolder(), temporaryFolder()];
    await evalCli(['run', demo, '--out', whole]);
    const stop = new AbortController();
    const progress = (done: number) => void (done > 700 && stop.abort());
    const run: Evaluation['run'] = (config, wish) => evaluation.run(config, wish, { signal: stop.signal, progress });
    const halting = { ...composition, evaluation: { ...evaluation, run } };
    const ran = await runCli(['eval', 'run', demo, '--out', halted], { composition: halting });
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(
      /^Interrupted after \d+ of 45 questions; their answers are kept\.\nGo on with: tidemark eval run /,
    );
    await evalCli(['run', demo, '--out', halted, '--resume']);
    const [one, other] = [whole, halted].map((folder) =>
      withoutTimes(readFileSync(join(folder, 'report.json'), 'utf8')),
    );
    expect(one).toBe(other);
  });

  it('ends with 100 when a threshold is not met', async () => {
    const out = temporaryFolder();
    const suite = suiteIn(out, ['stream: { world: demo }', 'thresholds: { tokens: "<= 1" }']);
    const { code, out: shown } = await evalCli(['run', suite, '--out', join(out, 'run')]);
    expect(code).toBe(100);
    expect(shown).toContain('Tokens <= 1: it is 320');
  });

  it('makes a report again for another threshold, and not for a suite that asks something else', async () => {
    const out = temporaryFolder();
    const run = join(out, 'run');
    await evalCli(['run', suiteIn(out, ['stream: { world: demo }']), '--out', run]);
    suiteIn(out, ['stream: { world: demo }', 'thresholds: { tokens: "<= 1" }']);
    expect((await evalCli(['report', run])).code).toBe(100);
    const path = suiteIn(out, ['stream: { world: demo }', 'thresholds: { fact_missing_rate: "<= 0" }']);
    writeFileSync(path, readFileSync(path, 'utf8').replace('expect: {', 'expect: { contains: [90 days],'));
    const { code, err } = await evalCli(['report', run]);
    expect(code).toBe(2);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(`${run} has answers to other questions or another stream than`);
  });

  it('plays the folder of a log as it plays the stream that the log is of', async () => {
    const folder = temporaryFolder();
    await demoLog(join(folder, 'log'));
    const suite = suiteIn(folder, ['stream: { journal: log }', 'metrics: [ndcg@10]']);
    const ran = await evalCli(['run', suite, '--out', join(folder, 'run'), '--json']);
    expect(ran.err).toBe('');
    const stream = { records: 1_305, applied: 1_299, superseded: 1, duplicates: 3, rejected: 2 };
    expect(jsonOf(ran)).toMatchObject({ stream, metrics: { 'ndcg@10': { value: 1 } } });
  });
});

describe('tidemark eval run ends with 2 and one clear line for', () => {
  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    [
      'a model that there is none of',
      ['stream: { world: demo }', 'setup: { embedder: word2vec }'],
      'an embedder is named that there is none of',
    ],
    [
      'a folder of a model that is not there',
      ['stream: { world: demo }', 'setup: { embedder: "transformers:./no-model" }'],
      "the model's folder lacks config.json",
    ],
    ['an unknown ranking', ['stream: { world: demo }', 'setup: { ranking: best }'], 'there is no ranking "best"'],
    ['an unknown prompt', ['stream: { world: demo }', 'setup: { prompt: nothing }'], 'there is no prompt "nothing"'],
    ['a folder that holds no log', ['stream: { journal: . }'], 'holds neither a log nor a journal'],
    ['an unknown key', ['stream: { world: demo }', 'tennant: a'], 'unknown key "tennant"; did you mean "tenant"?'],
  ];
  it.each(wrong)('%s', async (_, lines, told) => {
    const folder = temporaryFolder();
    const { code, err } = await evalCli(['run', suiteIn(folder, lines), '--out', join(folder, 'run')]);
    expect(err).toContain(told);
    expect([code, err.startsWith('error: ')]).toEqual([2, true]);
  });
});
