import { afterEach, describe, expect, it } from 'vitest';
import { TidemarkError } from '../errors.js';
import { account, policy } from '../fixtures.test-support.js';
import { GenerationWorld, upgraded } from './service.test-support.js';

const gone = new TidemarkError({ code: 'config_invalid', message: 'no files', advice: 'Fetch it.', retriable: false });

const worlds: GenerationWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

/** Where hashing was started beside lexical and promoted. */
async function promoted(): Promise<GenerationWorld> {
  const world = await GenerationWorld.open();
  worlds.push(world);
  await world.put(account('A-1'), policy('P-0', { policyId: 'p0', body: 'Refunds take thirty days.' }));
  await world.operations.promote(await world.startFilled('hashing'), 'one');
  return world;
}

async function again(world: GenerationWorld, ...how: Parameters<GenerationWorld['beside']>): Promise<GenerationWorld> {
  const next = await world.beside(...how);
  worlds.push(next);
  await next.caughtUp();
  return next;
}

describe('a start by another version, with a promotion on record', () => {
  it('goes on with EMBEDDER where that names what is live, says so, and what follows is as after any promotion', async () => {
    const world = await promoted();
    const next = await again(world, { configured: 'hashing' }, upgraded);
    const live = next.operations.status().find(({ role }) => role === 'live');
    expect(live).toMatchObject({ method: 'hashing', index: { ranking: expect.stringContaining('-next') } });
    expect(next.service.start.notices).toEqual(
      expect.arrayContaining([expect.stringContaining('was promoted in its place')]),
    );
    const wordy = await next.startFilled('wordy');
    await next.operations.promote(wordy, 'one');
    expect(await next.operations.rollBack('one')).toBe(live?.id);
  });

  it('goes on so after a rollback too, and answers from before are told from those after it', async () => {
    const world = await promoted();
    await world.operations.rollBack('one');
    const { id: before } = await world.ask();
    const next = await again(world, {}, upgraded);
    const { id: after } = await next.ask();
    expect(await next.replay(before)).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'model_missing' });
    expect(await next.replay(after)).toMatchObject({ verdict: 'MATCH' });
  });

  it('is refused where EMBEDDER names another method, with the ways out, of which each works', async () => {
    const world = await promoted();
    await expect(world.beside({}, upgraded)).rejects.toMatchObject({
      code: 'config_invalid',
      advice: expect.stringMatching(/EMBEDDER=hashing .*GENERATION_LOST=configured/),
    });
    const out = await again(world, { whenLost: 'configured' }, upgraded);
    expect(out.operations.status()).toContainEqual(expect.objectContaining({ role: 'live', method: 'lexical' }));
    const later = await again(world, {}, upgraded);
    expect(later.live).toBe(out.live);
  });
});

describe('a start without the model of what is live', () => {
  it('has the same way out, and it leaves what can be opened alone', async () => {
    const world = await promoted();
    const whenLost = 'configured';
    const opens = await again(world, { whenLost });
    expect(opens.live).toBe(world.live);
    const out = await again(world, { whenLost, open: () => Promise.reject(gone) });
    expect(out.operations.status()).toContainEqual(expect.objectContaining({ role: 'live', method: 'lexical' }));
    await world.until(() => world.live === out.live);
  });
});
