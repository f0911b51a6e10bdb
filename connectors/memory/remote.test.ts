import type { RemoteManipulations } from '../../src/log/remote.contract.js';
import { remoteLogContract } from '../../src/log/remote.contract.js';
import { MemoryRemote } from './remote.js';
import { MemoryCluster } from './remote-cluster.js';

remoteLogContract('MemoryRemote', async () => {
  const cluster = new MemoryCluster(() => 1_760_000_000_000);
  const remote = new MemoryRemote(cluster);
  let made = 0;
  return {
    remote,
    can: manipulationsOf(cluster),
    createTopic: async (partitions) => cluster.createTopic(`topic-${made++}`, partitions),
    close: () => remote.close(),
  };
});

function manipulationsOf(cluster: MemoryCluster): RemoteManipulations {
  return {
    async begin() {
      const transaction = cluster.begin();
      return {
        append: async (records) => void transaction.append(records),
        commit: async () => transaction.commit(),
        abort: async () => transaction.abort(),
      };
    },
    deleteBefore: async (key, offset) => cluster.change(key, (of) => of.deleteBefore(offset)),
    truncate: async (key, from) => cluster.change(key, (of) => of.truncate(from)),
    elect: async (key) => cluster.change(key, (of) => of.elect()),
    deleteTopic: async (name) => cluster.deleteTopic(name),
    recreateTopic: async (name) => cluster.recreateTopic(name),
    addPartitions: async (name, count) => cluster.addPartitions(name, count),
    async goAway() {
      cluster.goAway();
      return async () => cluster.comeBack();
    },
  };
}
