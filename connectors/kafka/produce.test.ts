import { type Connection, NumericMap, TimeoutError } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { produce } from './produce.js';

/** A connection on which every question ends so. */
function endingWith(error: Error): Connection {
  const send = (...args: readonly unknown[]) => {
    const done = args.at(-1);
    if (typeof done === 'function') done(error, null);
  };
  // Nothing else of a connection is asked for.
  return { send } as unknown as Connection;
}

describe('an append that no broker answers in time', () => {
  it('fails with what the client says, as when the process was stopped while it waited', async () => {
    const batches = [{ topic: 't', partition: 0, messages: [{ topic: 't', partition: 0, value: Buffer.from('v') }] }];
    const numbering = { producerId: 1n, producerEpoch: 0, sequences: new NumericMap() };
    const late = new TimeoutError('Request timed out');
    const heard = await new Promise((resolve) => {
      produce(batches, numbering)(endingWith(late), (error, produced) => resolve({ error, produced }));
    });
    expect(heard).toEqual({ error: late, produced: undefined });
  });
});
