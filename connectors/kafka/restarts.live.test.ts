import { readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy } from '../../eval/live/proxy.js';
import type { Broker } from '../../eval/live/services/broker.js';
import { planCluster, startCluster } from '../../eval/live/services/cluster.js';
import { kafkaJars } from '../../eval/live/services/kafka-jars.js';
import { ServiceRecord } from '../../eval/live/services/record.js';
import { silent } from '../../eval/live/services/steps.js';
import { waitUntil } from '../../eval/live/services/wait.js';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import type { ReadPoint } from '../../src/log/remote-port.js';
import { Cluster } from './cluster.js';
import type { Retry } from './follow.js';
import { LiveKafka, reached, type Seen, troubled, values } from './follow.test-support.js';
import { KafkaProducer } from './producer.js';
import { KafkaSender } from './sender.js';

/** Where reading goes on after what was seen. */
function after(point: ReadPoint, seen: Seen): ReadPoint {
  const offset = seen.nextOffsets.get(point.partition) ?? point.offset;
  return { ...point, offset, leaderEpoch: seen.records.at(-1)?.leaderEpoch ?? null };
}

/** As after a power failure that took what had not reached the disk: the last bytes of the newest segment, and all that is derived. */
async function cutTail(broker: Broker, { topic, partition }: ReadPoint, bytes: number): Promise<void> {
  const folder = join(broker.dataFolder, `${topic}-${partition}`);
  const files = (await readdir(folder)).toSorted();
  const newest = files.findLast((name) => name.endsWith('.log')) ?? '';
  const { size } = await stat(join(folder, newest));
  await truncate(join(folder, newest), size - bytes);
  for (const name of files.filter((file) => /index$|snapshot$/.test(file))) await rm(join(folder, name));
}

describe.skipIf(kafkaUrl() === undefined)(`a broker that goes and comes back (${kafkaMissing()})`, () => {
  let record: ServiceRecord;
  let broker: Broker;
  let live: LiveKafka;

  async function restart(between: () => Promise<void> = async () => undefined): Promise<void> {
    await broker.kill();
    await between();
    await startCluster([broker]);
  }

  beforeAll(async () => {
    record = ServiceRecord.create('with_this_process');
    const jars = await kafkaJars(silent);
    const [only] = await planCluster({ brokers: 1, secure: false, name: 'restarts' }, jars, record);
    if (only === undefined) throw new Error('no broker was planned');
    broker = only;
    await startCluster([broker]);
    live = await LiveKafka.open([broker.address]);
  });
  afterAll(async () => {
    await live.close();
    await record.stop();
  });

  it('takes each record once, though answers to appends are lost', async () => {
    const proxy = await FaultProxy.open({ listen: broker.plan.ports.proxy, target: broker.plan.ports.proxied });
    const cluster = await Cluster.connect({ brokers: [proxy.address], clientId: 'once', groupId: 'once' });
    const sender = new KafkaSender(cluster);
    const producer = new KafkaProducer(
      (outgoing) => sender.send(outgoing),
      async () => 1,
    );
    const point = await live.makeTopic();
    const sent = Array.from({ length: 12 }, (_, n) => `v${n}`);
    let bites = 0;
    for (const [n, value] of sent.entries()) {
      await proxy.setFault(n % 3 === 2 ? { kind: 'reset', afterAnswerBytes: 1 } : { kind: 'none' });
      const appended = producer.append([{ topic: point.topic, key: null, headers: [], value: Buffer.from(value) }]);
      if (n % 3 === 2) await waitUntil('the fault bites', 60_000, () => proxy.counts.bites > 0);
      bites += proxy.counts.bites;
      await proxy.setFault({ kind: 'none' });
      expect(await appended).toMatchObject([{ offset: BigInt(n) }]);
    }
    sender.close();
    cluster.close();
    await proxy.close();
    expect(bites).toBeGreaterThanOrEqual(4);
    expect(values(await live.read([point], reached(12n)))).toEqual(sent);
  });

  it('is waited for, and reading goes on where it was', async () => {
    const point = await live.makeTopic();
    await live.send(point, 'before');
    let restarted: Promise<void> | undefined;
    const seen = await live.read([point], (so) => {
      restarted ??= restart().then(() => live.send(point, 'after'));
      return reached(2n)(so);
    });
    await restarted;

    expect(values(seen)).toEqual(['before', 'after']);
    expect(seen.troubles).toEqual([]);
    expect(seen.retries.map(({ why }) => why)).toContain('unreachable');
    const [before, behind] = seen.records.map(({ leaderEpoch }) => leaderEpoch);
    expect(behind).toBeGreaterThan(before ?? Number.NaN);
  });

  it('has lost what it had acknowledged and written other records in its place: told, and none of them shown', async () => {
    const point = await live.makeTopic();
    for (const value of ['a', 'b', 'c']) await live.send(point, value);
    const read = await live.read([point], reached(3n));
    await restart(() => cutTail(broker, point, 1));
    for (const value of ['x', 'y', 'z']) await live.send(point, value);
    const seen = await live.read([after(point, read)], troubled);

    expect(seen.troubles).toEqual([{ kind: 'truncated', from: 2n }]);
    expect(seen.records).toEqual([]);
    expect(values(await live.read([point], reached(5n)))).toEqual(['a', 'b', 'x', 'y', 'z']);
  });

  it('has lost its end while it was read: told, and nothing after it is shown', async () => {
    const point = await live.makeTopic();
    for (const value of ['a', 'b', 'c']) await live.send(point, value);
    let restarted: Promise<void> | undefined;
    const seen = await live.read([point], (so) => {
      if (reached(3n)(so))
        restarted ??= restart(() => cutTail(broker, point, 1)).then(() => live.send(point, 'x', 'y'));
      return troubled(so);
    });
    await restarted;

    expect(values(seen)).toEqual(['a', 'b', 'c']);
    expect(seen.troubles).toEqual([{ kind: 'truncated', from: 2n }]);
  });

  it('falls silent while its connections stay: noticed within ten seconds, and read on when it speaks again', async () => {
    const point = await live.makeTopic();
    await live.send(point, 'a');
    const retries: Retry[] = [];
    let silentSinceMs = Number.NaN;
    const seen = await live.read([point], (so) => {
      if (!Number.isNaN(silentSinceMs)) return reached(2n)(so);
      broker.pause();
      silentSinceMs = performance.now();
      void waitUntil('the silence is noticed', 60_000, async () => so.retries.length > 0).finally(() => {
        retries.push(...so.retries);
        broker.resume();
        void live.send(point, 'b');
      });
      return false;
    });

    expect(retries[0]?.why).toBe('unreachable');
    expect(values(seen)).toEqual(['a', 'b']);
  });
});
