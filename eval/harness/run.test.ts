import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/domain/canonical.js';
import { demoSource } from '../streams/demo-source.js';
import type { StreamSource } from '../streams/source.js';
import { ANSWERS_FILE } from './answers-file.js';
import { askedAt, smallStream } from './lag.test-support.js';
import { plantedStream } from './planted.test-support.js';
import type { RunParts } from './run.js';
import { runSuite } from './run.js';
import { type Done, doneRun, inFolder, partsOf, questionAt } from './run.test-support.js';

/** Everything but what a stop watch says. */
function timeless({ answers, ...rest }: Done): string {
  return JSON.stringify({ ...rest, answers: answers.map(({ latencyMs: _, ...answer }) => answer) });
}

/** Ends after so many questions. */
async function endAfter(parts: RunParts, questions: number): Promise<void> {
  const stop = new AbortController();
  let answered = 0;
  const source = parts.stopwatch;
  // Each answer asks the watch six times: catching up, indexing and the snapshot, before and after.
  const stopwatch = () => {
    answered += 1 / 6;
    if (answered >= questions) stop.abort();
    return source();
  };
  const ended = await runSuite({ ...parts, signal: stop.signal, stopwatch });
  expect(ended).toMatchObject({ kind: 'interrupted', done: questions, total: 29 });
}

