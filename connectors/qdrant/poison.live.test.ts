/** Points that nobody of this service wrote: none is served, nothing falls over, and each is counted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { qdrantMissing, qdrantUrl } from '../../eval/live/settings.js';
import { indexQuery, indexWrite } from '../../src/retrieval/contract-kit.js';
import type { QdrantIndex } from './index.js';
import { type LiveParts, LiveQdrant, nameOf } from './live.test-support.js';
import { passagePoint, pointId } from './points.js';

const url = qdrantUrl();

const good = passagePoint(indexWrite('P-1', 1, ['refund']), 0);
const foreign = passagePoint(indexWrite('P-1', 1, ['refund'], { tenant: 'bolt' }), 0);
const fieldNames = ['tenant', 'kind', 'id', 'entity', 'n', 'of', 'rev', 'hash', 'deleted'] as const;
const otherValues: Readonly<Record<(typeof fieldNames)[number], unknown>> = {
  tenant: 7,
  kind: 'invoice',
  id: ['P-1'],
  entity: 'policy/P-1',
  n: -1,
  of: '1',
  rev: 1.5,
  hash: 'sha256-?',
  deleted: 'no',
};

interface Poison {
  readonly name: string;
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const ofField = (name: string, why: string, value: unknown): Poison => {
  const { [name]: _, ...rest } = good.payload as Readonly<Record<string, unknown>>;
  return { name: `${name} ${why}`, id: good.id, payload: value === undefined ? rest : { ...rest, [name]: value } };
};

const poisons: readonly Poison[] = [
  ...fieldNames.map((name) => ofField(name, 'missing', undefined)),
  ...fieldNames.map((name) => ofField(name, 'null', null)),
  ...fieldNames.map((name) => ofField(name, 'of another form', otherValues[name])),
  { name: 'no payload', id: good.id, payload: {} },
  {
    name: 'the id of another entity',
    id: pointId({ tenant: 'acme', kind: 'policy', id: 'P-2' }, 0),
    payload: { ...good.payload },
  },
  {
    name: 'the id of another passage',
    id: pointId({ tenant: 'acme', kind: 'policy', id: 'P-1' }, 1),
    payload: { ...good.payload },
  },
  { name: 'an id that others choose', id: '0b0b0b0b-0000-4000-8000-000000000000', payload: { ...good.payload } },
  {
    name: "another tenant's point with this tenant's name",
    id: foreign.id,
    payload: { ...foreign.payload, tenant: 'acme' },
  },
  { name: 'the name of another entity', id: good.id, payload: { ...good.payload, entity: foreign.payload.entity } },
];

describe.skipIf(url === undefined)(`poison in Qdrant: ${qdrantMissing()}`, () => {
  const live = new LiveQdrant(url ?? '');
  let parts: LiveParts;
  let index: QdrantIndex;
  beforeAll(async () => {
    parts = live.parts();
    index = await live.open(parts);
    await index.apply([indexWrite('P-9', 1, ['refund'])]);
  });
  afterAll(() => live.close());

  it.each(poisons.map((poison) => [poison.name, poison] as const))('%s', async (_name, { id, payload }) => {
    const before = index.facts.dropped;
    await live.client.upsert(nameOf(parts), {
      points: [{ id, vector: { ...good.vector }, payload: { ...payload } }],
      wait: true,
    });
    const { hits } = await index.search(indexQuery('refund'));
    const held: string[] = [];
    for await (const { key } of index.held(null)) held.push(key.id);
    expect([hits.map(({ key }) => key.id), held]).toEqual([['P-9'], ['P-9']]);
    expect(index.facts.dropped).toBeGreaterThan(before);
    // What is written of the entity takes its place, or stands beside it.
    await index.apply([indexWrite('P-1', 2, ['loan'])]);
    expect((await index.search(indexQuery('loan'))).hits.map(({ key }) => key.id)).toEqual(['P-1']);
    await live.client.delete(nameOf(parts), { points: [id, good.id], wait: true });
  });

  it.each([
    ['of another length', { dense: [1, 0, 0] }],
    ['of another name', { meaning: [1, 0] }],
    ['without a name', [1, 0]],
  ])('a vector %s is not taken', async (_how, vector) => {
    const point = { id: good.id, vector: vector as number[], payload: { ...good.payload } };
    await expect(live.client.upsert(nameOf(parts), { points: [point], wait: true })).rejects.toMatchObject({
      status: 400,
    });
  });
});
