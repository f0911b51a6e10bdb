import { describe, expect, it } from 'vitest';
import { Inbox } from './inbox.js';

describe('an inbox', () => {
  it('gives items in their order, to a taker that came before them too', async () => {
    const inbox = new Inbox<number>(new AbortController().signal);
    const first = inbox.take();
    for (const item of [1, 2, 3]) inbox.put(item);
    expect([await first, await inbox.take(), await inbox.take()]).toEqual([1, 2, 3]);
  });

  it('gives nothing once it was aborted, while somebody waits or after', async () => {
    const stop = new AbortController();
    const inbox = new Inbox<number>(stop.signal);
    const waiting = inbox.take();
    stop.abort();
    inbox.put(1);
    expect([await waiting, await inbox.take()]).toEqual([undefined, undefined]);
  });
});
