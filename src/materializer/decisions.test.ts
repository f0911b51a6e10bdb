import { expect, it, vi } from 'vitest';
import { keyOf, recordOf, tenant, ticket, World } from '../fixtures.test-support.js';
import { conservation } from '../streams.test-support.js';
import { reportsNothing } from './report.js';

const poison = 'support.tickets:0:1';

/** A ticket, and after it a broken record of the same ticket. */
async function blocked(ignored: string[] = []) {
  const decisionIgnored = (id: string, why: string) => void ignored.push(`${id} ${why}`);
  const world = await World.open({ report: { ...reportsNothing, decisionIgnored } });
  await world.put(ticket('T-1', { subject: 'one' }));
  await world.produce(recordOf('ticket', 'T-1', '{'));
  return world;
}

/** As if whoever decided had not seen that the key's records are gone. */
async function redriveInVain(world: World): Promise<void> {
  const read = world.log.read.bind(world.log);
  const gone = vi.spyOn(world.log, 'read').mockImplementation(async (topic, ...rest) => {
    return topic === 'support.tickets' ? [{ kind: 'missing', why: 'expired' }] : read(topic, ...rest);
  });
  const repaired = recordOf('ticket', 'T-1', ticket('T-1', { subject: 'repaired' })).value;
  await world.parts.rejected.decide(poison, { kind: 'redriven', repaired });
  await world.settle();
  gone.mockRestore();
}

const stateOf = async (world: World) => {
  const [entity] = await world.state.entities([keyOf('ticket', 'T-1')]);
  const marks = (await world.state.account(tenant, 'A-1')).blocked.map(({ rejected }) => rejected);
  return { subject: entity?.status === 'present' && JSON.parse(entity.json).subject, marks };
};

it('leaves a letter open whose redrive was ignored because records are gone, also after a restart', async () => {
  const ignored: string[] = [];
  const world = await blocked(ignored);
  await redriveInVain(world);
  expect(ignored).toEqual([`${poison} lost`]);
  for (const one of [world, await world.reopen()]) {
    expect(one.parts.rejected.find(poison)?.decision).toBeNull();
    expect(await stateOf(one)).toEqual({ subject: 'one', marks: [poison] });
    for (const [counted, there] of await conservation(one)) expect(counted).toBe(there);
  }
});

it('lifts the mark when a letter is discarded whose redrive was ignored', async () => {
  const world = await blocked();
  await redriveInVain(world);
  await world.parts.rejected.decide(poison, { kind: 'discarded' });
  await world.settle();
  for (const one of [world, await world.reopen()]) {
    await vi.waitFor(() => expect(one.parts.rejected.find(poison)?.decision).toMatchObject({ kind: 'discarded' }));
    expect(one.parts.rejected.find(poison)?.decision).not.toHaveProperty('before');
    expect(await stateOf(one)).toEqual({ subject: 'one', marks: [] });
  }
});
