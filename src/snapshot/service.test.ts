import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import type { JsonObject } from '../domain/canonical.js';
import { kindNames } from '../domain/kinds/index.js';
import { decodeToken } from '../domain/token.js';
import {
  account,
  caller,
  contextRequest,
  DrivenClock,
  entitlement,
  newLog,
  noRetriever,
  policy,
  recordOf,
  remove,
  tenant,
  ticket,
  topics,
  World,
} from '../fixtures.test-support.js';
import { Indexer } from '../materializer/indexer.js';
import { reportsNothing } from '../materializer/report.js';
import { lexicalMethod } from '../retrieval/method.js';
import { characterPassages } from '../retrieval/passages.js';
import { IndexCandidates, markedCoverage } from './candidates.js';
import { RankingRetriever } from './ranking-retriever.js';
import type { ContextRequest, SearchRequest } from './request.js';
import type { Retriever } from './retriever.js';
import { SnapshotService } from './service.js';

const made: { world: World | undefined } = { world: undefined };
const world = (): World => {
  if (made.world === undefined) throw new Error('a world is opened before each case');
  return made.world;
};
beforeEach(async () => {
  const clock = new DrivenClock('rushing');
  made.world = await World.open({ clock, log: newLog(clock) });
});

const searchRequest: SearchRequest = {
  ...contextRequest({ kinds: ['policy'] }),
  mode: 'search',
  account: null,
  question: 'refund',
};
const marked = { ...contextRequest().consistency, onViolation: 'mark' } as const;

async function ask(more: Partial<ContextRequest> = {}) {
  const result = await world().parts.snapshots.snapshot(contextRequest({ consistency: marked, ...more }), caller);
  if (result.kind !== 'released') throw new Error(result.kind);
  return { ...result, json: JSON.parse(result.body) };
}

const refs = (json: { readonly items: readonly JsonObject[] }) => json.items.map(({ ref }) => ref);

describe('a context', () => {
  it('is the account, what it may use now, its open tickets and the policies in force that apply to it', async () => {
    const window = { startsAt: '2026-01-01', endsAt: '2026-06-01' };
    await world().put(
      account('A-1'),
      entitlement('E-1', { ...window, product: 'voice' }),
      entitlement('E-2', { product: 'over', endsAt: '2026-02-01' }),
      ticket('T-1', { priority: 'low' }),
      ticket('T-2', { priority: 'urgent' }),
      ticket('T-3', { status: 'closed' }),
      ticket('T-4', { accountId: 'A-2' }),
      policy('P-1', { policyId: 'p1', appliesTo: { products: ['voice'] } }),
      policy('P-2', { policyId: 'p2', appliesTo: { products: ['over'] } }),
      policy('P-3', { policyId: 'p3' }),
      policy('P-4', { policyId: 'p3', version: '2', effectiveFrom: '2027-01-01' }),
    );
    const { json } = await ask();
    expect(refs(json)).toEqual([
      'account/A-1',
      'entitlement/E-1',
      'ticket/T-2',
      'ticket/T-1',
      'policy/P-1',
      'policy/P-3',
    ]);
    expect(json.items[5].successor).toEqual({ ref: 'policy/P-4', effectiveFrom: '2027-01-01T00:00:00.000Z' });
  });

  it('of an account nobody knows is not found, and of a deleted one says so: neither is an empty answer', async () => {
    const find = (id: string) => world().parts.snapshots.snapshot(contextRequest({ account: id }), caller);
    await world().put(account('A-1'), remove('account', 'A-1'));
    expect(await find('A-1')).toMatchObject({ kind: 'not_found', status: 'deleted', freshness: { label: 'fresh' } });
    expect(await find('A-9')).toMatchObject({ kind: 'not_found', status: 'unknown', freshness: { label: 'fresh' } });
    expect(world().parts.audit.count).toBe(0);
  });

  it('names what its token budget left out, and takes what is smaller instead', async () => {
    await world().put(account('A-1'), ticket('T-1', { body: 'x'.repeat(4_000), priority: 'high' }), ticket('T-2'));
    const { json } = await ask({ tokenBudget: 200 });
    expect(refs(json)).toEqual(['account/A-1', 'ticket/T-2']);
    expect(json.omitted).toEqual([{ ref: 'ticket/T-1', reason: 'token_budget' }]);
  });

  it('keeps its own account whatever the budget, and then nothing that does not fit beside it', async () => {
    await world().put(account('A-1', { name: 'x'.repeat(100) }), ticket('T-1'));
    const { json } = await ask({ tokenBudget: 1 });
    expect(refs(json)).toEqual(['account/A-1']);
    expect(json.omitted).toEqual([{ ref: 'ticket/T-1', reason: 'token_budget' }]);
  });

  it('is stamped with the positions it was built from, and its token asks for no more', async () => {
    await world().put(account('A-1'), ticket('T-1'), ticket('T-2'));
    const { json } = await ask();
    expect(json.stamp).toMatchObject({
      log: 'log-1',
      through: { 'crm.accounts': { 0: '0' }, 'support.tickets': { 0: '1' } },
    });
    expect(json.items[1].source).toMatchObject({ topic: 'support.tickets', partition: 0, offset: '0' });
    const wanted = new Map([
      ['crm.accounts:0', 0n],
      ['support.tickets:0', 1n],
    ]);
    expect(decodeToken(world().parts.identity, json.token)).toEqual(wanted);
  });
});

