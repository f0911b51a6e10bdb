import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../domain/canonical.js';
import { account, World } from '../../fixtures.test-support.js';
import { limits } from '../../limits.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

let api: ApiWorld;
beforeEach(async () => {
  api = await ApiWorld.open();
});
afterEach(() => api.stop());

const call = (more: JsonObject = {}): JsonObject => ({ idempotencyKey: 'refund/I-81', tool: 'refund', ...more });
const claim = (more?: JsonObject) => api.ok('/v1/claims', { body: call(more) });
const end = (type: string, data: JsonObject) =>
  api.ok('/v1/events', {
    body: { id: type, source: 's', specversion: '1.0', type, subject: 'refund/I-81', data },
  });

async function released(): Promise<string> {
  await api.world.put(account('A-1'));
  return String((await api.ok('/v1/context', { body: { account: 'A-1', purpose: 'support' } })).id);
}

describe('POST /v1/claims', () => {
  it('proceeds for the first claim of a key, and tells every later one that nothing is known of it yet', async () => {
    const first = await claim();
    expect(first).toMatchObject({ outcome: 'proceed', idempotencyKey: 'refund/I-81', position: { offset: '0' } });
    for (const offset of ['1', '2']) {
      const later = await claim();
      expect(later).toMatchObject({ outcome: 'duplicate', position: { offset } });
      const same = { tool: 'refund', argumentsHash: null, mismatch: false };
      expect(later.first).toEqual({ status: 'unknown', position: first.position, outcome: null, ...same });
    }
  });

  it.each<[string, string, JsonObject]>([
    ['returned', 'tool.returned', { result: { refunded: '49.00' } }],
    ['returned', 'tool.returned', { resultRef: { hash: `sha256-${'a'.repeat(64)}`, bytes: 9, url: 's3://b/k' } }],
    ['failed', 'tool.failed', { error: { code: 'declined' }, retriable: false }],
  ])('tells a duplicate that the first %s, and what it told', async (status, type, data) => {
    const first = await claim();
    await end(type, data);
    expect((await claim()).first).toMatchObject({ status, position: first.position, ...data });
  });

  it('takes a result over a failure that it followed, and the first of two results', async () => {
    await claim();
    await end('tool.failed', { error: { code: 'timeout' } });
    await end('tool.returned', { result: 1 });
    await api.ok('/v1/events', {
      body: {
        id: 'x',
        source: 's',
        specversion: '1.0',
        type: 'tool.returned',
        subject: 'refund/I-81',
        data: { result: 2 },
      },
    });
    expect((await claim()).first).toMatchObject({ status: 'returned', result: 1 });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['another tool', { arguments: { n: 1 } }, { tool: 'credit', arguments: { n: 1 } }],
    ['other arguments', { arguments: { n: 1 } }, { arguments: { n: 2 } }],
    ['arguments where there were none', {}, { arguments: { n: 1 } }],
  ])('tells a duplicate that its key was claimed for %s', async (_, one, other) => {
    const { position } = await claim(one);
    const { first } = await claim(other);
    expect(first).toMatchObject({ position, tool: 'refund', mismatch: true });
    expect((await claim(one)).first).toMatchObject({ tool: 'refund', mismatch: false });
  });

  it('compares arguments by their hash, however they are recorded', async () => {
    const long = { arguments: { text: 'x'.repeat(limits.claimArgumentsBytesMax), n: 1 } };
    await claim(long);
    const { first } = await claim({ arguments: { n: 1, text: long.arguments.text } });
    expect(first).toMatchObject({ mismatch: false, argumentsHash: expect.stringMatching(/^sha256-/) });
  });

  it('belongs to the interaction that the header names, unless it names another itself', async () => {
    const correlationOf = async (offset: bigint) => {
      const [reading] = await api.world.log.read('copilot.tool', 0, [offset]);
      return reading?.kind === 'found'
        ? JSON.parse(String(Buffer.from(reading.record.value ?? []))).correlationid
        : null;
    };
    const headers = { 'correlation-id': 'c-1' };
    await api.ok('/v1/claims', { body: call(), headers });
    await api.ok('/v1/claims', { body: call({ correlationId: 'c-2' }), headers });
    expect([await correlationOf(0n), await correlationOf(1n)]).toEqual(['c-1', 'c-2']);
  });

  it('proceeds again under the same id while there is no outcome, and is a duplicate of itself after it', async () => {
    const first = await claim({ id: 'claim-1' });
    expect(await claim({ id: 'claim-1' })).toEqual({ ...first, again: true });
    await end('tool.returned', { result: 'done' });
    const again = await claim({ id: 'claim-1' });
    expect(again).toMatchObject({ outcome: 'duplicate', first: { status: 'returned', position: first.position } });
  });

  it('is refused under an id that another claim of the key has used', async () => {
    await claim({ id: 'claim-1' });
    expectProblem(
      await api.ask('/v1/claims', { body: call({ id: 'claim-1', arguments: { n: 2 } }) }),
      409,
      'event_id_reused',
    );
  });

  it('proceeds for no claim of a key that has an outcome before any claim', async () => {
    await end('tool.returned', { result: 'by hand' });
    expect(await claim()).toMatchObject({ outcome: 'duplicate', first: { status: 'returned', result: 'by hand' } });
  });

  it('keeps what the claim says in the event', async () => {
    const more = {
      arguments: { n: 1 },
      decision: 'D-1',
      correlationId: 'w-1',
      causationId: 'e-1',
      snapshots: [await released()],
    };
    const { position } = await claim(more);
    const [reading] = await api.world.log.read('copilot.tool', 0, [
      BigInt(String(member({ position } as JsonObject, 'position', 'offset'))),
    ]);
    const value = reading?.kind === 'found' ? JSON.parse(String(Buffer.from(reading.record.value ?? []))) : {};
    const { arguments: given, decision, snapshots } = more;
    expect(value).toMatchObject({ type: 'tool.called', correlationid: 'w-1', causationid: 'e-1' });
    expect(value.data).toEqual({ tool: 'refund', arguments: given, decision, snapshots });
  });

  it('records arguments over the limit by hash and size', async () => {
    await claim({ arguments: { text: 'x'.repeat(limits.claimArgumentsBytesMax) } });
    const [reading] = await api.world.log.read('copilot.tool', 0, [0n]);
    const value = reading?.kind === 'found' ? JSON.parse(String(Buffer.from(reading.record.value ?? []))) : {};
    const bytes = limits.claimArgumentsBytesMax + '{"text":""}'.length;
    expect(value.data).toEqual({ tool: 'refund', argumentsRef: { hash: expect.stringMatching(/^sha256-/), bytes } });
  });

  it.each<[string, JsonObject]>([
    ['no key', { idempotencyKey: '' }],
    ['no tool', { tool: '' }],
    ['both arguments and a reference', { arguments: 1, argumentsRef: { hash: `sha256-${'a'.repeat(64)}`, bytes: 1 } }],
    ['an unknown member', { argument: 1 }],
    ['a snapshot that is no digest', { snapshots: ['s-1'] }],
  ])('is refused with %s', async (_, more) => {
    expectProblem(await api.ask('/v1/claims', { body: call(more) }), 422, 'request_invalid');
    expect((await api.world.log.ends()).get('copilot.tool:0')).toBe(0n);
  });

  it('is behind when the log does not show in time what it has taken, and answers under the same id later', async () => {
    await api.world.stop();
    const heard = expectProblem(await api.ask('/v1/claims', { body: call() }), 503, 'behind');
    expect(heard.retriable).toBe(true);
    const id = String(member(heard, 'facts', 'id'));
    api = await ApiWorld.open({ log: api.world.log });
    expect(await claim({ id })).toMatchObject({ outcome: 'proceed', id, position: { offset: '0' } });
    expect(await claim()).toMatchObject({ outcome: 'duplicate' });
  });

  it('tells what was claimed before a restart', async () => {
    const { position } = await claim();
    await end('tool.returned', { result: 'done' });
    await api.stop();
    api = await ApiWorld.open({ log: api.world.log });
    expect((await claim()).first).toMatchObject({ status: 'returned', position, result: 'done' });
  });
});

