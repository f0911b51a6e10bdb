import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import type { RecordedEntry } from '../audit/port.js';
import { canonicalJson, digestOf, digestOfLines, type JsonObject } from '../domain/canonical.js';
import type { PositionVector } from '../domain/position.js';
import { account, caller, contextRequest, policy, recordOf, tenant, ticket, World } from '../fixtures.test-support.js';
import type { NewDecision, RejectedEvent } from '../log/rejected-port.js';
import type { AccountView } from '../state/port.js';
import { records } from '../streams.test-support.js';
import { replayContent } from './content.js';
import { firstDifference, replayFull } from './full.js';
import { openPast } from './past.js';

/** All that assembly can see of two accounts and the tenant's policies; sorted, since a set has no order. */
async function seen(viewOf: (accountId: string) => Promise<AccountView>): Promise<unknown> {
  const views = await Promise.all(['A-0', 'A-1'].map(viewOf));
  return views.map(({ account: owner, members, policies }) => ({
    owner: owner?.status === 'present' ? owner.hash : (owner?.status ?? 'unknown'),
    members: members.map(({ key, hash }) => `${key.kind}/${key.id} ${hash}`).sort(),
    policies: policies.digest,
  }));
}

const seenNow = (world: World) => seen((accountId) => world.state.account(tenant, accountId));

const seenAt = (world: World, through: PositionVector) =>
  seen(async (accountId) => {
    const past = await openPast(world.parts.replay, { tenant, accountId }, through);
    if (past.kind === 'lost') throw new Error(past.why);
    return past.state.account(tenant, accountId);
  });

const decisions = fc.array(fc.constantFrom<NewDecision>({ kind: 'discarded' }, { kind: 'redriven', repaired: null }), {
  maxLength: 3,
});

describe('the past, rebuilt from the journal', () => {
  it('is what the state was at that position, whatever came later, decisions included', async () => {
    await fc.assert(
      fc.asyncProperty(records, decisions, async (stream, made) => {
        const world = await World.open();
        const moments: { readonly through: PositionVector; readonly view: unknown }[] = [];
        const note = async () => moments.push({ through: await world.state.through(), view: await seenNow(world) });
        for (const record of stream) await world.produce(record).then(note);
        for (const [index, decision] of made.entries()) {
          const event = world.parts.rejected.list(null)[index];
          if (event !== undefined) await world.parts.rejected.decide(event.id, decision);
          await world.settle().then(note);
        }
        for (const { through, view } of moments) expect(await seenAt(world, through)).toEqual(view);
        await world.stop();
      }),
      { numRuns: 40 },
    );
  });
});

/** What two accounts and the policies look like the moment after each write, before anything else can run. */
class WatchedState extends MemoryState {
  readonly moments: { readonly through: Promise<PositionVector>; readonly view: Promise<unknown> }[] = [];

  constructor() {
    super();
    this.watch(() => {
      const views = ['A-0', 'A-1'].map((accountId) => this.account(tenant, accountId));
      const viewOf = async (accountId: string) => (accountId === 'A-0' ? views[0] : views[1]) ?? this.account('', '');
      this.moments.push({ through: this.through(), view: seen(viewOf) });
    });
  }
}

/** A redrive with bytes that do something, where the record names a ticket. */
function repairing({ concern }: RejectedEvent, made: NewDecision = { kind: 'discarded' }): NewDecision {
  if (made.kind === 'discarded' || concern.kind !== 'ticket' || concern.id === null) return made;
  const repaired = ticket(concern.id, { accountId: 'A-0', n: 'repaired' }, { id: 'e-repaired' });
  return { kind: 'redriven', repaired: recordOf('ticket', concern.id, repaired).value };
}

describe('between any two writes', () => {
  it('the state is what its own positions say: a decision and what it changed are seen together, at the start too', async () => {
    await fc.assert(
      fc.asyncProperty(records, decisions, fc.boolean(), async (stream, made, together) => {
        const first = new WatchedState();
        const world = await World.open({ state: first });
        await world.produce(...stream);
        const events = world.parts.rejected.list(null).slice(0, made.length);
        for (const [index, event] of events.entries()) {
          await world.parts.rejected.decide(event.id, repairing(event, made[index]));
          if (!together) await world.settle();
        }
        await world.settle();
        await world.stop();
        const second = new WatchedState();
        const again = await World.open({ log: world.log, clock: world.clock, state: second });
        await again.settle();
        await again.stop();
        for (const { through, view } of [...first.moments, ...second.moments])
          expect(await seenAt(again, await through)).toEqual(await view);
      }),
      { numRuns: 40 },
    );
  });

  it('a snapshot taken the moment a redrive is written replays, at full depth', async () => {
    const state = new MemoryState();
    const world = await World.open({ state });
    await world.put(account('A-1'));
    await world.produce(recordOf('ticket', 'T-1', '{'));
    const taken: Promise<RecordedEntry>[] = [];
    state.watch(() => taken.push(released(world)));
    const repaired = recordOf('ticket', 'T-1', ticket('T-1')).value;
    await world.parts.rejected.decide('support.tickets:0:0', { kind: 'redriven', repaired });
    await world.settle();
    expect(taken.length).toBeGreaterThan(0);
    for (const entry of await Promise.all(taken))
      expect(await replayFull(world.parts.replay, entry)).toMatchObject({ verdict: 'MATCH', items: 2 });
  });
});

