import { describe, expect, it } from 'vitest';
import type { PartitionKey, PositionVector } from '../domain/position.js';
import { FirstFollow, type Instance } from './instance.js';
import { ApiWorld, expectProblem } from './world.test-support.js';

const instance = (role: Instance['role'], owned: readonly string[] = []): Instance => ({
  role,
  id: 'one',
  owns: (partition) => owned.includes(partition),
});

describe('a materializer', () => {
  it('tells how it is, and that it answers no questions, for which others are there', async () => {
    const api = await ApiWorld.open({ instance: instance('materializer') });
    for (const path of ['/livez', '/readyz', '/metrics', '/v1/positions']) {
      expect([path, (await api.ask(path)).status]).toEqual([path, 200]);
    }
    for (const [path, body] of [
      ['/v1/context', { account: 'A-1' }],
      ['/v1/rejected', undefined],
      ['/openapi.json', undefined],
      ['/docs', undefined],
    ] as const) {
      const heard = await api.ask(path, body === undefined ? {} : { body });
      const problem = expectProblem(heard, 404, 'route_not_found');
      expect(problem).toMatchObject({ detail: expect.stringContaining('ROLE=materializer') });
    }
    await api.stop();
  });
});

describe('an instance among others', () => {
  it('names itself, its role and its partitions, in positions and in metrics', async () => {
    const api = await ApiWorld.open({ instance: instance('all', ['support.tickets:0']) });
    const { body } = await api.ask('/v1/positions');
    expect(body.instance).toEqual({ id: 'one', role: 'all' });
    expect(JSON.stringify(body.partitions)).toMatch(
      /"topic":"support.tickets","partition":0,"about":"ticket","owned":true/,
    );
    expect(JSON.stringify(body.partitions).match(/"owned":true/g)).toHaveLength(1);
    const { text } = await api.ask('/metrics');
    expect(text).toContain('tidemark_instance_info{instance="one",role="all"} 1');
    expect(text).toContain('tidemark_partition_owned{topic="support.tickets",partition="0"} 1');
    expect(text).toContain('tidemark_partition_owned{topic="support.policies",partition="0"} 0');
    await api.stop();
  });
});

describe('the first following', () => {
  const vector = (given: Readonly<Record<PartitionKey, bigint>>): PositionVector =>
    new Map(Object.entries(given) as [PartitionKey, bigint][]);
  function following(starts: PositionVector = vector({})) {
    const at = { state: vector({ 't:0': 5n, 't:1': 7n }), journal: vector({}) };
    const engines = { state: { through: async () => at.state }, log: { starts: async () => starts } };
    const journal = { through: async () => at.journal };
    const parts: unknown = { engines, journal };
    return { at, follow: new FirstFollow(parts as ConstructorParameters<typeof FirstFollow>[0]) };
  }

  it('is done when the journal has what the state had at first, whoever applied it, and then stays so', async () => {
    const { at, follow } = following();
    expect(await follow.isDone()).toBe(false);
    at.state = vector({ 't:0': 50n, 't:1': 70n });
    at.journal = vector({ 't:0': 5n, 't:1': 6n });
    expect(await follow.isDone()).toBe(false);
    at.journal = vector({ 't:0': 5n, 't:1': 7n });
    expect(await follow.isDone()).toBe(true);
    at.journal = vector({});
    expect(await follow.isDone()).toBe(true);
  });

  it('waits for nothing that has expired since', async () => {
    expect(await following(vector({ 't:0': 6n, 't:1': 8n })).follow.isDone()).toBe(true);
    expect(await following(vector({ 't:0': 6n, 't:1': 7n })).follow.isDone()).toBe(false);
  });
});
