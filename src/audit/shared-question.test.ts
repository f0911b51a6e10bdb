import { expect, it } from 'vitest';
import { DrivenClock } from '../fixtures.test-support.js';
import { SharedQuestion } from './shared-question.js';

it('an answer is to a question that began after the call, and no two are under way at once', async () => {
  const begun: (() => void)[] = [];
  const question = new SharedQuestion(
    () => new Promise<number>((resolve) => begun.push(() => resolve(begun.length))),
    new DrivenClock('rushing'),
    20,
  );
  const first = question.ask();
  await new Promise(setImmediate);
  const later = [question.ask(), question.ask()];
  await new Promise(setImmediate);
  expect(begun).toHaveLength(1);
  begun[0]?.();
  expect(await first).toBe(1);
  await new Promise(setImmediate);
  begun[1]?.();
  expect(await Promise.all(later)).toEqual([2, 2]);
});

it('questions begin so far apart as was asked for, also after one that failed', async () => {
  const clock = new DrivenClock();
  const begunMs: number[] = [];
  const fail = () => {
    begunMs.push(clock.monotonicMs());
    return Promise.reject(new Error('away'));
  };
  const question = new SharedQuestion(fail, clock, 20);
  await expect(question.ask()).rejects.toThrow('away');
  const next = question.ask();
  await new Promise(setImmediate);
  expect([begunMs.length, clock.sleepers]).toEqual([1, 1]);
  clock.advance(20);
  await expect(next).rejects.toThrow('away');
  expect((begunMs[1] ?? 0) - (begunMs[0] ?? 0)).toBe(20);
});
