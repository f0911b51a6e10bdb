/** The demo world, at the full size its traps and the bank as well, with their state in a Redis Cluster of three nodes, of which each write concerns several. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScratchFolder } from '../../flow/file-log.test-support.js';
import { size } from '../../prove/settings.js';
import { tourContract } from '../../streams/demo-world/tour.contract.js';
import { trapContract } from '../../streams/demo-world/traps.contract.js';
import { bankContract } from '../../streams/tau-banking.contract.js';
import { OwnRedisCluster } from '../redis.js';
import { hasOwnRedis, kafkaMissing, kafkaServers, kafkaUrl, ownRedisMissing } from '../settings.js';
import { LiveEngines } from './engines.test-support.js';
import { KafkaLogs, serviceLog } from './kafka-logs.test-support.js';

const needs = hasOwnRedis() ? kafkaMissing() : ownRedisMissing();
const name = 'on Kafka and a Redis Cluster';

describe.skipIf(!hasOwnRedis() || kafkaUrl() === undefined)(`services ${name} (${needs})`, () => {
  let cluster: OwnRedisCluster;
  let engines: LiveEngines;
  let logs: KafkaLogs;
  beforeAll(async () => {
    cluster = await OwnRedisCluster.start();
    engines = await LiveEngines.open({ redis: cluster.url });
    logs = await KafkaLogs.open(kafkaServers());
  });
  afterAll(async () => {
    await logs?.close();
    await engines?.close();
    await cluster?.stop();
  });

  const makeHome = () => engines.beside(() => logs.make(serviceLog))();
  tourContract(name, makeHome, ScratchFolder.make);
  describe.skipIf(size(0, 1) === 0)('traps and bank (needs the full size: npm run prove -- --full)', () => {
    bankContract(name, { makeHome, like: ScratchFolder.make });
    trapContract(name, makeHome, ScratchFolder.make);
  });

  it('has keys on every node', async () => {
    const counts = await Promise.all(cluster.nodes.map(async (node) => Number(await node.ask('DBSIZE'))));
    for (const count of counts) expect(count).toBeGreaterThan(10);
  });
});
