import { describe, expect, it, onTestFinished } from 'vitest';
import {
  lookingAhead,
  plantedRef,
  plantedStream,
  questionAfterAnswer,
  questionsBefore,
  questionsBeforeAnswer,
} from './planted.test-support.js';
import { doneRun, inFolder, partsOf } from './run.test-support.js';
import type { Answer } from './types.js';

const seed = 20_261_121;
const answersPlanted = 250;

function refOf({ question }: Answer) {
  return plantedRef(Number(question.split('-')[1]));
}

function sees(answer: Answer): boolean {
  return [...answer.items, ...answer.ranking].some(({ ref }) => ref === refOf(answer));
}

function numbersTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('an answer that has not arrived', () => {
  it('is seen by none of 1,000 questions before it, and by each asked when it has', { timeout: 120_000 }, async () => {
    const before = numbersTo(answersPlanted).flatMap(questionsBeforeAnswer);
    const after = numbersTo(answersPlanted).map(questionAfterAnswer);
    const source = plantedStream(answersPlanted, seed);
    const { answers } = await inFolder((folder) => doneRun(partsOf(source, folder, [...before, ...after])));
    const seen = (when: string) => answers.filter((answer) => answer.question.startsWith(when) && sees(answer)).length;
    expect([before.length, seen('before'), seen('after')]).toEqual([1_000, 0, answersPlanted]);
    expect(answers.flatMap(({ findings }) => findings)).toEqual([]);
  });

  it('is a finding in every answer of a service that looks ahead', async () => {
    const source = plantedStream(25, seed);
    const { engines, close } = await lookingAhead(source);
    onTestFinished(close);
    const asked = numbersTo(25).flatMap(questionsBeforeAnswer);
    const { answers } = await inFolder((folder) => doneRun({ ...partsOf(source, folder, asked), engines }));
    expect(answers).toHaveLength(25 * questionsBefore);
    for (const answer of answers) {
      const found = answer.findings.filter(({ ref }) => ref === refOf(answer)).map(({ kind }) => kind);
      expect([answer.question, sees(answer), found]).toEqual([answer.question, true, ['future_record']]);
    }
  });
});