async function released(world: World): Promise<RecordedEntry> {
  const result = await world.parts.snapshots.snapshot(contextRequest(), caller);
  const finding = result.kind === 'released' ? await world.parts.audit.find(tenant, result.id) : undefined;
  if (finding?.kind !== 'found') throw new Error('not released');
  return finding.entry;
}

/** An audit record that is consistent in itself, as somebody would write it who wants to hide an item. */
function withoutItem({ manifest, ...entry }: RecordedEntry, index: number): RecordedEntry {
  const { items, ...members } = JSON.parse(manifest) as JsonObject & { items: JsonObject[] };
  const kept = items.filter((_, at) => at !== index);
  const lines = kept.map(({ ref, source }) => {
    const [kind, id] = String(ref).split('/');
    return `${(source as JsonObject).hash} ${kind}/${JSON.stringify(id)}`;
  });
  const text = canonicalJson({ ...members, items: kept, content: digestOfLines(lines) });
  return { ...entry, manifest: text, id: digestOf(text) };
}

describe('a replay at full depth', () => {
  it('matches after everything has changed, and after a restart', async () => {
    const world = await World.open();
    await world.put(account('A-1'), ticket('T-1'), policy('P-1'));
    const entry = await released(world);
    await world.put(
      ticket('T-1', { accountId: 'A-2' }),
      ticket('T-2'),
      policy('P-2', { version: '2' }),
      account('A-1', { plan: 'x' }),
    );
    const match = { verdict: 'MATCH', depth: 'full', items: 3 };
    expect(await replayFull(world.parts.replay, entry)).toEqual(match);
    expect(await replayFull((await world.reopen()).parts.replay, entry)).toEqual(match);
  });

  it('matches after a restart though a repair has since undone what brought an item to the account', async () => {
    const world = await World.open();
    await world.put(account('A-1'));
    await world.produce(
      recordOf('ticket', 'T-1', '{'),
      recordOf('ticket', 'T-1', ticket('T-1', {}, { entityversion: '1' })),
    );
    const entry = await released(world);
    const repaired = recordOf('ticket', 'T-1', ticket('T-1', { accountId: 'A-2' }, { id: 'repair' })).value;
    await world.parts.rejected.decide('support.tickets:0:0', { kind: 'redriven', repaired });
    await world.settle();
    const again = await world.reopen();
    expect(await replayFull(again.parts.replay, entry)).toMatchObject({ verdict: 'MATCH', items: 2 });
  });

  it('finds an item that was left out, where content depth sees nothing amiss', async () => {
    const world = await World.open();
    await world.put(account('A-1'), ticket('T-1'), ticket('T-2'));
    const forged = withoutItem(await released(world), 1);
    expect(await replayContent(world.parts.replay, forged)).toMatchObject({ verdict: 'MATCH', items: 2 });
    const verdict = await replayFull(world.parts.replay, forged);
    expect(verdict).toMatchObject({ verdict: 'MISMATCH', difference: { at: '/content' } });
  });

  it.each<[string, JsonObject, JsonObject]>([
    [
      'another generation',
      { generation: 'older', embedder: null, ranking: 'none' },
      { verdict: 'UNREPLAYABLE', reason: 'code_version' },
    ],
    [
      'another ranking',
      { generation: 'none', embedder: null, ranking: 'older' },
      { verdict: 'UNREPLAYABLE', reason: 'code_version', detail: 'weighed by older, this is none' },
    ],
    [
      'a reranker that is not here',
      { generation: 'none', embedder: null, ranking: 'none+rerank:cross-1/20' },
      { verdict: 'UNREPLAYABLE', reason: 'model_missing' },
    ],
    [
      'another embedder',
      { generation: 'older', embedder: { id: 'mini', revision: '1', dimensions: 2 }, ranking: 'none' },
      { verdict: 'UNREPLAYABLE', reason: 'model_missing' },
    ],
  ])('of an answer that was ranked by %s says so, and matches where nothing was ranked', async (_, index, expected) => {
    const world = await World.open();
    await world.put(account('A-1'), ticket('T-1'));
    const entry = await released(world);
    const asked = await replayFull(world.parts.replay, withStamp(entry, { question: 'why?' }, index));
    expect(asked).toMatchObject(expected);
    const keyed = await replayFull(world.parts.replay, withStamp(entry, {}, index));
    expect(keyed).toMatchObject({ verdict: 'MATCH', depth: 'full' });
  });
});

/** The record as another build of the index would have stamped it. */
function withStamp({ manifest, ...entry }: RecordedEntry, members: JsonObject, index: JsonObject): RecordedEntry {
  const parsed = JSON.parse(manifest) as JsonObject & { stamp: JsonObject };
  const text = canonicalJson({ ...parsed, ...members, stamp: { ...parsed.stamp, index } });
  return { ...entry, manifest: text, id: digestOf(text) };
}

describe('the first difference', () => {
  it.each<[JsonObject, JsonObject, string]>([
    [{ a: 1 }, { a: 2 }, '/a'],
    [{ a: { 'b/c': [1, 2] } }, { a: { 'b/c': [1, 3] } }, '/a/b~1c/1'],
    [{ a: [1] }, { a: [1, 2] }, '/a/1'],
    [{ a: 1 }, { a: 1, b: null }, ''],
    [{ a: [] }, { a: {} }, '/a'],
  ])('of %j and %j is at "%s"', (expected, actual, at) => {
    expect(firstDifference(expected, actual, '').at).toBe(at);
  });
});
