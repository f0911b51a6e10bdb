import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiWorld } from '../api/world.test-support.js';
import { account, DrivenClock, policy, ticket } from '../fixtures.test-support.js';
import type { ChangeMessage } from './changes.js';
import { TidemarkClient } from './client.js';
import { messagesOf } from './event-stream.js';
import { clientLimits } from './limits.js';

const encoder = new TextEncoder();

describe('an event stream', () => {
  const text =
    ': ping\r\nevent: account\rid: t1\ndata: {"a":\ndata: 1}\n\nid: t2\n\ndata:x\r\n\r\nevent: cut\ndata: off\n';
  const read = async (chunks: readonly Uint8Array[]) => {
    const found = [];
    for await (const message of messagesOf(iterated(chunks))) found.push(message);
    return found;
  };
  async function* iterated(chunks: readonly Uint8Array[]) {
    yield* chunks;
  }

  it.each([1, 2, 3, 7, 1_000])('reads the same in chunks of %i bytes', async (size) => {
    const bytes = encoder.encode(text);
    const count = Math.ceil(bytes.length / size);
    const chunks = Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
    expect(await read(chunks)).toEqual([
      undefined,
      { event: 'account', data: '{"a":\n1}', lastId: 't1' },
      { event: 'message', data: 'x', lastId: 't2' },
    ]);
  });

  it('is given up when a message has no end', async () => {
    const line = encoder.encode(`data: ${'x'.repeat(clientLimits.messageCharsMax / 8)}\n`);
    const endless = read(Array.from({ length: 9 }, () => line));
    await expect(endless).rejects.toMatchObject({ code: 'reply_unreadable', retriable: false });
    const short = Array.from({ length: 9 }, () => [line, encoder.encode('\n')]).flat();
    expect(await read(short)).toHaveLength(9);
  });

  it('is given up when a line has no end', async () => {
    const endless = encoder.encode('x'.repeat(clientLimits.messageCharsMax + 1));
    await expect(read([endless])).rejects.toMatchObject({ code: 'reply_unreadable', retriable: false });
  });
});

describe('watching', () => {
  let api: ApiWorld;
  let requests: Request[];
  let cut: AbortController;
  let client: TidemarkClient;
  beforeEach(async () => {
    // A clock that stands: on one that rushes, a stream with nothing to tell would ping without end.
    api = await ApiWorld.open({ clock: new DrivenClock() });
    await api.world.put(account('A-1'), ticket('T-1'), policy('P-1'));
    [requests, cut] = [[], new AbortController()];
    client = new TidemarkClient({
      url: 'http://tidemark.test',
      fetch: (request) => {
        requests.push(request);
        return api.app.fetch(new Request(request, { signal: AbortSignal.any([request.signal, cut.signal]) }));
      },
      pause: async (_, signal) => signal?.throwIfAborted(),
    });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await api.stop();
  });

  const next = async (stream: AsyncGenerator<ChangeMessage, void>) => (await stream.next()).value;

  it('tells of an account that moves, with a token that covers the move', async () => {
    const stream = client.changes({ accounts: ['A-1'] });
    expect(await next(stream)).toMatchObject({ kind: 'open' });
    await api.world.put(ticket('T-2'));
    const message = await next(stream);
    expect(message).toMatchObject({ kind: 'account', account: 'A-1', token: expect.stringMatching(/^t1\./) });
    await stream.return();
  });

  it('goes on from the last token after a lost connection, and misses nothing', async () => {
    const stream = client.changes({ accounts: ['A-1'] });
    const opened = await next(stream);
    cut.abort();
    cut = new AbortController();
    await api.world.put(ticket('T-2'));
    expect([await next(stream), await next(stream)]).toMatchObject([{ kind: 'open' }, { kind: 'account' }]);
    expect(requests[1]?.headers.get('last-event-id')).toBe(opened?.kind === 'open' ? opened.token : '');
    await stream.return();
  });

  it('tells once that a snapshot has stopped being valid, and ends when there is no other', async () => {
    const { id } = await client.context({ account: 'A-1' });
    await api.world.put(policy('P-1', { title: 'New' }));
    const heard = [];
    for await (const message of client.changes({ snapshots: [id] })) heard.push(message);
    expect(heard).toMatchObject([{ kind: 'open' }, { kind: 'snapshot', id, valid: false, by: { kind: 'event' } }]);
  });

  it('ends with its signal', async () => {
    const stopping = new AbortController();
    const stream = client.changes({ accounts: ['A-1'] }, { signal: stopping.signal });
    await next(stream);
    const waiting = next(stream);
    stopping.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('throws what no further attempt would mend', async () => {
    const stream = client.changes({ snapshots: ['sha256-x'] });
    await expect(next(stream)).rejects.toMatchObject({ code: 'snapshot_not_found' });
    expect(requests).toHaveLength(1);
  });

  it('makes a connection anew that has fallen silent', async () => {
    vi.useFakeTimers();
    const silent = new TidemarkClient({
      url: 'http://tidemark.test',
      fetch: (request) => {
        requests.push(request);
        return new Promise((_, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason)),
        );
      },
      pause: async () => {},
    });
    const waiting = next(silent.changes({ accounts: ['A-1'] }));
    waiting.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(clientLimits.streamSilenceMs * (clientLimits.reconnectsMax + 1));
    await expect(waiting).rejects.toMatchObject({ code: 'unreachable' });
    expect(requests).toHaveLength(clientLimits.reconnectsMax + 1);
  });

  it('gives up on a service that opens streams and closes them', async () => {
    const opened = 'event: open\nid: t1\ndata: {"token":"t1"}\n\n';
    const fetch = async () => new Response(opened);
    const alone = new TidemarkClient({ url: 'http://tidemark.test', fetch, pause: async () => {} });
    let opens = 0;
    const read = async () => {
      for await (const { kind } of alone.changes({ accounts: ['A-1'] })) if (kind === 'open') opens++;
    };
    await expect(read()).rejects.toMatchObject({ code: 'unreachable' });
    expect(opens).toBe(clientLimits.reconnectsMax + 1);
  });

  it('gives up after so many attempts in a row that brought nothing', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const alone = new TidemarkClient({ url: 'http://tidemark.test', fetch, pause: async () => {} });
    await expect(next(alone.changes({ accounts: ['A-1'] }))).rejects.toMatchObject({ code: 'unreachable' });
  });
});