describe('while what was claimed before the start is still being read', () => {
  const reading = () => {
    vi.spyOn(api.service.ledger, 'unread').mockReturnValue(3n);
    vi.spyOn(api.service.ledger, 'catchUp').mockResolvedValue(false);
  };

  it('a claim is refused before anything is appended, and proceeds under the same id later', async () => {
    reading();
    const heard = expectProblem(await api.ask('/v1/claims', { body: call() }), 503, 'behind');
    expect((await api.world.log.ends()).get('copilot.tool:0')).toBe(0n);
    vi.restoreAllMocks();
    const again = await claim({ id: String(member(heard, 'facts', 'id')) });
    expect(again).toMatchObject({ outcome: 'proceed', position: { offset: '0' } });
  });

  it('readiness and the numbers tell it, and the service is no less ready', async () => {
    await released();
    const before = await api.ok('/readyz');
    reading();
    const ready = await api.ok('/readyz');
    expect([ready.status, member(before, 'checks', 'ledger', 'ok')]).toEqual([before.status, true]);
    expect(member(ready, 'checks', 'ledger')).toMatchObject({ ok: false, detail: expect.stringMatching(/^3 records/) });
    expect((await api.ask('/metrics')).text).toContain('tidemark_ledger_unread_records 3');
  });
});

