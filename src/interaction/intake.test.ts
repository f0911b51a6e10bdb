import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../domain/canonical.js';
import { decodeToken } from '../domain/token.js';
import { account, keyOf, patch, policy, tenant, ticket, World } from '../fixtures.test-support.js';
import { limits } from '../limits.js';

const made: { world: World | undefined } = { world: undefined };
const world = (): World => {
  if (made.world === undefined) throw new Error('a world is opened before each case');
  return made.world;
};
beforeEach(async () => {
  made.world = await World.open();
});

const append = (...bodies: readonly JsonObject[]) => world().parts.intake.append(tenant, bodies);
const recordsInLog = async () => [...(await world().log.ends()).values()].reduce((sum, end) => sum + end, 0n);
const tool = (id: string): JsonObject => {
  return { id, source: 's', specversion: '1.0', type: 'tool.called', subject: 'w-1', data: { tool: 'refund' } };
};

describe('an append', () => {
  it('puts each event on the topic of its kind and answers with its position and a token over all', async () => {
    const { events, token } = await append(account('A-1'), ticket('T-1'), policy('P-1'), tool('c-1'));
    expect(events.map(({ status, position }) => [status, position.topic, position.offset])).toEqual([
      ['appended', 'crm.accounts', 0n],
      ['appended', 'support.tickets', 0n],
      ['appended', 'support.policies', 0n],
      ['appended', 'copilot.tool', 0n],
    ]);
    const covered = events.map(({ position }) => [`${position.topic}:0`, position.offset] as const);
    expect(decodeToken(world().parts.identity, token)).toEqual(new Map(covered));
  });

  it('of nothing appends nothing', async () => {
    expect((await append()).events).toEqual([]);
    expect(await recordsInLog()).toBe(0n);
  });

  it('keeps the order of the events of one key', async () => {
    await append(ticket('T-1'), ...[1, 2, 3].map((n) => patch('ticket', 'T-1', { n })));
    await world().settle();
    const [entity] = await world().state.entities([keyOf('ticket', 'T-1')]);
    expect(entity?.status === 'present' && JSON.parse(entity.json).n).toBe(3);
  });

  it('is all or nothing: one event that is not understood, and none is in the log', async () => {
    const broken = { ...ticket('T-2'), specversion: '0.3' };
    const refused = append(ticket('T-1'), broken, ticket('T-3'), 7 as never);
    await expect(refused).rejects.toMatchObject({
      code: 'event_rejected',
      retriable: false,
      facts: {
        errors: [expect.stringMatching(/^\/1: specversion_unsupported/), expect.stringMatching(/^\/3: not_a_c/)],
      },
    });
    expect(await recordsInLog()).toBe(0n);
  });

  it('refuses an event over the limit, and takes one at it', async () => {
    const sized = (bytes: number) => {
      const empty = Buffer.byteLength(JSON.stringify(ticket('T-1', { body: '' }, { id: 'e' })));
      return ticket('T-1', { body: 'x'.repeat(bytes - empty) }, { id: 'e' });
    };
    await expect(append(sized(limits.eventBytesMax + 1))).rejects.toMatchObject({ code: 'event_rejected' });
    expect((await append(sized(limits.eventBytesMax))).events).toHaveLength(1);
    await world().settle();
    expect(world().parts.rejected.list(null)).toEqual([]);
  });
});

describe('the tenant', () => {
  it('is that of the credential when the event names none', async () => {
    const { tenant: _, ...bare } = ticket('T-1');
    await append(bare);
    await world().settle();
    expect(await world().state.entities([keyOf('ticket', 'T-1')])).toMatchObject([{ key: { tenant } }]);
  });

  it('is never that of the event: a differing one is refused', async () => {
    for (const other of ['other', '', 'ACME', 'acme ']) {
      const refused = append({ ...ticket('T-1'), tenant: other });
      await expect(refused).rejects.toMatchObject({ code: 'event_rejected' });
    }
    expect(await recordsInLog()).toBe(0n);
  });
});

