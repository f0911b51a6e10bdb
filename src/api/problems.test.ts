import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf } from './problems.js';

const schema = z.strictObject({ name: z.string(), inner: z.strictObject({ count: z.int() }).optional() });
const faultsIn = (value: unknown) => {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : faultsOf(error, 'body');
};

describe('the faults of a request', () => {
  it('say of a missing member that it is required', () => {
    expect(faultsIn({ inner: {} })).toEqual([
      { in: 'body', pointer: '/name', detail: 'is required' },
      { in: 'body', pointer: '/inner/count', detail: 'is required' },
    ]);
  });

  it('say of a member of another type which type it must have', () => {
    expect(faultsIn({ name: 7 })).toMatchObject([
      { pointer: '/name', detail: expect.stringContaining('expected string') },
    ]);
  });
});
