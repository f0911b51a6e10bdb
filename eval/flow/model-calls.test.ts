/** What a model is asked for: nothing that it has answered before, whoever asks and after however many starts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileVectorRecord } from '../../connectors/file/vector-record.js';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { HashingEmbedder } from '../../src/retrieval/hashing-embedder.js';
import { methodWith } from '../../src/retrieval/method.js';
import { Flow, memoryLog, TwoHandClock } from './service.test-support.js';

const tenant = 'acme';
const nowMs = Date.UTC(2026, 2, 1);

/** Counts what it is asked. On another processor the same model gives other bits, and has the same name. */
class CountedModel extends HashingEmbedder {
  texts: string[] = [];

  constructor(readonly processor = 1) {
    super();
  }

  override async embed(texts: readonly string[]) {
    this.texts.push(...texts);
    const vectors = await super.embed(texts);
    return vectors.map((vector) => vector.map((n, i) => (i === 7 ? n + 1e-3 * (this.processor - 1) : n)));
  }
}

let folder = '';
let model = new CountedModel();
let flow: Flow;

const policyEvent = (id: string, version: number, data: object) => ({
  specversion: '1.0',
  id: `${id}-${version}`,
  source: 'test',
  type: 'policy.updated',
  subject: id,
  data: { id, policyId: id, version: String(version), effectiveFrom: '2020-01-01T00:00:00Z', ...data },
});

const refunds = { title: 'Refunds', body: 'Money comes back within thirty days.' };

async function put(...events: readonly object[]): Promise<void> {
  await flow.caller(tenant).ok('/v1/events', { body: events });
  await flow.settle();
}

const ask = () => flow.caller(tenant).ok('/v1/search', { body: { question: 'When does the money come back?' } });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-vectors-'));
  model = new CountedModel();
  const stores = async () => {
    const record = await FileVectorRecord.open({ folder, embedder: model.identity }, nowMs);
    const method = { ...methodWith(model), record };
    const index = new MemoryIndex(generationOf(method));
    return { state: new MemoryState(), index, method, close: () => record.close() };
  };
  const clock = new TwoHandClock();
  flow = await Flow.open({ clock, log: memoryLog(clock), tenants: [tenant], stores });
  await put(policyEvent('P-1', 1, refunds), policyEvent('P-2', 1, { title: 'Parcels', body: 'They go by sea.' }));
});

afterEach(async () => {
  await flow.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a model', () => {
  it('is asked about each text once', async () => {
    await ask();
    await ask();
    expect([...model.texts].sort()).toEqual([
      'Parcels\nThey go by sea.',
      'Refunds\nMoney comes back within thirty days.',
      'When does the money come back?',
    ]);
  });

  it('is asked nothing by an update that leaves the text as it was', async () => {
    model.texts = [];
    await put(policyEvent('P-1', 2, { ...refunds, effectiveTo: '2030-01-01T00:00:00Z' }));
    await put(policyEvent('P-3', 1, refunds));
    expect(model.texts).toEqual([]);
  });

  it('is asked nothing by a restart, nor by a replay at any depth, also on a processor that gives other bits', async () => {
    const { id } = await ask();
    model = new CountedModel(2);
    flow = await flow.restart();
    for (const depth of ['content', 'full']) {
      const told = await flow.caller(tenant).ok(`/v1/snapshots/${id}/replay`, { body: { depth } });
      expect(told.verdict).toBe('MATCH');
    }
    expect(model.texts).toEqual([]);
  });

  it('is needed to replay where its record is gone, and then other bits are a mismatch and not a match', async () => {
    const { id } = await ask();
    model = new CountedModel(200);
    await rm(folder, { recursive: true, force: true });
    flow = await flow.restart();
    const told = await flow
      .caller(tenant)
      .ok(`/v1/snapshots/${id}/replay`, { body: { depth: 'full' } })
      .catch(String);
    expect(model.texts.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).toContain('MISMATCH');
  });
});
