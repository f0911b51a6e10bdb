/**
 * Engines that are asked again when they were late. What is bounded for the sake of reads, a quarter of a second for Redis and half a one
 * for Qdrant, a machine that is busy with the tests themselves may take, and these suites are about what is answered, not about when.
 */
import { TidemarkError } from '../../../src/errors.js';
import { eventually } from '../eventually.test-support.js';

const late: ReadonlySet<string> = new Set(['state_unavailable', 'index_unavailable']);

export function patient<Engine extends object>(engine: Engine): Engine {
  return new Proxy(engine, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        const call = (): unknown => Reflect.apply(member, target, given);
        const answer = call();
        return answer instanceof Promise ? again(answer, call) : answer;
      };
    },
  });
}

async function again(answer: Promise<unknown>, call: () => unknown): Promise<unknown> {
  let next: Promise<unknown> | undefined = answer;
  const ended = await eventually(async () => {
    const asked = next ?? Promise.resolve(call());
    next = undefined;
    return asked.then(
      (value: unknown) => () => value,
      (error: unknown) => {
        if (error instanceof TidemarkError && late.has(error.code)) throw error;
        return () => {
          throw error;
        };
      },
    );
  });
  return ended();
}
