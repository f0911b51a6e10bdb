/**
 * Engines that are asked again when they were late. What is bounded for the sake of reads, a quarter of a second for Redis and half a one
 * for Qdrant, a machine that is busy with the tests themselves may take, and these suites are about what is answered, not about when.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemarkError } from '../../../src/errors.js';

const WITHIN_MS = 20_000;
const AGAIN_MS = 50;
const late: ReadonlySet<string> = new Set(['state_unavailable', 'index_unavailable']);

export function patient<Engine extends object>(engine: Engine): Engine {
  return new Proxy(engine, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        const call = (): unknown => Reflect.apply(member, target, given);
        const answer = call();
        return answer instanceof Promise ? again(answer, call, performance.now() + WITHIN_MS) : answer;
      };
    },
  });
}

async function again(answer: Promise<unknown>, call: () => unknown, untilMs: number): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    const isLate = error instanceof TidemarkError && late.has(error.code) && performance.now() < untilMs;
    if (!isLate) throw error;
    await sleep(AGAIN_MS);
    return again(Promise.resolve(call()), call, untilMs);
  }
}
