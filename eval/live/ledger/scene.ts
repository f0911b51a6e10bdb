/** Everything that the ledger runs on: topics of its own, a Redis and a Qdrant of its own, three instances, and the load. */
import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { defaultTopics, type TopicMap } from '../../../src/log/topics.js';
import { removeFolder, scratchFolder } from '../../processes/server.test-support.js';
import { type Random, seeded } from '../../random.js';
import { FaultProxy } from '../proxy.js';
import { OwnQdrant } from '../qdrant.js';
import { OwnRedis } from '../redis.js';
import { waitUntil } from '../services/wait.js';
import { kafkaProxyPorts, kafkaServers, kafkaUrl } from '../settings.js';
import { kafkaClient, LiveTopics } from '../topics.js';
import { dumpQdrant, dumpRedis, dumpTopics } from './dumps.js';
import { LedgerFold } from './fold.js';
import type { Counted, Dumped, HeldIndex, HeldState } from './history.js';
import { Instances, names } from './instances.js';
import { Readers } from './readers.js';
import { Source } from './source.js';
import { type Plan, tenantsOf, Workload } from './workload.js';

const PARTITIONS = 6;
const QUIET_WITHIN_MS = 180_000;

export interface Scene {
  readonly topics: LiveTopics;
  readonly map: TopicMap;
  /** The way of instance `c` to the brokers. */
  readonly proxy: FaultProxy;
  readonly redis: OwnRedis;
  readonly qdrant: OwnQdrant;
  readonly stores: { readonly REDIS_PREFIX: string; readonly QDRANT_COLLECTION: string };
  readonly instances: Instances;
  readonly source: Source;
  readonly readers: Readers;
  close(): Promise<void>;
}

const spread: TopicMap = {
  ...defaultTopics,
  sources: defaultTopics.sources.map((source) => {
    return source.name.startsWith('copilot.') ? source : { ...source, partitions: PARTITIONS };
  }),
};

/** Three instances answer when it resolves. */
export async function openScene(world: Plan, seed: number): Promise<Scene> {
  const random: Random = seeded(seed);
  const folder = scratchFolder();
  const topics = await LiveTopics.open(kafkaServers());
  const map = await topics.createMap({}, spread);
  const proxy = await FaultProxy.open(kafkaProxyPorts() ?? { listen: 0, target: 0 });
  const [redis, qdrant] = await Promise.all([OwnRedis.start({ appendOnly: true }), OwnQdrant.start()]);
  const stores = { REDIS_PREFIX: `ledger-${randomUUID()}`, QDRANT_COLLECTION: `ledger-${randomUUID()}` };
  const direct = kafkaUrl() ?? '';
  const instances = new Instances({
    folder,
    topics: map,
    logUrls: { a: direct, b: direct, c: `kafka://${proxy.address}` },
    stores: { ...stores, STATE_URL: redis.url, INDEX_URL: qdrant.url },
    tenants: tenantsOf(world),
  });
  const source = await Source.open(new Workload(world, random.fork()), map, kafkaServers());
  const readers = new Readers({ world, instances, random: random.fork(), newest: source.newest });
  const close = async () => {
    for (const name of instances.answering) await instances.kill(name).catch(() => undefined);
    await source.close();
    await Promise.all([redis.stop(), qdrant.stop(), proxy.close(), topics.close()]);
    removeFolder(folder);
  };
  const scene = { topics, map, proxy, redis, qdrant, stores, instances, source, readers, close };
  try {
    await Promise.all(names.map((name) => instances.start(name)));
    return scene;
  } catch (error) {
    await close();
    throw error;
  }
}

/** What lies in the engines when all is applied and nothing is pending. */
export interface Quiet {
  readonly dump: readonly Dumped[];
  readonly fold: LedgerFold;
  readonly sources: ReadonlySet<string>;
  readonly state: ReadonlyMap<string, HeldState>;
  readonly index: ReadonlyMap<string, HeldIndex>;
  readonly counted: readonly Counted[];
}

export async function quiesce(scene: Scene): Promise<Quiet> {
  const { instances, redis, stores, qdrant, map, topics } = scene;
  for (const name of names) await instances.server(name).ready(instances.key);
  await waitUntil('nothing is pending', QUIET_WITHIN_MS, async () => {
    return (await dumpRedis(redis.url, stores.REDIS_PREFIX)).pending === 0;
  });
  const kindOf = new Map(
    map.sources.filter(({ partitions }) => partitions > 1).map(({ name, about }) => [name, about]),
  );
  const dump = await dumpTopics(kafkaClient(topics.servers), topics.admin, [...kindOf.keys()]);
  const fold = new LedgerFold(kindOf);
  for (const record of dump) fold.take(record);
  const counted = await Promise.all(names.map(async (name) => countedBy(await instances.positions(name), name)));
  const { held: state } = await dumpRedis(redis.url, stores.REDIS_PREFIX);
  return { dump, fold, sources: new Set(kindOf.keys()), state, index: await indexOf(qdrant, stores), counted };
}

async function indexOf(qdrant: OwnQdrant, { QDRANT_COLLECTION }: Scene['stores']) {
  const { hostname, port } = new URL(qdrant.url);
  const headers = { 'accept-encoding': 'identity' };
  const client = new QdrantClient({ host: hostname, port: Number(port), checkCompatibility: false, headers });
  return dumpQdrant(client, QDRANT_COLLECTION);
}

function countedBy({ partitions }: Awaited<ReturnType<Instances['positions']>>, instance: string): Counted {
  // The reply is of the service's own schema, which its own tests hold it to.
  return { instance, partitions: partitions.map((one) => one as unknown as Counted['partitions'][number]) };
}