describe('an event that comes again', () => {
  const [first, second] = [ticket('T-1', { n: 1 }), ticket('T-1', { n: 2 })];

  it('is answered with its first position and appended no second time', async () => {
    const [position] = await world().put(first);
    await world().put(second);
    const { events } = await append(first, ticket('T-2'));
    expect(events).toMatchObject([{ status: 'duplicate', position }, { status: 'appended' }]);
    expect(await recordsInLog()).toBe(3n);
  });

  it('is the same event in any order of its members', async () => {
    await world().put(first);
    const turned = Object.fromEntries(Object.entries(first).reverse());
    expect((await append(turned)).events).toMatchObject([{ status: 'duplicate' }]);
  });

  it('with another body is refused with the first position, and nothing of the request is appended', async () => {
    await world().put(first);
    const reused = { ...second, id: first.id ?? '' };
    await expect(append(ticket('T-2'), reused)).rejects.toMatchObject({
      code: 'event_id_reused',
      facts: { index: 1, firstPosition: 'support.tickets:0:0' },
    });
    expect(await recordsInLog()).toBe(1n);
  });

  it('in one request is one event: the second is answered with the position of the first', async () => {
    const { events } = await append(first, second, first);
    expect(events).toMatchObject([
      { status: 'appended', position: { offset: 0n } },
      { status: 'appended', position: { offset: 1n } },
      { status: 'duplicate', position: { offset: 0n } },
    ]);
    expect(await recordsInLog()).toBe(2n);
  });

  it('in one request with another body is refused', async () => {
    const reused = { ...second, id: first.id ?? '' };
    await expect(append(first, reused)).rejects.toMatchObject({ code: 'event_id_reused', facts: { index: 1 } });
    expect(await recordsInLog()).toBe(0n);
  });

  it('twice in flight at once is appended once, and both calls hear the same position', async () => {
    const replies = await Promise.all([append(first), append(first)]);
    expect(replies.map(({ events }) => events)).toMatchObject([
      [{ status: 'appended', position: { offset: 0n } }],
      [{ status: 'duplicate', position: { offset: 0n } }],
    ]);
    expect(await recordsInLog()).toBe(1n);
  });

  it('in flight at once with other bodies is appended once: all but one call are refused, and nothing is rejected later', async () => {
    const bodies = [1, 2, 3, 4].map((n) => ticket('T-1', { n }, { id: 'same' }));
    const settled = await Promise.allSettled(bodies.map((body) => append(body)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(settled[3]).toMatchObject({ reason: { code: 'event_id_reused' } });
    await world().settle();
    expect(world().parts.rejected.list(null)).toEqual([]);
  });

  it('is free again when the log did not take it, and who waited for it hears so', async () => {
    const log = world().log as unknown as { append?: unknown };
    log.append = () => Promise.reject(new Error('the disk is full'));
    const settled = await Promise.allSettled([append(first), append(first, ticket('T-2'))]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    delete log.append;
    expect((await append({ ...second, id: first.id ?? '' })).events).toMatchObject([{ status: 'appended' }]);
  });

  it.each<[string, JsonObject]>([
    ['ticket', ticket('T-2', {}, { id: first.id ?? '' })],
    ['kind', account('T-1', {}, { id: first.id ?? '' })],
    ['workflow', tool(String(first.id))],
  ])('about another %s is refused: an id names one event of its source', async (_, other) => {
    await append(first);
    await expect(append({ ...other, source: first.source ?? '' })).rejects.toMatchObject({ code: 'event_id_reused' });
    expect(await recordsInLog()).toBe(1n);
  });

  it('is recognised for interaction events too, and long after the fold has forgotten it', async () => {
    const many = Array.from({ length: limits.recentEventsMax + 1 }, (_, n) => patch('ticket', 'T-1', { n }));
    await append(first, tool('c-1'), ...many);
    await world().settle();
    const { events } = await append(first, tool('c-1'));
    expect(events.map(({ status }) => status)).toEqual(['duplicate', 'duplicate']);
  });

  it('is recognised after a restart, before anything has been folded', async () => {
    await append(first, tool('c-1'));
    const late = await World.open({ log: world().log });
    late.parts.materializer.hold();
    const { events } = await late.parts.intake.append(tenant, [tool('c-1'), first]);
    expect(events.map(({ status }) => status)).toEqual(['duplicate', 'duplicate']);
    const reused = late.parts.intake.append(tenant, [{ ...second, id: first.id ?? '' }]);
    await expect(reused).rejects.toMatchObject({ code: 'event_id_reused' });
    await late.stop();
  });

  it('of another source, or of another tenant, is another event', async () => {
    await append(first);
    expect((await append({ ...first, source: 'else' })).events).toMatchObject([{ status: 'appended' }]);
    const { tenant: _, ...bare } = first;
    const { events } = await world().parts.intake.append('other', [bare]);
    expect(events).toMatchObject([{ status: 'appended' }]);
  });
});
