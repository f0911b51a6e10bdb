/** Two whole services over one log that others own and one state, each with a journal and a spool of its own. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cleanUp } from '../../connectors/file/test-kit.js';
import { MemoryState } from '../../connectors/memory/state.js';
import type { Digest } from '../domain/canonical.js';
import { caller, contextRequest, keyOf, recordOf, tenant, ticket } from '../fixtures.test-support.js';
import { defaultTopics } from '../log/topics.js';
import type { Service } from '../pipeline.js';
import { replayContent } from '../replay/content.js';
import { newCluster, serve } from './instances.test-support.js';

afterEach(cleanUp);

async function release(service: Service): Promise<{ readonly id: Digest; readonly body: string }> {
  return vi.waitFor(async () => {
    const result = await service.snapshots.snapshot(contextRequest(), caller);
    if (result.kind !== 'released') throw new Error(result.kind);
    const { items } = JSON.parse(result.body) as { items: readonly unknown[] };
    expect(items).toHaveLength(2);
    return result;
  }, 10_000);
}

describe('a snapshot that another instance has released', () => {
  it('is found once it is shipped, and replays to the bytes that were released', async () => {
    const [cluster, state] = [newCluster(), new MemoryState()];
    const [one, other] = [await serve(cluster, state), await serve(cluster, state)];
    const { id, body } = await release(one);
    expect(JSON.parse(body).audit).toEqual({ topic: defaultTopics.context, spooled: expect.stringMatching(/^\d+$/) });
    await vi.waitFor(() => expect(one.audit.spool?.records).toBe(0), 10_000);
    const found = await other.audit.find(tenant, id);
    if (found.kind !== 'found') throw new Error(found.kind);
    expect(found.entry.position).toMatchObject({ kind: 'logged', partition: 0 });
    expect(await replayContent(other.replay, found.entry)).toMatchObject({ verdict: 'MATCH' });
  });

  it('is released and found where it was while the log takes nothing, and elsewhere afterwards', async () => {
    const [cluster, state] = [newCluster(), new MemoryState()];
    const [one, other] = [await serve(cluster, state), await serve(cluster, state)];
    await release(one);
    cluster.goAway();
    const { id } = await release(one);
    expect(await one.audit.find(tenant, id)).toMatchObject({ entry: { position: { kind: 'spooled' } } });
    expect(await other.audit.find(tenant, id)).toEqual({ kind: 'behind' });
    cluster.comeBack();
    await vi.waitFor(async () => expect(await other.audit.find(tenant, id)).toMatchObject({ kind: 'found' }), 10_000);
  });
});

describe('two operators who decide about one letter on two instances at once', () => {
  it('come to one outcome on both: the decision that the log has first is carried out', async () => {
    const [cluster, state] = [newCluster(), new MemoryState()];
    const services = [await serve(cluster, state), await serve(cluster, state)];
    cluster.append([recordOf('ticket', 'T-9', '{"no": "event"')]);
    const letterOn = async ({ rejected }: Service) =>
      vi.waitFor(() => rejected.list(null)[0]?.id ?? expect.fail(), 10_000);
    const [id] = await Promise.all(services.map(letterOn));
    if (id === undefined) throw new Error('there are two services');
    const repaired = (subject: string) => Buffer.from(JSON.stringify(ticket('T-9', { subject })));
    const decide = ({ rejected }: Service, n: number) =>
      rejected.alone(() => rejected.decide(id, { kind: 'redriven', repaired: repaired(`by operator ${n}`) }));
    const places = await Promise.all(services.map(decide));
    const winner = (places[0]?.offset ?? 0n) < (places[1]?.offset ?? 0n) ? 0 : 1;
    await vi.waitFor(async () => {
      const [one, other] = services.map(({ rejected }) => rejected.decisionOn(id));
      expect(one?.before).toBeDefined();
      expect(other).toEqual(one);
      const [entity] = await state.entities([keyOf('ticket', 'T-9')]);
      expect(entity).toMatchObject({ status: 'present', json: expect.stringContaining(`by operator ${winner}`) });
    }, 10_000);
  });
});
