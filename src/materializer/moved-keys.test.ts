/** What becomes of keys that have moved to another partition because their topic has grown. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../domain/canonical.js';
import {
  account,
  caller,
  contextRequest,
  DrivenClock,
  patch,
  recordOf,
  tenant,
  ticket,
  topics,
  World,
} from '../fixtures.test-support.js';
import { partitionOf } from '../log/partitioner.js';
import { replayFull } from '../replay/full.js';
import { TroubledLog } from '../troubled-log.test-support.js';

const grown = {
  ...topics,
  sources: topics.sources.map((topic) => (topic.about === 'ticket' ? { ...topic, partitions: 2 } : topic)),
};

const ids = Array.from({ length: 12 }, (_, number) => `T-${number}`);
const hasMoved = (id: string) => {
  const { key } = recordOf('ticket', id, null);
  return key !== null && partitionOf(key, 2) === 1;
};
const moved = ids.filter(hasMoved);

/** A log whose tickets have one partition, then two. Where a record goes follows from how many there are when it is written. */
class GrowingLog extends TroubledLog {
  constructor(clock: DrivenClock) {
    super(clock, grown);
    this.holds(1);
  }

  holds(partitions: 1 | 2): void {
    for (const topic of this.topics()) if (topic.name === 'support.tickets') Object.assign(topic, { partitions });
  }
}

/** With one partition and what was written to it; `grow` starts again over the same state, with two. */
async function openWorld(...events: readonly JsonObject[]) {
  const clock = new DrivenClock('rushing');
  const log = new GrowingLog(clock);
  const small = await World.open({ clock, log });
  await small.put(account('A-1'), ...events);
  await small.stop();
  log.holds(2);
  const world = await World.open({ clock, log, state: small.state });
  await world.settle();
  return { log, world };
}

const isVersioned = (id: string) => Number(id.slice(2)) % 2 === 0;
const versionOf = (id: string, n: number) => (isVersioned(id) ? { entityversion: String(n) } : {});
const event = (id: string, n: number) => ticket(id, { n }, versionOf(id, n));

async function grownWorld() {
  const { world } = await openWorld(...ids.map((id) => event(id, 5)));
  await world.put(...ids.map((id) => event(id, 6)));
  return world;
}

async function shown(world: World) {
  const { members, blocked } = await world.state.account(tenant, 'A-1');
  const states = members.map((entity): [string, unknown] => [entity.key.id, JSON.parse(entity.json).n]);
  return { states: new Map(states), blocked: blocked.map(({ concern }) => concern.id).sort() };
}

async function ask(world: World) {
  const request = contextRequest({ limits: { policies: 10, tickets: 20 }, tokenBudget: 100_000 });
  const marked = { ...request.consistency, onViolation: 'mark' } as const;
  const result = await world.parts.snapshots.snapshot({ ...request, consistency: marked }, caller);
  if (result.kind !== 'released') throw new Error(result.kind);
  const { freshness } = JSON.parse(result.body);
  return { id: result.id, freshness };
}

describe('keys that have moved to a new partition', () => {
  it('are some of those with versions and some of those without', () => {
    expect([moved.filter(isVersioned).length, moved.filter((id) => !isVersioned(id)).length].every(Boolean)).toBe(true);
    expect(moved.length).toBeLessThan(ids.length);
  });

  it('go on by their versions; those without are rejected, and no other key is', async () => {
    const world = await grownWorld();
    const { states, blocked } = await shown(world);
    const unordered = moved.filter((id) => !isVersioned(id));
    expect(blocked).toEqual(unordered.toSorted());
    for (const id of ids) expect([id, states.get(id)]).toEqual([id, unordered.includes(id) ? 5 : 6]);
    const reasons = world.parts.rejected.list(tenant).map(({ rejection }) => rejection.reason);
    expect(reasons).toEqual(unordered.map(() => 'order_unknown'));
  });

  it('are told by answers: incomplete because of exactly those whose order is unknown', async () => {
    const world = await grownWorld();
    const { freshness } = await ask(world);
    const refs = freshness.reasons.map(({ ref }: { readonly ref: string }) => ref);
    expect(freshness.label).toBe('incomplete');
    expect(refs.toSorted()).toEqual(
      moved
        .filter((id) => !isVersioned(id))
        .map((id) => `ticket/${id}`)
        .toSorted(),
    );
  });

  it('are kept from going back by an old version in the new partition, or a late one in the old', async () => {
    const id = moved.find(isVersioned) ?? '';
    const { world, log } = await openWorld(event(id, 5));
    await world.put(event(id, 7), event(id, 4));
    log.holds(1);
    await world.put(event(id, 6));
    const { states, blocked } = await shown(world);
    expect([states.get(id), blocked]).toEqual([7, []]);
  });

  it('that begin in the new partition need no versions', async () => {
    const id = moved.find((one) => !isVersioned(one)) ?? '';
    const { world } = await openWorld();
    await world.put(event(id, 1), event(id, 2));
    expect(await shown(world)).toEqual({ states: new Map([[id, 2]]), blocked: [] });
  });

  it('are labelled the same when all is folded again from the beginning', async () => {
    const world = await grownWorld();
    const again = await world.reopen();
    expect((await shown(again)).blocked).toEqual((await shown(world)).blocked);
  });

  const changes = {
    'a full state': (id: string) => event(id, 6),
    'a patch of what is in the old one': (id: string) => patch('ticket', id, { n: 6 }, versionOf(id, 6)),
  };

  it.each(Object.entries(changes))('replay as they were released after %s in the new partition', async (_, change) => {
    const { world } = await openWorld(...ids.map((id) => event(id, 5)));
    await world.put(...ids.map(change));
    const { states } = await shown(world);
    expect(moved.filter(isVersioned).map((id) => states.get(id))).toEqual(moved.filter(isVersioned).map(() => 6));
    const { id } = await ask(world);
    const finding = await world.parts.audit.find(tenant, id);
    if (finding?.kind !== 'found') throw new Error('not on record');
    expect(await replayFull(world.parts.replay, finding.entry)).toMatchObject({ verdict: 'MATCH' });
  });
});
