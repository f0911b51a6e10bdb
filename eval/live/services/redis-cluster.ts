/** Three masters that share the slots, without replicas: a node that is lost takes its slots along. */
import { freePorts, loopback } from './ports.js';
import type { ServiceRecord } from './record.js';
import { RedisServer } from './redis-server.js';
import { waitUntil } from './wait.js';

const NODES = 3;
/** Redis Cluster has so many hash slots, by its specification. */
const SLOTS = 16_384;
const READY_WITHIN_MS = 90_000;

export async function startRedisCluster(record: ServiceRecord): Promise<readonly RedisServer[]> {
  const ports = await freePorts(2 * NODES);
  const nodes = Array.from({ length: NODES }, (_, index) => {
    const [port = 0, clusterPort = 0] = ports.slice(2 * index, 2 * index + 2);
    return new RedisServer({ name: `redis-node-${index + 1}`, port, clusterPort, appendOnly: true }, record);
  });
  await Promise.all(nodes.map((node) => node.start()));
  for (const [index, node] of nodes.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((SLOTS * part) / NODES));
    // Epochs that differ from the start need not be told apart by an election.
    await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? SLOTS) - 1));
  }
  for (const { plan } of nodes.slice(1)) {
    await nodes[0]?.ask('CLUSTER', 'MEET', loopback, String(plan.port), String(plan.clusterPort));
  }
  await redisClusterReady(nodes);
  return nodes;
}

/** Resolves once every node knows all others and serves all slots. */
export async function redisClusterReady(nodes: readonly RedisServer[]): Promise<void> {
  await waitUntil('all slots of the Redis cluster are served', READY_WITHIN_MS, async () => {
    const told = await Promise.all(nodes.map((node) => node.ask('CLUSTER', 'INFO')));
    return told.every((info) => String(info).includes('cluster_state:ok') && String(info).includes('cluster_size:3'));
  });
}

export function redisClusterUrl(nodes: readonly RedisServer[]): string {
  return `redis+cluster://${nodes.map(({ address }) => address).join(',')}`;
}
