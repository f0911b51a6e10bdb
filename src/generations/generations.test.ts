import { afterEach, describe, expect, it } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { TidemarkError } from '../errors.js';
import { account, DrivenClock, policy, remove } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { generationOf } from '../retrieval/generation.js';
import { lexicalMethod } from '../retrieval/method.js';
import { GenerationWorld } from './service.test-support.js';

const gone = new TidemarkError({ code: 'config_invalid', message: 'no files', advice: 'Fetch it.', retriable: false });

const worlds: GenerationWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

async function opened(...of: Parameters<typeof GenerationWorld.open>): Promise<GenerationWorld> {
  const world = await GenerationWorld.open(...of);
  worlds.push(world);
  return world;
}

async function library(world: GenerationWorld): Promise<GenerationWorld> {
  const bodies = ['Refunds take thirty days.', 'Invoices are sent monthly.', 'A refund of a refund: never.'];
  await world.put(
    account('A-1'),
    ...bodies.map((body, n) => policy(`P-${n}`, { policyId: `p${n}`, title: `T${n}`, body })),
  );
  return world;
}

describe('a shadow', () => {
  it('is filled from the state and follows it, while answers come from the live one', async () => {
    const world = await library(await opened());
    const before = await world.ask();
    const id = await world.startFilled('hashing');
    expect((await world.ask()).stamp.index).toEqual(before.stamp.index);
    await world.put(policy('P-9', { policyId: 'p9' }), remove('policy', 'P-1'));
    await world.until(() => world.operations.status().find((one) => one.id === id)?.filling?.indexed === 3);
    expect(world.live).not.toBe(id);
  });

  it('answers what was asked of the live one, and tells what differs by reference', async () => {
    const world = await library(await opened());
    const id = await world.startFilled('hashing');
    const shadow = () => world.operations.status().find((one) => one.id === id);
    const { id: snapshot } = await world.ask({ question: 'reffund?', limits: { policies: 3, tickets: 5 } });
    await world.until(() => (shadow()?.compared?.compared ?? 0) > 0);
    expect(shadow()?.compared).toMatchObject({ compared: 1, differing: 1, failed: 0 });
    expect(shadow()?.examples).toEqual([
      expect.objectContaining({ snapshot, left: [], entered: expect.arrayContaining(['policy/P-0']) }),
    ]);
  });

  it('is not asked more often than its bound allows: what is beyond is counted', async () => {
    const clock = new DrivenClock();
    const world = await library(await opened({ clock }));
    const id = await world.operations.start('hashing', 'one', null);
    const shadow = () => world.operations.status().find((one) => one.id === id);
    await world.until(() => {
      clock.advance(1_000);
      return shadow()?.filling?.isCaughtUp === true && shadow()?.filling?.lacking === 0;
    });
    for (const compared of [1, 2]) {
      // It takes no time, so all of them are asked at once.
      for (let n = 0; n < 5; n++) await world.ask();
      await world.until(() => shadow()?.compared?.compared === compared);
      expect(shadow()?.compared).toMatchObject({ compared, skipped: 4 * compared });
      clock.advance(1_000 / limits.shadowComparedPerSecond);
    }
  });
});

describe('a promotion', () => {
  it('is seen by the next snapshot, and both generations replay to a match', async () => {
    const world = await library(await opened());
    const before = await world.ask();
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    const after = await world.ask();
    expect([world.live, after.stamp.index.embedder.id]).toEqual([id, 'tidemark-hashing']);
    for (const { id: snapshot } of [before, after]) {
      expect(await world.replay(snapshot)).toMatchObject({ verdict: 'MATCH', depth: 'full' });
    }
  });

  it('takes no earlier snapshot its validity: it is judged by its own generation', async () => {
    const world = await library(await opened());
    const { id: snapshot } = await world.ask({ question: 'reffund?', limits: { policies: 3, tickets: 5 } });
    await world.operations.promote(await world.startFilled('hashing'), 'one');
    const after = await world.ask({ question: 'reffund?', limits: { policies: 3, tickets: 5 } });
    expect(after.refs).toContain('policy/P-0');
    expect((await world.validity(snapshot)).kind).toBe('valid');
  });

  it('is refused while the generation has not had everything', async () => {
    const world = await library(await opened({ engines: { entitiesPerSecond: 0.01 } }));
    const id = await world.operations.start('hashing', 'one', null);
    await expect(world.operations.promote(id, 'one')).rejects.toMatchObject({ code: 'behind', retriable: true });
  });

  it('can be taken back, which is a switch: what was live is there as it was', async () => {
    const world = await library(await opened());
    const first = world.live;
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    expect(await world.operations.rollBack('one')).toBe(first);
    expect(world.live).toBe(first);
    expect(await world.operations.rollBack('one')).toBe(id);
  });

  it('switches every instance at the same record', async () => {
    const world = await library(await opened());
    const other = await world.beside();
    worlds.push(other);
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    await other.until(() => other.live === id);
    await other.operations.rollBack('one');
    await world.until(() => world.live !== id);
  });

  it('holds after a restart, and the former one can be gone back to', async () => {
    const world = await library(await opened());
    const first = world.live;
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    const { id: snapshot } = await world.ask();
    const again = await world.beside();
    worlds.push(again);
    expect(again.live).toBe(id);
    await again.caughtUp();
    expect(await again.replay(snapshot)).toMatchObject({ verdict: 'MATCH' });
    await again.operations.rollBack('one');
    expect(again.live).toBe(first);
  });

  it('is that of the configured one once EMBEDDER names its method; the former one is kept beside it until it is dropped', async () => {
    const world = await library(await opened());
    const first = world.live;
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    const [same, named] = [await world.beside(), await world.beside({ configured: 'hashing' })];
    worlds.push(same, named);
    expect(same.service.start.notices).toEqual([expect.stringContaining('EMBEDDER=hashing')]);
    expect([named.live, named.service.start.notices]).toEqual([id, []]);
    await named.operations.drop(first, 'one');
    expect(named.operations.status().map(({ method }) => method)).toEqual(['hashing']);
  });

  it('of a model that is not there any more refuses the start and says what to do', async () => {
    const world = await library(await opened());
    await world.operations.promote(await world.startFilled('hashing'), 'one');
    const starting = world.beside({ open: () => Promise.reject(gone) });
    await expect(starting).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('hashing'),
    });
  });
});

