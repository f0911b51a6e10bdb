import { expect, it, onTestFinished } from 'vitest';
import { account, policy } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { GenerationWorld, openedMethod } from './service.test-support.js';

it('a rollback is refused while the former one lacks too much, and let through where the live one lacks no less', async () => {
  let isFull = false;
  const open = async (text: string) => {
    const { method, index } = openedMethod(text);
    const apply = index.apply.bind(index);
    index.apply = (writes) => (isFull ? Promise.reject(new Error('full')) : apply(writes));
    return { method, index };
  };
  const world = await GenerationWorld.open({ engines: { open } });
  onTestFinished(() => world.stop());
  await world.put(account('A-1'), policy('P-0', { policyId: 'p0' }));
  await world.operations.promote(await world.startFilled('hashing'), 'one');
  const { state } = world.service.engines;
  const count = limits.pendingScoredMax + 1;
  state.pendingCount = async () => count;
  await expect(world.operations.rollBack('one')).rejects.toMatchObject({ code: 'behind' });
  isFull = true;
  const more = Array.from({ length: count }, (_, n) => policy(`M-${n}`, { policyId: `m${n}` }));
  for (let first = 0; first < count; first += 100) await world.put(...more.slice(first, first + 100));
  await world.operations.rollBack('one');
});