describe('a run of the demo world', () => {
  it('answers every question of the stream, with nothing that the oracle finds wrong', async () => {
    const { questions, answers, stream } = await inFolder((folder) => doneRun(partsOf(demoSource(), folder)));
    expect(answers.map(({ question }) => question)).toEqual(questions.map(({ id }) => id));
    expect(answers.flatMap(({ findings }) => findings)).toEqual([]);
    const { records, applied, superseded, duplicates, rejected } = stream;
    expect(applied + superseded + duplicates + rejected).toBe(records);
    expect(stream.notices).toEqual([
      'stream:0:794 was rejected: not_json',
      'stream:0:1165 was rejected: patch_of_unknown_entity',
    ]);
  });

  it('is the same twice but for its times', async () => {
    const once = () => inFolder((folder) => doneRun(partsOf(demoSource(), folder)));
    expect(timeless(await once())).toBe(timeless(await once()));
  });

  it('that was ended goes on to the same result, asking only what has no answer', async () => {
    const whole = await inFolder((folder) => doneRun(partsOf(demoSource(), folder)));
    await inFolder(async (folder) => {
      const parts = partsOf(demoSource(), folder);
      await endAfter(parts, 11);
      const before = readFileSync(join(folder, ANSWERS_FILE), 'utf8');
      const resumed = await doneRun({ ...parts, resume: true });
      expect(readFileSync(join(folder, ANSWERS_FILE), 'utf8').startsWith(before)).toBe(true);
      expect(timeless(resumed)).toBe(timeless(whole));
    });
  });

  it('has answers of the moment they are asked at, whatever was asked a moment before, whole and when it goes on', async () => {
    const consistency = { level: 'fastest', maxStalenessMs: 0, deadlineMs: 2_000, onViolation: 'wait' } as const;
    const questions = [99.99, 100, 100.01, 100.015].map((at) => askedAt(at, { consistency }));
    await inFolder(async (folder) => {
      const parts = partsOf(smallStream, folder, questions);
      const whole = await doneRun(parts);
      expect(whole.answers.map(({ waitedMs, freshness: { ageMs } }) => [waitedMs, ageMs])).toEqual(
        questions.map(() => [undefined, 0]),
      );
      const path = join(folder, ANSWERS_FILE);
      const kept = readFileSync(path, 'utf8').split('\n').slice(0, 3);
      truncateSync(path, 0);
      appendFileSync(path, `${kept.join('\n')}\n`);
      expect(timeless(await doneRun({ ...parts, resume: true }))).toBe(timeless(whole));
    });
  });

  it('that was killed in the middle of a line asks that question again', async () => {
    await inFolder(async (folder) => {
      const parts = partsOf(demoSource(), folder);
      const path = join(folder, ANSWERS_FILE);
      const whole = await doneRun(parts);
      truncateSync(path, readFileSync(path).length - 40);
      expect(timeless(await doneRun({ ...parts, resume: true }))).toBe(timeless(whole));
    });
  });

  it('does not take the answers to another suite for its own', async () => {
    await inFolder(async (folder) => {
      const parts = partsOf(demoSource(), folder);
      await endAfter(parts, 2);
      const suite = { ...parts.suite, digest: digestOf('another suite') };
      const fault = `${join(folder, ANSWERS_FILE)} has answers to another suite, set-up, stream or version`;
      await expect(runSuite({ ...parts, suite, resume: true })).rejects.toMatchObject({
        code: 'suite_invalid',
        message: fault,
      });
    });
  });

  it('says what is named and never came: tenants, accounts and documents that are judged relevant', async () => {
    const judging = { expect: { relevant: new Map([['policy/nosuch@1', 1] as const]), contains: [], absent: [] } };
    const cases = [
      [{ tenant: 'nosuchtenant', ...judging }, 'the tenant nosuchtenant'],
      [{ account: 'nosuch', mode: 'context' }, 'the account nosuch'],
      [judging, 'policy/nosuch@1, which is judged relevant'],
    ] as const;
    const questions = cases.map(([more], at) => questionAt(`q-${at}`, more));
    const { stream } = await inFolder((folder) => doneRun(partsOf(plantedStream(3, 1), folder, questions)));
    expect(stream.notices).toEqual([
      '3 questions name what nothing had arrived of by then (first: question q-0 is about the tenant nosuchtenant)',
    ]);
    for (const [at, [, what]] of cases.entries()) {
      const asked = questions.slice(at, at + 1);
      const { stream } = await inFolder((folder) => doneRun(partsOf(plantedStream(3, 1), folder, asked)));
      expect(stream.notices).toEqual([
        `1 question names what nothing had arrived of by then (first: question q-${at} is about ${what})`,
      ]);
    }
  });

  it('takes records whose offsets are out of order for what they are: arrived', async () => {
    const planted = plantedStream(1, 1);
    const source: StreamSource = {
      ...planted,
      async *entries() {
        let offset = 5n;
        for await (const entry of planted.entries()) {
          yield { ...entry, position: { topic: 'rules', partition: 0, offset } };
          offset -= 2n;
        }
      },
    };
    const question = questionAt('q', { text: 'The secrets of question0 and question1' });
    const { answers } = await inFolder((folder) => doneRun(partsOf(source, folder, [question])));
    expect(answers.map(({ items, findings }) => [items.length, findings])).toEqual([[2, []]]);
  });

  it('does not take the answers of a stream for those of another of the same name and length', async () => {
    await inFolder(async (folder) => {
      const before = plantedStream(3, 1);
      const after = { ...plantedStream(3, 2), name: before.name };
      await doneRun(partsOf(before, folder, [questionAt('q', {})]));
      const parts = { ...partsOf(after, folder, [questionAt('q', {})]), resume: true };
      await expect(runSuite(parts)).rejects.toMatchObject({ code: 'suite_invalid' });
      const same = { ...parts, source: { ...plantedStream(3, 1), name: before.name } };
      expect(await runSuite(same)).toMatchObject({ kind: 'done' });
    });
  });

  it('tells a damaged answer by its line', async () => {
    await inFolder(async (folder) => {
      const parts = partsOf(demoSource(), folder);
      await endAfter(parts, 2);
      const path = join(folder, ANSWERS_FILE);
      appendFileSync(path, '{"question":\n');
      const damaged = { code: 'suite_invalid', message: `${path}:4: is damaged` };
      await expect(runSuite({ ...parts, resume: true })).rejects.toMatchObject(damaged);
    });
  });
});
