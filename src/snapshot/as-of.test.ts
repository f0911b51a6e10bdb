import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeToken } from '../domain/token.js';
import {
  account,
  caller,
  contextRequest,
  entitlement,
  policy,
  tenant,
  ticket,
  World,
} from '../fixtures.test-support.js';
import { replayFull } from '../replay/full.js';
import { records } from '../streams.test-support.js';
import type { ContextRequest } from './request.js';

async function ask(world: World, more: Partial<ContextRequest> = {}) {
  const result = await world.parts.snapshots.snapshot(contextRequest(more), caller);
  return result.kind === 'released' ? { ...result, json: JSON.parse(result.body) } : result;
}

async function released(world: World, more: Partial<ContextRequest> = {}) {
  const answer = await ask(world, more);
  if (answer.kind !== 'released') throw new Error(answer.kind);
  return { ...answer, asOf: decodeToken(world.parts.identity, answer.json.token) };
}

it('an answer as of a released token is that answer, whatever has changed since', async () => {
  const world = await World.open();
  await world.put(account('A-1'), entitlement('E-1'), ticket('T-1'), policy('P-1'));
  const before = await released(world);
  await world.put(entitlement('E-1', { status: 'revoked' }), ticket('T-2'), policy('P-2', { version: '2' }));
  expect((await released(world)).content).not.toBe(before.content);
  expect(await released(world, { asOf: before.asOf })).toMatchObject({ content: before.content, asOf: before.asOf });
  await world.stop();
});

it('whatever the stream, the past of every released token has the content that was released', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (stream) => {
      const world = await World.open();
      const moments: Awaited<ReturnType<typeof released>>[] = [];
      for (const record of stream) {
        await world.produce(record);
        const answer = await ask(world, { account: 'A-0', consistency: marked });
        if (answer.kind === 'released') {
          moments.push({ ...answer, asOf: decodeToken(world.parts.identity, answer.json.token) });
        }
      }
      for (const { asOf, content } of moments) {
        expect((await released(world, { account: 'A-0', asOf })).content).toBe(content);
      }
      await world.stop();
    }),
    { numRuns: 30 },
  );
});

const marked = { ...contextRequest().consistency, onViolation: 'mark' } as const;

it('it is evaluated at the moment the log took the last of the records, never fresh, and replays at full depth', async () => {
  const world = await World.open();
  await world.put(account('A-1'), entitlement('E-1', { endsAt: '2026-03-02' }), policy('P-1'));
  const takenAt = new Date(world.clock.wallMs()).toISOString();
  const { asOf } = await released(world);
  world.clock.advance(30 * 86_400_000);
  await world.put(ticket('T-9'));
  const past = await released(world, { asOf });
  expect(past.json.items).toHaveLength(3);
  expect(past.json.evaluatedAt <= takenAt).toBe(true);
  expect(past.json.freshness).toEqual({ label: 'stale', ageMs: null, reasons: [{ code: 'as_of' }] });
  const finding = await world.parts.audit.find(tenant, past.id);
  if (finding.kind !== 'found') throw new Error(finding.kind);
  expect(await replayFull(world.parts.replay, finding.entry)).toMatchObject({ verdict: 'MATCH', depth: 'full' });
  await world.stop();
});

it.each([['account'], ['ticket'], ['entitlement'], ['policy']] as const)(
  'a snapshot of %s alone matches at full depth too, as of now and as of then',
  async (kind) => {
    const world = await World.open();
    await world.put(account('A-1'), ticket('T-1'), policy('P-1'));
    const now = await released(world, { kinds: [kind] });
    const past = await released(world, { kinds: [kind], asOf: now.asOf });
    for (const { id } of [now, past]) {
      const finding = await world.parts.audit.find(tenant, id);
      if (finding.kind !== 'found') throw new Error(finding.kind);
      expect(await replayFull(world.parts.replay, finding.entry)).toMatchObject({ verdict: 'MATCH', depth: 'full' });
    }
    await world.stop();
  },
);

it('an account that was made later is not found, and neither is one whose partition the token does not name', async () => {
  const world = await World.open();
  await world.put(account('A-1'));
  const { asOf } = await released(world);
  await world.put(account('A-2'));
  expect(await ask(world, { account: 'A-2', asOf })).toMatchObject({ kind: 'not_found', status: 'unknown' });
  expect(await ask(world, { asOf: new Map() })).toMatchObject({ kind: 'not_found', status: 'unknown' });
  await world.stop();
});

it('a position that is not applied is waited for and then refused, also where an answer may be marked', async () => {
  const world = await World.open();
  await world.put(account('A-1'));
  const asOf = new Map([['crm.accounts:0', 4n]] as const);
  const refused = { kind: 'refused', why: 'behind', behind: 4n };
  expect(await ask(world, { asOf })).toMatchObject(refused);
  expect(await ask(world, { asOf, consistency: marked })).toMatchObject(refused);
  await world.stop();
});
