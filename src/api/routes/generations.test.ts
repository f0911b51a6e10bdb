import { afterEach, describe, expect, it, vi } from 'vitest';
import { TidemarkError } from '../../errors.js';
import type { GenerationStatus } from '../../generations/operating.js';
import { hashKey, keyAuthentication } from '../auth.js';
import { ApiWorld, expectProblem } from '../world.test-support.js';

const [live, shadow] = ['0123456789ab', 'ba9876543210'];
const index = { generation: 'words', embedder: null, ranking: 'ranking-1' };
const quiet = {
  method: 'lexical',
  model: null,
  index,
  startedAtMs: null,
  reason: null,
  by: null,
  examples: [],
  trouble: null,
};
const example = { snapshot: `sha256-${'0'.repeat(64)}`, tenant: 'acme', atMs: 0, confidence: null } as const;
const differing = { ...example, entered: ['policy/P-1'], left: [], moved: [{ ref: 'policy/P-2', from: 2, to: 1 }] };
const told: readonly GenerationStatus[] = [
  { ...quiet, id: live, role: 'live', filling: null, compared: null },
  {
    ...quiet,
    id: shadow,
    role: 'shadow',
    startedAtMs: 0,
    filling: { indexed: 7, lacking: 1, isCaughtUp: true },
    compared: { compared: 3, differing: 1, skipped: 9, failed: 0 },
    examples: [differing],
  },
];

const operations = () => ({
  status: () => told,
  trouble: vi.fn((): 'unavailable' | 'filling' | null => null),
  start: vi.fn(async () => shadow),
  promote: vi.fn(async () => undefined),
  rollBack: vi.fn(async () => live),
  drop: vi.fn(async () => undefined),
});

const opened: { api?: ApiWorld } = {};
afterEach(() => opened.api?.stop());

async function apiWith(generations = operations()) {
  opened.api = await ApiWorld.open({ generations });
  return { api: opened.api, generations };
}

const post = { method: 'POST', body: {} };

describe('/v1/generations', () => {
  it('tells which is live, how far the others are and what they would have answered', async () => {
    const { api } = await apiWith();
    const heard = await api.ok('/v1/generations');
    expect(heard).toMatchObject({ live, generations: [{ id: live }, { id: shadow, filling: { lacking: 1 } }] });
    expect(JSON.stringify(heard)).toContain('"at":"1970-01-01T00:00:00.000Z"');
  });

  it('is in the metrics, by the name of the generation', async () => {
    const { api } = await apiWith();
    const { text } = await api.ask('/metrics');
    for (const one of [
      `generation{generation="${live}",role="live"} 1`,
      `generation_lacking{generation="${shadow}"} 1`,
      `shadow_snapshots{generation="${shadow}",outcome="differing"} 1`,
    ])
      expect(text).toContain(`tidemark_${one}\n`);
  });

  it('starts, promotes, goes back and drops in the name of whoever asks', async () => {
    const { api, generations } = await apiWith();
    await api.ok('/v1/generations', { body: { method: 'hashing', reason: 'to see' } });
    for (const act of [`${shadow}/promote`, 'rollback', `${shadow}/drop`]) await api.ok(`/v1/generations/${act}`, post);
    expect(generations.start).toHaveBeenCalledExactlyOnceWith('hashing', expect.any(String), 'to see', {});
    expect(generations.promote).toHaveBeenCalledExactlyOnceWith(shadow, expect.any(String));
    expect(generations.rollBack).toHaveBeenCalledOnce();
    expect(generations.drop).toHaveBeenCalledExactlyOnceWith(shadow, expect.any(String));
  });

  it('hands on how a model is to be read, and refuses settings that there are none of', async () => {
    const { api, generations } = await apiWith();
    const model = { pooling: 'cls', questionPrefix: 'query: ' };
    await api.ok('/v1/generations', { body: { method: 'transformers:bge', model } });
    expect(generations.start).toHaveBeenCalledExactlyOnceWith('transformers:bge', expect.any(String), null, model);
    for (const wrong of [{ pooling: 'max' }, { dtype: 'q3' }, { prefix: 'query: ' }])
      expectProblem(
        await api.ask('/v1/generations', { body: { method: 'transformers:bge', model: wrong } }),
        422,
        'request_invalid',
      );
  });

  it('logs who did what to which, and not why', async () => {
    const { api } = await apiWith();
    await api.ok('/v1/generations', { body: { method: 'hashing', reason: 'for a customer' } });
    await api.ok(`/v1/generations/${shadow}/drop`, post);
    const lines = api.lines.filter(({ msg }) => String(msg).startsWith('generation '));
    const who = { credential: expect.any(String), requestId: expect.any(String), generation: shadow };
    expect(lines).toEqual([
      expect.objectContaining({ ...who, msg: 'generation started' }),
      expect.objectContaining({ ...who, msg: 'generation dropped' }),
    ]);
    expect(JSON.stringify(api.lines)).not.toContain('customer');
  });

  it('that is live and not whole here degrades readiness, and answers go on', async () => {
    const { api, generations } = await apiWith();
    const ready = await api.ok('/readyz');
    expect(ready).toMatchObject({ checks: { generation: { ok: true } } });
    for (const [trouble, why] of [
      ['filling', 'not had everything'],
      ['unavailable', 'another answers'],
    ] as const) {
      generations.trouble.mockReturnValueOnce(trouble);
      const detail = expect.stringContaining(why);
      expect(await api.ok('/readyz')).toMatchObject({
        status: 'degraded',
        checks: { generation: { ok: false, detail } },
      });
    }
  });

  it('refuses what names no generation, and says what the service refuses as a problem', async () => {
    const { api, generations } = await apiWith();
    expectProblem(await api.ask('/v1/generations/nobody/promote', post), 422, 'request_invalid');
    const refusal = { message: 'not yet', advice: 'Ask again.', retriable: true };
    for (const [code, status] of [
      ['behind', 503],
      ['generation_conflict', 409],
      ['generation_not_found', 404],
    ] as const) {
      generations.promote.mockRejectedValueOnce(new TidemarkError({ code, ...refusal }));
      expectProblem(await api.ask(`/v1/generations/${shadow}/promote`, post), status, code);
    }
  });

  it('is for operators, all of it', async () => {
    const grant = { id: 'one', sha256: hashKey('one'), tenant: 'acme', scopes: ['operate'], operator: false } as const;
    const generations = operations();
    opened.api = await ApiWorld.open({ auth: keyAuthentication({ keys: [grant] }), generations });
    const headers = { authorization: 'Bearer one' };
    expectProblem(await opened.api.ask('/v1/generations', { headers }), 403, 'forbidden');
    const asked = { body: { method: 'hashing' }, headers };
    expectProblem(await opened.api.ask('/v1/generations', asked), 403, 'forbidden');
    expect(generations.start).not.toHaveBeenCalled();
  });
});