describe('the label of an answer', () => {
  const labelOf = async (more: Partial<ContextRequest> = {}) => (await ask(more)).json.freshness.label;

  it('is incomplete for a blocked key only where the answer concerns it', async () => {
    await world().put(account('A-1'), account('A-2'), ticket('T-1'));
    await world().produce(recordOf('ticket', 'T-1', '{'));
    expect(await labelOf()).toBe('incomplete');
    expect(await labelOf({ account: 'A-2' })).toBe('fresh');
    expect(await labelOf({ kinds: ['account', 'policy'] })).toBe('fresh');
  });

  it('is incomplete for a blocked entitlement also where only policies are asked for: products decide which apply', async () => {
    await world().put(account('A-1'), entitlement('E-1'));
    await world().produce(recordOf('entitlement', 'E-1', '{'));
    expect(await labelOf({ kinds: ['policy'] })).toBe('incomplete');
    expect(await labelOf({ kinds: ['ticket'] })).toBe('fresh');
  });

  it('depends on the partitions that can change the answer and on no others', () => {
    const of = (kinds: ContextRequest['kinds']) =>
      world().parts.snapshots.partitionsOf(contextRequest({ kinds })).length;
    expect([of(['ticket']), of(['account']), of(['policy']), of(kindNames)]).toEqual([2, 1, 3, 4]);
  });

  it('is stale when the consumer stands still, and says by how many records', async () => {
    await world().put(account('A-1'));
    await ask();
    world().parts.materializer.hold();
    await world().parts.intake.append(tenant, [ticket('T-1')]);
    world().clock.advance(6_000);
    const { freshness } = (await ask()).json;
    expect(freshness).toMatchObject({ label: 'stale', ageMs: 6_000 });
    expect(freshness.reasons).toEqual([{ code: 'behind', partition: 'support.tickets:0', records: '1' }]);
  });

  it('speaks of the state the answer was read from, not of one that arrived while it was put together', async () => {
    await world().put(account('A-1'), ticket('T-1'));
    const { parts, state, log, clock } = world();
    const meanwhile = async () => {
      clock.advance(10_000);
      await world().put(ticket('T-2'));
      await parts.witness.look();
      return { found: [], beyond: [], retrieval: null };
    };
    const shared = {
      log,
      state,
      clock,
      topics,
      auditing: 'required' as const,
      retrieval: () => ({ live: { ...noRetriever, retrieve: meanwhile }, past: noRetriever }),
    };
    const slow = new SnapshotService({ ...parts, ...shared });
    const result = await slow.snapshot(contextRequest({ question: 'what is open?', consistency: marked }), caller);
    const { items, freshness } = JSON.parse(result.kind === 'released' ? result.body : '{}');
    expect(items).toHaveLength(2);
    expect(freshness).toMatchObject({ label: 'stale', ageMs: 10_000 });
  });
});

