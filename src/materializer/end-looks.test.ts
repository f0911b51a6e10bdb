import { expect, it } from 'vitest';
import type { PartitionKey } from '../domain/position.js';
import { DrivenClock } from '../fixtures.test-support.js';
import { EndLooks } from './end-looks.js';

const never = new AbortController().signal;
const turns = () => new Promise(setImmediate);

/** A log whose answers are given one by one. */
function scene() {
  const clock = new DrivenClock();
  const questions: ((end: bigint) => void)[] = [];
  const atEnd: string[] = [];
  const ask = () =>
    new Promise<ReadonlyMap<PartitionKey, bigint>>((resolve) => {
      questions.push((end) => resolve(new Map([['a:0', end]])));
    });
  const looks = new EndLooks({ log: { ends: ask }, clock, onEnd: (partition) => atEnd.push(partition) });
  return { clock, questions, atEnd, looks };
}

it('asks nothing about a partition that is known to have more', async () => {
  const { questions, atEnd, looks } = scene();
  looks.reached('a:0', 10n, never);
  questions[0]?.(100n);
  await turns();
  for (let offset = 20n; offset < 100n; offset += 10n) looks.reached('a:0', offset, never);
  expect(questions).toHaveLength(1);
  looks.reached('a:0', 100n, never);
  questions[1]?.(100n);
  await turns();
  expect(atEnd).toEqual(['a:0']);
});

it('has one question under way, whoever comes meanwhile, and rests nineteen times as long as the answer took', async () => {
  const { clock, questions, looks } = scene();
  looks.reached('a:0', 10n, never);
  looks.reached('a:0', 20n, never);
  clock.advance(5);
  questions[0]?.(10n);
  await turns();
  clock.advance(94);
  await turns();
  expect(questions).toHaveLength(1);
  clock.advance(1);
  await turns();
  expect(questions).toHaveLength(2);
});

it('does not say that a partition is at its end for which records have arrived since the question', async () => {
  const { questions, atEnd, looks } = scene();
  looks.reached('a:0', 10n, never);
  looks.arrived('a:0');
  questions[0]?.(10n);
  await turns();
  expect(atEnd).toEqual([]);
});