describe('snapshots that an interaction names', () => {
  const proposed = (snapshots: readonly string[], id = 'D-1'): JsonObject => {
    const named = { id, source: 's', specversion: '1.0', type: 'decision.proposed', subject: id };
    return { ...named, data: { action: 'refund', snapshots: [...snapshots] } };
  };
  const unknown = `sha256-${'0'.repeat(64)}`;

  it('are taken when they are on record', async () => {
    const id = await released();
    expect(await api.ok('/v1/events', { body: proposed([id]) })).toMatchObject({ events: [{ status: 'appended' }] });
    expect(await claim({ snapshots: [id] })).toMatchObject({ outcome: 'proceed' });
  });

  it('are refused when they are not, by index and id, and nothing is appended', async () => {
    const id = await released();
    const heard = await api.ask('/v1/events', { body: [proposed([id]), proposed([id, unknown], 'D-2')] });
    const { errors } = expectProblem(heard, 422, 'event_rejected');
    expect(errors).toEqual([{ in: 'body', pointer: '/1', detail: `snapshot_unknown: ${unknown} is not on record` }]);
    expectProblem(await api.ask('/v1/claims', { body: call({ snapshots: [unknown] }) }), 422, 'event_rejected');
    expect((await api.world.log.ends()).get('copilot.decision:0')).toBe(0n);
    expect((await api.world.log.ends()).get('copilot.tool:0')).toBe(0n);
  });

  it("are another tenant's: the answer is that of unknown ones", async () => {
    const id = await released();
    const parts = api.world.parts;
    const refusalOf = (snapshot: string) =>
      parts.intake
        .append('other', [proposed([snapshot])])
        .catch((error: Error) => JSON.stringify(error).replaceAll(snapshot, '?'));
    expect(await refusalOf(id)).toBe(await refusalOf(unknown));
    expect(await refusalOf(id)).toContain('event_rejected');
  });

  it('are behind while it is not known here whether they are on record', async () => {
    const world = await World.open();
    world.parts.audit.find = async () => ({ kind: 'behind' });
    await expect(world.parts.intake.append('acme', [proposed([unknown])])).rejects.toMatchObject({
      code: 'behind',
      retriable: true,
    });
    await world.stop();
  });

  it('are not looked for again when the event was appended before', async () => {
    const body = proposed([await released()]);
    await api.ok('/v1/events', { body });
    api.world.parts.audit.find = async () => ({ kind: 'expired' });
    expect(await api.ok('/v1/events', { body })).toMatchObject({ events: [{ status: 'duplicate' }] });
  });

  it('are refused when the events of a request name more than a request may', async () => {
    const some = Array.from({ length: 5 }, (_, n) =>
      proposed(
        Array.from({ length: 60 }, (_, m) => `sha256-${String(n * 60 + m).padStart(64, '0')}`),
        `D-${n}`,
      ),
    );
    expectProblem(await api.ask('/v1/events', { body: some }), 413, 'request_too_large');
  });
});
