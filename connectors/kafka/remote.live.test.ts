import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { FaultProxy } from '../../eval/live/proxy.js';
import type { Broker } from '../../eval/live/services/broker.js';
import { planCluster, startCluster } from '../../eval/live/services/cluster.js';
import { kafkaJars } from '../../eval/live/services/kafka-jars.js';
import { ServiceRecord } from '../../eval/live/services/record.js';
import { silent } from '../../eval/live/services/steps.js';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import { splitPartitionKey } from '../../src/domain/position.js';
import type { NewRecord } from '../../src/log/port.js';
import { type RemoteManipulations, type RemoteSubject, remoteLogContract } from '../../src/log/remote.contract.js';
import type { RemoteTopic } from '../../src/log/remote-port.js';
import { LiveKafka } from './follow.test-support.js';
import { KafkaRemote } from './remote.js';

/** Starting a broker again is part of some cases. */
const CASE_MS = 60_000;

/** Clients under test come through the proxy; what happens behind their back goes to the broker itself. */
interface Scene {
  readonly record: ServiceRecord;
  readonly broker: Broker;
  readonly proxy: FaultProxy;
  readonly live: LiveKafka;
}

async function openScene(): Promise<Scene> {
  const record = ServiceRecord.create('with_this_process');
  const [broker] = await planCluster({ brokers: 1, secure: false, name: 'remote' }, await kafkaJars(silent), record);
  if (broker === undefined) throw new Error('no broker was planned');
  await startCluster([broker]);
  const proxy = await FaultProxy.open({ listen: broker.plan.ports.proxy, target: broker.plan.ports.proxied });
  return { record, broker, proxy, live: await LiveKafka.open([broker.address]) };
}

async function openSubject(scene: Scene): Promise<RemoteSubject> {
  const groupId = `contract-${randomUUID()}`;
  const settings = { brokers: [scene.proxy.address], clientId: 'contract', groupId };
  const remote = await KafkaRemote.open(settings, () => undefined);
  const described = async (name: string): Promise<RemoteTopic> => {
    const [topic] = await remote.describe([name]);
    if (topic === undefined) throw new Error('the topic that was made is not there');
    return topic;
  };
  return {
    remote,
    can: manipulationsOf(scene, described),
    createTopic: async (partitions) => described((await scene.live.makeTopic(partitions)).topic),
    close: () => remote.close(),
  };
}

function manipulationsOf(
  { live, broker, proxy }: Scene,
  described: (name: string) => Promise<RemoteTopic>,
): RemoteManipulations {
  return {
    begin: () => begin(live),
    deleteBefore: (key, offset) => live.deleteBefore(splitPartitionKey(key), String(offset)),
    truncate: { cannot: 'a broker loses whole batches; restarts.live.test.ts has it lose one' },
    elect: async () => {
      await broker.kill();
      await startCluster([broker]);
    },
    deleteTopic: (name) => live.admin.deleteTopics({ topics: [name] }),
    recreateTopic: async (name) => {
      await live.admin.deleteTopics({ topics: [name] });
      await live.makeTopic(1, name);
      return described(name);
    },
    addPartitions: async (topic, more) => {
      const count = (await described(topic)).partitions + more;
      await live.admin.createPartitions({ topicPartitions: [{ topic, count }] });
    },
    goAway: async () => {
      await proxy.setFault({ kind: 'refuse' });
      return () => proxy.setFault({ kind: 'none' });
    },
  };
}

async function begin(live: LiveKafka) {
  const producer = await live.producer(`contract-${randomUUID()}`);
  const transaction = await producer.transaction();
  return {
    append: async (records: readonly NewRecord[]) => {
      for (const { topic, key, value } of records) {
        const bytes = (given: Uint8Array | null) => (given === null ? null : Buffer.from(given));
        await transaction.send({ topic, messages: [{ key: bytes(key), value: bytes(value) }] });
      }
    },
    commit: () => transaction.commit(),
    abort: () => transaction.abort(),
  };
}

describe.skipIf(kafkaUrl() === undefined)(`Kafka (${kafkaMissing()})`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(async () => {
    await scene.live.close();
    await scene.proxy.close();
    await scene.record.stop();
  });

  remoteLogContract('KafkaRemote', () => openSubject(scene), CASE_MS);
});
