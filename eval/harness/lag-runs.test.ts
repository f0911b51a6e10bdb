import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/domain/canonical.js';
import { ANSWERS_FILE } from './answers-file.js';
import { askedAt, indexMs, lagging, smallStream, startsAtMs, stateMs, timedPolicies } from './lag.test-support.js';
import { plantedRef, plantedStream, questionAfterAnswer, questionsBeforeAnswer } from './planted.test-support.js';
import { runSuite } from './run.js';
import { doneRun, inFolder, partsOf, questionAt } from './run.test-support.js';

const lag = { stateMs, indexMs };
const waiting = { level: 'latest', maxStalenessMs: 20_000, deadlineMs: 30_000, onViolation: 'wait' } as const;
/** With some that wait beside some that do not. */
const questions = [100, 104, 110, 111.5, 120, 129, 140, 400].flatMap((at) => [
  askedAt(at),
  askedAt(at, { id: `waiting at ${at}`, consistency: waiting }),
]);

const partsIn = (folder: string) => ({ ...partsOf(smallStream, folder, questions), setup: lagging(lag) });

/** Everything but what a stop watch says, as it lies in the folder. */
function keptIn(folder: string): string {
  return readFileSync(join(folder, ANSWERS_FILE), 'utf8').replaceAll(/"latencyMs":\{[^}]*\}/g, '');
}

function wholeRun(): Promise<string> {
  return inFolder(async (folder) => {
    await doneRun(partsIn(folder));
    return keptIn(folder);
  });
}

describe('a run that lags', () => {
  it('leaves the same answers twice, in the same order', async () => {
    expect(await wholeRun()).toBe(await wholeRun());
  });

  it('leaves the same answers when it was killed after any of them, and goes on', async () => {
    const whole = await wholeRun();
    const lines = whole.trimEnd().split('\n').length;
    for (const kept of [1, 2, Math.floor(lines / 2), lines - 1])
      await inFolder(async (folder) => {
        await doneRun(partsIn(folder));
        const path = join(folder, ANSWERS_FILE);
        const answered = readFileSync(path, 'utf8').split('\n').slice(0, kept).join('\n');
        truncateSync(path, 0);
        appendFileSync(path, `${answered}\n{"question":"half`);
        await doneRun({ ...partsIn(folder), resume: true });
        expect(keptIn(folder)).toBe(whole);
      });
  });

  it('plays as much of the stream when it goes on: what arrives while an answered question waits counts as well', async () => {
    await inFolder(async (folder) => {
      const parts = { ...partsOf(smallStream, folder, [askedAt(110, { consistency: waiting })]), setup: lagging(lag) };
      const whole = await doneRun(parts);
      expect(whole.stream.records).toBe(5);
      expect((await doneRun({ ...parts, resume: true })).stream).toEqual(whole.stream);
    });
  });

  it('is no other run of the same suite with another lag: its answers are not taken for that one', async () => {
    await inFolder(async (folder) => {
      await doneRun(partsIn(folder));
      for (const other of [{ stateMs: stateMs + 1, indexMs }, { stateMs, indexMs: 0 }, null]) {
        const parts = { ...partsIn(folder), setup: lagging(other), resume: true };
        await expect(runSuite(parts)).rejects.toMatchObject({ code: 'suite_invalid' });
      }
    });
  });

  it('asks of the questions that a stream brings what the suite demands, unless they demand something themselves', async () => {
    const brought = [askedAt(110), askedAt(120, { consistency: waiting })];
    const source = { ...smallStream, questions: async () => brought };
    const consistency = { ...waiting, maxStalenessMs: 0, onViolation: 'refuse' } as const;
    const suite = { digest: digestOf('a suite'), questions: [], asksStream: true, consistency };
    const { answers } = await inFolder((folder) => doneRun({ ...partsIn(folder), source, suite }));
    expect(answers.map(({ refused, waitedMs }) => [refused?.why, waitedMs])).toEqual([
      ['behind', undefined],
      [undefined, 25_000],
    ]);
  });

  it('ends when it is told to, with questions that wait', async () => {
    await inFolder(async (folder) => {
      const ended = new AbortController();
      const progress = (done: number) => done >= 8 && ended.abort();
      const result = await runSuite({ ...partsIn(folder), signal: ended.signal, progress });
      expect(result).toMatchObject({ kind: 'interrupted', total: questions.length });
    });
  });

  it('shows nobody a record of the future, and a record of now when its lag is over', async () => {
    const numbers = Array.from({ length: 25 }, (_, index) => index + 1);
    const asked = numbers.flatMap((index) => [...questionsBeforeAnswer(index), questionAfterAnswer(index)]);
    const source = plantedStream(25, 20_261_121);
    const setup = lagging({ stateMs: 60_000, indexMs });
    const { answers } = await inFolder((folder) => doneRun({ ...partsOf(source, folder, asked), setup }));
    const sees = answers.filter(({ question, items }) =>
      items.some(({ ref }) => ref === plantedRef(Number(question.split('-')[1]))),
    );
    expect(sees).toEqual([]);
    expect(answers.flatMap(({ findings }) => findings)).toEqual([]);
    const last = questionAt('late', { text: 'What is the secret of question24?' });
    const { answers: late } = await inFolder((folder) => doneRun({ ...partsOf(source, folder, [last]), setup }));
    // The answer to question 24 arrived a minute before the end.
    expect(late[0]?.items.map(({ ref }) => ref)).toContain(plantedRef(24));
    expect(late[0]?.items.map(({ ref }) => ref)).not.toContain(plantedRef(25));
  });
});

describe('the age of an answer', () => {
  it('is the time since the first record that had arrived and was not folded, and nothing where there was none', async () => {
    const instants = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 12 });
    const drawn = fc.record({ arrivals: instants, asked: instants, lagMs: fc.constantFrom(0, 1, 10, 60, 1_000) });
    const holds = async ({ arrivals, asked, lagMs }: { arrivals: number[]; asked: number[]; lagMs: number }) => {
      const source = timedPolicies([0, ...arrivals]);
      const at = (ms: number) => ({ kind: 'instant', ms: startsAtMs + ms }) as const;
      const search = asked.map((ms) => questionAt(`${ms}`, { at: at(ms), tenant: 'acme' }));
      const setup = lagging({ stateMs: lagMs, indexMs: 7 });
      const { answers } = await inFolder((folder) => doneRun({ ...partsOf(source, folder, search), setup }));
      const expected = asked.map((ms) => {
        const unfolded = [0, ...arrivals].filter((arrived) => arrived <= ms && arrived + lagMs > ms);
        return unfolded.length === 0 ? 0 : ms - Math.min(...unfolded);
      });
      expect(answers.map(({ freshness }) => freshness.ageMs)).toEqual(expected);
    };
    await fc.assert(fc.asyncProperty(drawn, holds), { numRuns: 60 });
  });
});