describe('the audit record', () => {
  const failing = () => vi.spyOn(world().parts.audit, 'record').mockRejectedValue(new Error('disk full'));

  it('is there before the reply, under the id of what was released (P9)', async () => {
    await world().put(account('A-1'));
    const { json } = await ask();
    expect(json.audit).toEqual({ topic: 'copilot.context', partition: 0, offset: '0' });
    const finding = await world().parts.audit.find(tenant, json.id);
    expect(finding).toMatchObject({
      kind: 'found',
      entry: { releasedTo: { subject: 'key-1', scopes: ['read'] }, requestId: 'r-1' },
    });
  });

  it('that cannot be written keeps the snapshot back', async () => {
    await world().put(account('A-1'));
    failing();
    await expect(ask()).rejects.toThrow('disk full');
  });

  it('is left out only by choice, and the answer and the report say so', async () => {
    await world().put(account('A-1'));
    failing();
    const unrecorded = vi.fn();
    const { parts, state, clock } = world();
    const service = new SnapshotService({
      ...parts,
      state,
      clock,
      topics,
      auditing: 'best-effort',
      report: { unrecorded },
      retrieval: () => ({ live: noRetriever, past: noRetriever }),
    });
    const result = await service.snapshot(contextRequest(), caller);
    expect(JSON.parse(result.kind === 'released' ? result.body : '{}').audit).toBeNull();
    expect(result).toMatchObject({ recorded: false });
    expect(unrecorded).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: 'disk full' }));
  });
});

describe('a snapshot during which another generation goes live', () => {
  it('is stamped with the one that ranked it', async () => {
    await world().put(account('A-1'));
    const { parts, state, clock } = world();
    let live = 'ranks';
    const retrieval = () => {
      const identity = { ...noRetriever.identity, generation: live };
      const retrieve: Retriever['retrieve'] = async (...asked) => {
        live = 'is live by then';
        return noRetriever.retrieve(...asked);
      };
      return { live: { ...noRetriever, identity, retrieve }, past: noRetriever };
    };
    const service = new SnapshotService({ ...parts, state, clock, topics, auditing: 'required', retrieval });
    const result = await service.snapshot(contextRequest({ question: 'what is open?' }), caller);
    const { stamp } = JSON.parse(result.kind === 'released' ? result.body : '{}');
    expect(stamp.index.generation).toBe('ranks');
  });
});

describe('a search without an account', () => {
  it('finds a policy as it was read, though it is gone by the time that the index is asked', async () => {
    const { parts, state, clock } = world();
    const index = new MemoryIndex('test');
    const indexing = { state, index, passages: characterPassages, vectors: null, clock, report: reportsNothing };
    const indexer = new Indexer(indexing);
    await world().put(policy('P-1', { policyId: 'p1', body: 'refund' }));
    await indexer.turn();
    const search = index.search.bind(index);
    vi.spyOn(index, 'search').mockImplementationOnce(async (query) => {
      await world().put(remove('policy', 'P-1'));
      await indexer.turn();
      return search(query);
    });
    const ranking = { method: lexicalMethod, vectors: null, generation: 'test' };
    const live = new RankingRetriever(ranking, new IndexCandidates(index, markedCoverage(state)));
    const around = {
      state,
      clock,
      topics,
      auditing: 'required',
      retrieval: () => ({ live, past: noRetriever }),
    } as const;
    const result = await new SnapshotService({ ...parts, ...around }).snapshot(searchRequest, caller);
    expect(refs(JSON.parse(result.kind === 'released' ? result.body : '{}'))).toEqual(['policy/P-1']);
  });
});

describe('equal answers', () => {
  it('have equal content whatever was asked for beside it, and another as soon as an item changes', async () => {
    await world().put(account('A-1'), ticket('T-1'));
    const first = await ask();
    world().clock.advance(1);
    const again = await ask({ purpose: 'another' });
    expect(again.id).not.toBe(first.id);
    expect(again.content).toBe(first.content);
    await world().put(ticket('T-1', { subject: 'new' }));
    expect((await ask()).content).not.toBe(first.content);
  });
});
