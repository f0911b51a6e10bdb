/** What the brokers keep for a group is a hint to their own tools: without it a service goes on where it was (row 8). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../../../connectors/kafka/cluster.js';
import { KafkaCommits } from '../../../connectors/kafka/commits.js';
import { keyOf } from '../../../src/fixtures.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { FaultScene, idsOf, PARTITION } from './scene.test-support.js';

describe.skipIf(kafkaUrl() === undefined)(`the offsets of the group (${kafkaMissing()})`, () => {
  let scene: FaultScene;
  const groupId = () => scene.map.context;
  const offsetOf = async () => {
    const [topic] = await scene.topics.admin.fetchOffsets({ groupId: groupId(), topics: [scene.tickets] });
    return topic?.partitions.find(({ partition }) => partition === PARTITION)?.offset;
  };
  beforeAll(async () => {
    scene = await FaultScene.open();
    await scene.serve();
  });
  afterAll(() => scene.close());

  it.each([
    ['are deleted', () => scene.topics.admin.deleteGroups([groupId()]), '-1'],
    ['say that all was read', () => setOffset('1000'), '1000'],
    ['say that nothing was read', () => setOffset('0'), '0'],
  ])('%s while the service is down: nothing is skipped and nothing counts twice', async (name, harm, harmed) => {
    const before = await scene.applied();
    const [first, second] = [idsOf(`${name} a`, 20), idsOf(`${name} b`, 20)];
    await scene.send(first);
    await scene.live.caughtUp();
    const hint = String(before + first.length);
    await eventually(async () => expect(await offsetOf()).toBe(hint), { everyMs: 200 });
    await scene.stop();
    await scene.send(second);
    await harm();
    expect(await offsetOf()).toBe(harmed);
    await scene.serve();
    await scene.live.caughtUp();

    expect(await scene.missing([...first, ...second])).toEqual([]);
    expect(await scene.applied()).toBe(before + first.length + second.length);
    const copied = await scene.copied(BigInt(before + first.length + second.length));
    expect(copied).toHaveLength(before + first.length + second.length);
    expect(new Set(copied).size).toBe(copied.length);
    expect(scene.live.notices).toEqual([]);
  });

  it('do not go into positions: those name the cluster, the making of the topic and the epoch of its leader', async () => {
    const { engines, identity } = scene.live.service;
    const { clusterId } = await scene.topics.admin.describeCluster();
    const [found] = await engines.state.entities([keyOf('ticket', idsOf('are deleted a', 1)[0] ?? '')]);
    expect(identity.id).toBe(clusterId);
    expect(found).toMatchObject({ watermark: { position: { partition: PARTITION, leaderEpoch: 0 } } });
    expect(found?.watermark.position.incarnation.id).toBe(await topicIdOf(scene.tickets));
    expect(identity.incarnationOf(scene.tickets)).toBe(await topicIdOf(scene.tickets));
  });

  async function setOffset(offset: string): Promise<void> {
    const commits = new KafkaCommits({ brokers: kafkaServers(), clientId: 'tidemark-live', groupId: groupId() });
    await commits.commit(new Map([[scene.partition, BigInt(offset) - 1n]]));
    await commits.close();
  }
});

/** As a broker tells it. */
async function topicIdOf(topic: string): Promise<string | undefined> {
  const cluster = await Cluster.connect({ brokers: kafkaServers(), clientId: 'tidemark-live', groupId: 'none' });
  const [found] = await cluster.describe([topic]);
  cluster.close();
  return found?.incarnationId;
}
