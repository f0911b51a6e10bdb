import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { instantText } from '../../domain/time.js';
import { account, DrivenClock, entitlement, policy, recordOf, ticket } from '../../fixtures.test-support.js';
import { limits } from '../../limits.js';
import type { StateMove } from '../../state/port.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

let api: ApiWorld;
let clock: DrivenClock;
const stopping = new AbortController();
beforeEach(async () => {
  clock = new DrivenClock();
  api = await ApiWorld.open({ clock });
  await api.world.put(account('A-1'), ticket('T-1'), policy('P-1'));
});
afterEach(() => api.stop());

interface Message {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** A client that takes one message at a time. */
class Client {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  private constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  static async of(path: string, headers: Record<string, string> = {}): Promise<Client> {
    const response = await api.request(path, { headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    if (response.body === null) throw new Error('a stream without a body');
    const client = new Client(response.body);
    expect(await client.next()).toMatchObject({ event: 'open', data: { token: expect.stringMatching(/^t1\./) } });
    return client;
  }

  /** Undefined at the end of the stream. */
  async next(): Promise<Message | 'ping' | undefined> {
    const { done, value } = await this.#reader.read();
    if (done) return undefined;
    const text = Buffer.from(value).toString();
    if (text === ': ping\n\n') return 'ping';
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
    return { event: field('event') ?? '', id: field('id'), data: JSON.parse(field('data') ?? 'null') };
  }

  /** Runs `act` while the client waits for its next message. */
  async during(act: () => unknown): Promise<Message | 'ping' | undefined> {
    const message = this.next();
    await vi.waitFor(() => expect(clock.sleepers).toBeGreaterThan(0));
    await act();
    return message;
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

describe('GET /v1/changes', () => {
  it('tells when an account moves, with a token that covers the move', async () => {
    const client = await Client.of('/v1/changes?account=A-1');
    const message = await client.during(() => api.world.put(ticket('T-2')));
    expect(message).toMatchObject({ event: 'account', data: { account: 'A-1' } });
    const { id, data } = message as Message;
    expect(id).toBe(data.token);
    const { members } = await api.ok(`/v1/accounts/A-1?token=${data.token}`);
    expect((members as unknown[]).length).toBe(2);
    await client.close();
  });

  it("says nothing of other accounts and of other tenants'", async () => {
    const client = await Client.of('/v1/changes?account=A-1');
    const foreign = recordOf('account', 'A-1', { ...account('A-1'), tenant: 'other' });
    const act = async () => {
      await api.world.put(account('A-2'));
      await api.world.produce({ ...foreign, key: Buffer.from('other/A-1') });
      clock.advance(limits.changeStreamPingMs);
    };
    expect(await client.during(act)).toBe('ping');
    await client.close();
  });

  it('tells at once what has moved past the token, and nothing of what the token covers', async () => {
    const before = await api.ok('/v1/accounts/A-1');
    await api.world.put(ticket('T-2'));
    const after = await api.ok('/v1/accounts/A-1');
    const behind = await Client.of(`/v1/changes?account=A-1&token=${before.token}`);
    expect(await behind.next()).toMatchObject({ event: 'account', data: { token: after.token } });
    const level = await Client.of('/v1/changes?account=A-1', { 'last-event-id': String(after.token) });
    expect(await level.during(() => clock.advance(limits.changeStreamPingMs))).toBe('ping');
    await Promise.all([behind.close(), level.close()]);
  });

  it('tells again when what moved was not told', async () => {
    const watchers: ((moves: readonly StateMove[]) => void)[] = [];
    vi.spyOn(api.world.state, 'watch').mockImplementation((listener) => {
      watchers.push(listener);
      return () => undefined;
    });
    const client = await Client.of('/v1/changes?account=A-1');
    const message = await client.during(() => {
      for (const one of watchers) one(['anything']);
    });
    expect(message).toMatchObject({ event: 'account', data: { account: 'A-1' } });
    await client.close();
  });

  it("tells what has moved past the token once this instance's journal knows it", async () => {
    const before = await api.ok('/v1/accounts/A-1');
    const { journal } = api.world.parts;
    const known = new Map(await journal.through());
    const records = vi.spyOn(journal.index, 'keysOfAccount').mockReturnValue([]);
    const through = vi.spyOn(journal, 'through').mockImplementation(async () => known);
    await api.world.put(ticket('T-2'));
    const client = await Client.of('/v1/changes?account=A-1', { 'last-event-id': String(before.token) });
    const message = await client.during(() => {
      for (const spy of [records, through]) spy.mockRestore();
      clock.advance(limits.feedJournalWaitMs);
    });
    expect(message).toMatchObject({ event: 'account', data: { account: 'A-1' } });
    await client.close();
  });

  it('does not tell of the very write whose token it was given', async () => {
    const read = await api.ok('/v1/accounts/A-1');
    api.world.parts.materializer.hold();
    const written = await api.ok('/v1/events', { body: ticket('T-2') });
    const client = await Client.of(`/v1/changes?account=A-1&token=${read.token}&token=${written.token}`);
    const act = async () => {
      api.world.parts.materializer.release();
      await api.world.settle();
      await api.world.put(ticket('T-3'));
    };
    const { data } = (await client.during(act)) as Message;
    const { through } = await api.ok('/v1/tokens/merge', { body: { tokens: [data.token] } });
    expect(member(through as never, 'support.tickets', '0')).toBe('2');
    await client.close();
  });

  it('gives a slow reader one newer message instead of a queue', async () => {
    const client = await Client.of('/v1/changes?account=A-1');
    for (const id of ['T-2', 'T-3', 'T-4']) await api.world.put(ticket(id));
    const { data } = (await client.next()) as Message;
    const { through } = await api.ok('/v1/tokens/merge', { body: { tokens: [data.token] } });
    expect(member(through as never, 'support.tickets', '0')).toBe('3');
    expect(await client.during(() => clock.advance(limits.changeStreamPingMs))).toBe('ping');
    await client.close();
  });
});

describe('a watched snapshot', () => {
  const release = async () => String((await api.ok('/v1/context', { body: { account: 'A-1' } })).id);

  it('is told of once it stops being valid, with what superseded it, and not again', async () => {
    const id = await release();
    const client = await Client.of(`/v1/changes?snapshot=${id}`);
    const message = await client.during(() => api.world.put(policy('P-1', { title: 'New' })));
    const by = { kind: 'event', position: 'support.policies:0:1' };
    expect(message).toMatchObject({ event: 'snapshot', data: { id, valid: false, by } });
    const later = async () => {
      await api.world.put(ticket('T-1', { subject: 'mended' }));
      clock.advance(limits.changeStreamPingMs);
    };
    expect(await client.during(later)).toBe('ping');
    await client.close();
  });

  it('is told of at once when it has stopped being valid before', async () => {
    const id = await release();
    await api.world.put(ticket('T-1', { subject: 'mended' }));
    const client = await Client.of(`/v1/changes?snapshot=${id}`);
    expect(await client.next()).toMatchObject({ event: 'snapshot', data: { id, valid: false } });
    await client.close();
  });

  it('stays quiet when what moves is nothing a copilot sees', async () => {
    const client = await Client.of(`/v1/changes?snapshot=${await release()}`);
    const act = async () => {
      await api.world.put(ticket('T-9', { status: 'closed' }));
      clock.advance(limits.changeStreamPingMs);
    };
    expect(await client.during(act)).toBe('ping');
    await client.close();
  });

  it('stops being valid when only the clock has moved past a validity window', async () => {
    const endsAt = instantText(clock.wallMs() + 1_000);
    await api.world.put(entitlement('E-1', { endsAt }));
    const client = await Client.of(`/v1/changes?snapshot=${await release()}`);
    const message = await client.during(() => clock.advance(1_000));
    expect(message).toMatchObject({ event: 'snapshot', data: { valid: false, by: { kind: 'time', at: endsAt } } });
    await client.close();
  });

  it('is not called invalid while the service is catching up after a restart', async () => {
    await api.world.put(ticket('T-1', { subject: 'mended' }));
    const id = await release();
    const { log } = api.world;
    await api.stop();
    api = await ApiWorld.open({ log, clock });
    api.world.parts.materializer.hold();
    const client = await Client.of(`/v1/changes?snapshot=${id}`);
    const act = async () => {
      api.world.parts.materializer.release();
      await api.world.settle();
      clock.advance(limits.changeStreamPingMs);
    };
    expect(await client.during(act)).toBe('ping');
    const later = await client.during(() => api.world.put(ticket('T-1', { subject: 'again' })));
    expect(later).toMatchObject({ event: 'snapshot', data: { id, valid: false, by: { kind: 'event' } } });
    await client.close();
  });

  it('must have been released', async () => {
    expectProblem(await api.ask('/v1/changes?snapshot=sha256-x'), 404, 'snapshot_not_found');
  });
});

describe('the number of streams', () => {
  it('is bounded, and a closed one gives its place back', async () => {
    const clients = await Promise.all(
      Array.from({ length: limits.changeStreamsMax }, () => Client.of('/v1/changes?account=A-1')),
    );
    const refused = await api.ask('/v1/changes?account=A-1');
    expectProblem(refused, 503, 'overloaded');
    expect(refused.headers.get('retry-after')).toBe('1');
    await clients[0]?.close();
    const again = await Client.of('/v1/changes?account=A-1');
    await Promise.all([again, ...clients.slice(1)].map((client) => client.close()));
  });

  it.each(['', '?account=', '?snapshot=x&foo=1', `?${'account=a&'.repeat(65)}`])(
    'is not taken by the request %j',
    async (query) => {
      expectProblem(await api.ask(`/v1/changes${query}`), 422, 'request_invalid');
    },
  );

  it('falls to nothing when the service stops', async () => {
    const own = await ApiWorld.open({ clock, stopping: stopping.signal });
    const response = await own.request('/v1/changes?account=A-1');
    const reader = response.body?.getReader();
    await reader?.read();
    const end = reader?.read();
    stopping.abort();
    expect(await end).toMatchObject({ done: true });
    await own.stop();
  });
});