describe('a drop', () => {
  it('lets go of a shadow; a replay of what it released says that its model is missing', async () => {
    const world = await library(await opened());
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    const { id: snapshot } = await world.ask();
    await world.operations.rollBack('one');
    await world.operations.drop(id, 'one');
    expect(await world.replay(snapshot)).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'model_missing' });
    await world.startFilled('hashing');
    expect(await world.replay(snapshot)).toMatchObject({ verdict: 'MATCH' });
  });

  it('is refused of what is live, of the configured one and of what is not open', async () => {
    const world = await library(await opened());
    const first = world.live;
    const id = await world.startFilled('hashing');
    const refusal = (of: string) => expect(world.operations.drop(of, 'one')).rejects;
    await refusal(first).toMatchObject({ code: 'generation_conflict' });
    await world.operations.promote(id, 'one');
    await refusal(id).toMatchObject({ code: 'generation_conflict' });
    await refusal(first).toMatchObject({ code: 'generation_conflict' });
    await refusal('0123456789ab').toMatchObject({ code: 'generation_not_found' });
  });
});

/** Of any name, each another one. */
async function weights(id: string) {
  const method = { ...lexicalMethod, ranking: { ...lexicalMethod.ranking, id } };
  return { method, index: new MemoryIndex(generationOf(method)) };
}

describe('a start', () => {
  it('is refused of what is open already, and of what cannot be opened', async () => {
    const world = await opened();
    await expect(world.operations.start('none', 'one', null)).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(world.operations.start('lexical', 'one', null)).rejects.toMatchObject({ code: 'generation_conflict' });
    await world.startFilled('hashing');
    await expect(world.operations.start('hashing', 'one', null)).rejects.toMatchObject({ code: 'generation_conflict' });
  });

  it('is refused past the bound, until one is dropped', async () => {
    const world = await opened({ engines: { open: weights } });
    const names = Array.from({ length: limits.generationsMax - 1 }, (_, n) => `weights-${n}`);
    const [first = ''] = await Promise.all(names.map((name) => world.operations.start(name, 'one', null)));
    const beyond = () => world.operations.start('one-more', 'one', null);
    await expect(beyond()).rejects.toMatchObject({ code: 'generation_conflict' });
    expect(world.operations.status()).toHaveLength(limits.generationsMax);
    await world.operations.drop(first, 'one');
    await beyond();
  });

  it('is refused past the bound by the order on record, on whichever instance and however many at once', async () => {
    let openCount = 0;
    const open = async (id: string) => {
      openCount += 1;
      const close = async () => {
        openCount -= 1;
      };
      return { ...(await weights(id)), close };
    };
    const world = await opened({ engines: { open } });
    const both = [world, await world.beside({ open })] as const;
    worlds.push(both[1]);
    const starts = [1, 2, 3].flatMap((n) => both.map((one, at) => one.operations.start(`w-${n}-${at}`, 'one', null)));
    const refused = (await Promise.allSettled(starts)).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(starts.length - (limits.generationsMax - 1));
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'generation_conflict' } });
    const idsOf = (one: GenerationWorld) => one.operations.status().map(({ id }) => id);
    await world.until(() => both.every((one) => idsOf(one).length === limits.generationsMax));
    expect(idsOf(both[1])).toEqual(idsOf(world));
    await world.until(() => openCount === both.length * (limits.generationsMax - 1));
  });
});
