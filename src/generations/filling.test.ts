import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { systemClock } from '../domain/clock.js';
import { policy, tenant } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { generationOf } from '../retrieval/generation.js';
import { lexicalMethod } from '../retrieval/method.js';
import { Filling } from './filling.js';
import { GenerationWorld } from './service.test-support.js';

/** A filling of its own over the state of a service. */
async function fillingOver(tenants: readonly string[], entitiesPerSecond: number) {
  const world = await GenerationWorld.open();
  const stop = new AbortController();
  onTestFinished(async () => {
    stop.abort();
    await world.stop();
  });
  const { state } = world.service.engines;
  const index = new MemoryIndex(generationOf(lexicalMethod));
  const onFailure = () => undefined;
  const around = { vectors: null, clock: systemClock, entitiesPerSecond, onFailure };
  const filling = new Filling({ state, tenants: () => tenants, method: lexicalMethod, index, ...around });
  return { world, filling, stop };
}

function policies(count: number) {
  return Array.from({ length: count }, (_, n) => policy(`P-${n}`, { policyId: `p${n}` }));
}

describe('a filling that was caught up', () => {
  it('is not complete while a tenant has moved, and counts what all of them lack when it is asked to verify', async () => {
    const { world, filling, stop } = await fillingOver([tenant], 1);
    await filling.pass(stop.signal);
    expect([await filling.pass(stop.signal), filling.isComplete]).toEqual([false, true]);
    const count = limits.fillTurnEntities * 3;
    const running = filling.run(stop.signal);
    await world.put(...policies(count));
    expect(await filling.verify()).toBeGreaterThan(count - limits.fillTurnEntities * 2);
    expect(filling.isComplete).toBe(false);
    stop.abort();
    await running;
  });

  it('rests after each entity while it is not live', async () => {
    const { world, filling, stop } = await fillingOver([tenant], 0.001);
    await world.put(...policies(3));
    const passing = filling.pass(stop.signal);
    await world.until(() => filling.filled.count > 0);
    // The service takes many turns for that: time for a filling that does not rest.
    await world.put(...policies(100));
    expect(filling.filled.count).toBe(1);
    stop.abort();
    await passing;
  });

  it('rests no longer once it is live', async () => {
    const { world, filling, stop } = await fillingOver([tenant], 0.001);
    await world.put(...policies(limits.fillTurnEntities + 1));
    const passing = filling.pass(stop.signal);
    await world.until(() => filling.filled.count === 1);
    filling.isUrgent = true;
    await passing;
    expect(filling.filled.count).toBe(limits.fillTurnEntities + 1);
  });
});

describe('a promotion', () => {
  it('is refused when more was written since than an answer scores beside the index', async () => {
    const world = await GenerationWorld.open({ engines: { entitiesPerSecond: 1 } });
    onTestFinished(() => world.stop());
    const id = await world.startFilled('hashing');
    const all = policies(limits.pendingScoredMax + limits.fillTurnEntities * 2);
    for (let first = 0; first < all.length; first += 100) await world.put(...all.slice(first, first + 100));
    const filling = world.operations.status().find((one) => one.id === id)?.filling;
    expect(filling?.isCaughtUp && filling.lacking === 0).toBe(false);
    await expect(world.operations.promote(id, 'one')).rejects.toMatchObject({ code: 'behind' });
  });
});
