import { afterEach, describe, expect, it } from 'vitest';
import { account, policy } from '../fixtures.test-support.js';
import type { ModelReading } from '../retrieval/model-reading.js';
import type { GenerationEngines } from './generations.js';
import { GenerationWorld, openedMethod } from './service.test-support.js';

const read: ModelReading = { dtype: 'q8', pooling: 'mean', questionPrefix: '', passagePrefix: '' };

/** Where `hashing` has a model that is read as configured unless it is said, and is another method by how it is read. */
function enginesOf(configured: ModelReading, version = 1): Partial<GenerationEngines> {
  return {
    open: async (text, _, how) => {
      const { method, index } = openedMethod(text);
      if (text !== 'hashing') return { method, index };
      const model = { ...configured, ...how?.model };
      const ranking = { ...method.ranking, id: `${model.pooling} ${model.questionPrefix} ${version}` };
      return { method: { ...method, ranking }, index, model };
    },
  };
}

const worlds: GenerationWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

async function worldWith(engines: Partial<GenerationEngines>, beside?: GenerationWorld): Promise<GenerationWorld> {
  const world = await (beside === undefined ? GenerationWorld.open({ engines }) : beside.beside(engines));
  worlds.push(world);
  return world;
}

/** A model read by its first token, with a prefix, was started where models are read otherwise; it is live. */
async function promoted(): Promise<{ readonly world: GenerationWorld; readonly id: string }> {
  const world = await worldWith(enginesOf(read));
  await world.put(account('A-1'), policy('P-0', { policyId: 'p0' }));
  const id = await world.operations.start('hashing', 'one', null, { pooling: 'cls', questionPrefix: 'query: ' });
  await world.filled(id);
  await world.operations.promote(id, 'one');
  return { world, id };
}

describe('a generation with a model that is read in its own way', () => {
  it('stands beside one of the same model read otherwise, and tells how it is read', async () => {
    const { world, id } = await promoted();
    const other = await world.operations.start('hashing', 'one', null);
    expect(world.operations.status().map(({ model }) => model)).toEqual([
      null,
      { ...read, pooling: 'cls', questionPrefix: 'query: ' },
      read,
    ]);
    expect(other).not.toBe(id);
  });

  it('is opened as it is on record, whatever models are configured to be read like', async () => {
    const { world, id } = await promoted();
    const next = await worldWith(enginesOf({ ...read, pooling: 'none', dtype: 'fp32' }), world);
    expect(next.live).toBe(id);
  });

  it('is no other one by name: where it is lost, the configured one takes its place only when it is read alike', async () => {
    const { world } = await promoted();
    // Of another version all that is on record is another generation.
    const later = (model: ModelReading): Partial<GenerationEngines> => {
      const open: GenerationEngines['open'] = async (text, isFilling, how) =>
        (await enginesOf(read, 2).open?.(text, isFilling, how)) ?? openedMethod(text);
      return { open, configured: 'hashing', configuredModel: model };
    };
    const advice = expect.stringMatching(/EMBEDDER=hashing .*EMBEDDER_POOLING=cls EMBEDDER_QUESTION_PREFIX="query: "/);
    await expect(worldWith(later(read), world)).rejects.toMatchObject({ code: 'config_invalid', advice });
    const alike = await worldWith(later({ ...read, pooling: 'cls', questionPrefix: 'query: ' }), world);
    const live = alike.operations.status().find(({ role }) => role === 'live');
    expect(live).toMatchObject({ method: 'hashing', model: { pooling: 'cls' } });
  });
});
