import { expect, it, vi } from 'vitest';
import { partitionKey } from '../domain/position.js';
import { keyOf, recordOf, tenant, ticket, topics, World } from '../fixtures.test-support.js';
import { conservation } from '../streams.test-support.js';
import { writeDecisions } from './decisions.js';
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

it('does not count as come through a decision about a record that another owner has folded since it was looked for', async () => {
  const world = await blocked();
  await world.stop();
  const { rejected, journal } = world.parts;
  const { offset } = await rejected.decide(poison, { kind: 'discarded' });
  const [reading] = await world.log.read(topics.rejected, 0, [offset]);
  if (reading?.kind !== 'found') throw new Error('the decision is in the log');
  const partition = partitionKey(topics.rejected, 0);
  const parts = { state: world.state, journal, rejected, topics, report: reportsNothing };
  vi.spyOn(world.state, 'through').mockResolvedValueOnce(new Map());
  const write = () => writeDecisions(parts, [reading.record], { partition, through: offset, after: offset - 1n });
  expect((await write()).kind).toBe('conflict');
  expect(rejected.find(poison)?.decision).toBeNull();
  expect((await write()).kind).toBe('written');
  expect(await stateOf(world)).toEqual({ subject: 'one', marks: [] });
});
