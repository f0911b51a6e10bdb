import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import type { RecordedEntry } from '../audit/port.js';
import { systemClock } from '../domain/clock.js';
import { covers } from '../domain/position.js';
import { decodeToken } from '../domain/token.js';
import { account, caller, contextRequest, newLog, policy, tenant, ticket, topics } from '../fixtures.test-support.js';
import { openService, type Service } from '../pipeline.js';
import { replayContent } from '../replay/content.js';
import { replayFull } from '../replay/full.js';
import { validityOf } from '../replay/validity.js';
import { lexicalMethod } from '../retrieval/method.js';
import type { IndexQuery } from '../retrieval/port.js';
import { indexUnavailable } from '../retrieval/unavailable.js';
import type { ContextRequest } from './request.js';

class FailingIndex extends MemoryIndex {
  isUp = true;

  override async search(query: IndexQuery) {
    if (!this.isUp) throw indexUnavailable();
    return super.search(query);
  }
}

let index = new FailingIndex('test');
const opened: { service?: Service; running?: Promise<void>; stop: AbortController } = { stop: new AbortController() };
const service = (): Service => {
  if (opened.service === undefined) throw new Error('a service is opened before each case');
  return opened.service;
};

beforeEach(async () => {
  index = new FailingIndex('test');
  opened.stop = new AbortController();
  const clock = systemClock;
  const engines = { log: newLog(clock), state: new MemoryState(), index, method: lexicalMethod, clock, topics };
  opened.service = await openService({ ...engines, audit: 'required' });
  opened.running = opened.service.run(opened.stop.signal);
  const bodies = [account('A-1'), ticket('T-1'), ticket('T-2', { status: 'closed', subject: 'refund' })];
  const { token } = await service().intake.append(tenant, [...bodies, policy('P-1', { body: 'refund' })]);
  const written = decodeToken(service().identity, token);
  while (!covers(await service().engines.state.through(), written)) await new Promise(setImmediate);
  await service().indexer.idle(opened.stop.signal);
});

afterEach(async () => {
  opened.stop.abort();
  await opened.running;
});

const asking = (more: Partial<ContextRequest> = {}) => contextRequest({ question: 'refund', ...more });

async function released(more: Partial<ContextRequest> = {}) {
  const result = await service().snapshots.snapshot(asking(more), caller);
  if (result.kind !== 'released') throw new Error(result.kind);
  return { id: result.id, json: JSON.parse(result.body) };
}

async function recorded(id: RecordedEntry['id']): Promise<RecordedEntry> {
  const finding = await service().audit.find(tenant, id);
  if (finding.kind !== 'found') throw new Error(finding.kind);
  return finding.entry;
}

const refs = ({ items }: { readonly items: readonly { readonly ref: string }[] }) => items.map(({ ref }) => ref);

describe('while the index cannot be asked', () => {
  it('an answer has what is found by key, no policies, and says why', async () => {
    index.isUp = false;
    const { json } = await released();
    expect(refs(json)).toEqual(['account/A-1', 'ticket/T-1', 'ticket/T-2']);
    expect(json.freshness).toMatchObject({ label: 'incomplete', reasons: [{ code: 'retrieval_unavailable' }] });
    expect(json.retrieval).toMatchObject({ unavailable: true, pendingScored: 0, pendingUnscored: 0 });
  });

  it('an answer that does not need it is as ever', async () => {
    index.isUp = false;
    const { json } = await released({ question: null });
    expect([refs(json).includes('policy/P-1'), json.freshness.label]).toEqual([true, 'fresh']);
    const keyed = await released({ kinds: ['account', 'ticket'] });
    expect([keyed.json.freshness.label, keyed.json.retrieval.unavailable]).toEqual(['fresh', undefined]);
  });

  it('whoever would rather have no answer gets none', async () => {
    index.isUp = false;
    const consistency = { ...contextRequest().consistency, onViolation: 'refuse' } as const;
    const refused = service().snapshots.snapshot(asking({ consistency }), caller);
    await expect(refused).rejects.toMatchObject({ code: 'index_unavailable', retriable: true });
  });

  it('nobody is told that a snapshot no longer holds', async () => {
    const entry = await recorded((await released()).id);
    index.isUp = false;
    await expect(validityOf(service().replay, entry)).rejects.toMatchObject({ code: 'index_unavailable' });
    index.isUp = true;
    expect(await validityOf(service().replay, entry)).toMatchObject({ kind: 'valid' });
  });
});

describe('once the index is back', () => {
  it('what was released without it replays to the byte, at both depths', async () => {
    index.isUp = false;
    const entry = await recorded((await released()).id);
    index.isUp = true;
    expect(await replayContent(service().replay, entry)).toMatchObject({ verdict: 'MATCH', depth: 'content' });
    expect(await replayFull(service().replay, entry)).toMatchObject({ verdict: 'MATCH', depth: 'full', items: 3 });
  });

  it('answers have all there is, and nothing about it in their manifest', async () => {
    index.isUp = false;
    await released();
    index.isUp = true;
    const { id, json } = await released();
    expect([refs(json).includes('policy/P-1'), json.freshness.label]).toEqual([true, 'fresh']);
    const entry = await recorded(id);
    expect(JSON.parse(entry.manifest).retrieval).not.toHaveProperty('unavailable');
    expect(await replayFull(service().replay, entry)).toMatchObject({ verdict: 'MATCH', depth: 'full' });
  });
});
