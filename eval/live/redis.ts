/** Redis servers of one test's own, for faults that would harm others. */
import { type AppendOnlyCut, cutAppendOnlyTail } from './services/append-only-cut.js';
import { freePorts, loopback } from './services/ports.js';
import { ServiceRecord } from './services/record.js';
import { redisClusterReady, redisClusterUrl, startRedisCluster } from './services/redis-cluster.js';
import { type RedisPlan, RedisServer } from './services/redis-server.js';
import { waitUntil } from './services/wait.js';

export type OwnRedisPlan = Pick<RedisPlan, 'password' | 'appendOnly' | 'overrides'>;

const COPIED_WITHIN_MS = 60_000;

export class OwnRedis {
  readonly server: RedisServer;
  readonly #record: ServiceRecord;

  private constructor(server: RedisServer, record: ServiceRecord) {
    this.server = server;
    this.#record = record;
  }

  /** Answers when it resolves. */
  static start(plan: OwnRedisPlan = {}): Promise<OwnRedis> {
    return within(async (record) => {
      const [port = 0] = await freePorts(1);
      const server = new RedisServer({ ...plan, name: 'redis', port }, record);
      await server.start();
      return new OwnRedis(server, record);
    });
  }

  get url(): string {
    return this.server.url;
  }

  /** kill -9, and started again on the files it had: without `appendOnly` it has none and is empty. */
  async restart(): Promise<void> {
    await this.server.kill();
    await this.server.start();
  }

  /** The same, with the last units of its append-only file gone, as a crash without a forced write leaves it. */
  async restartWithout(units: number): Promise<AppendOnlyCut> {
    await this.server.kill();
    const cut = await cutAppendOnlyTail(this.server.folder, units);
    await this.server.start();
    return cut;
  }

  async flush(): Promise<void> {
    await this.server.ask('FLUSHALL');
  }

  /** Ends it and removes its files. */
  stop(): Promise<void> {
    return this.#record.stop();
  }
}

/** A primary with a replica. */
export class OwnRedisPair {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly #record: ServiceRecord;

  private constructor(primary: RedisServer, replica: RedisServer, record: ServiceRecord) {
    this.primary = primary;
    this.replica = replica;
    this.#record = record;
  }

  static start(plan: OwnRedisPlan = {}): Promise<OwnRedisPair> {
    return within(async (record) => {
      const [first = 0, second = 0] = await freePorts(2);
      const primary = new RedisServer({ ...plan, name: 'redis-primary', port: first }, record);
      const replicaof = { replicaof: `${loopback} ${first}` };
      const overrides = { ...plan.overrides, ...replicaof };
      const replica = new RedisServer({ ...plan, name: 'redis-replica', port: second, overrides }, record);
      await primary.start();
      await replica.start();
      const pair = new OwnRedisPair(primary, replica, record);
      await waitUntil('the replica follows its primary', COPIED_WITHIN_MS, async () =>
        String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'),
      );
      return pair;
    });
  }

  /** Resolves once the replica holds all that the primary has acknowledged so far. */
  async copied(): Promise<void> {
    const offsetOf = async (server: RedisServer, field: string) =>
      Number(new RegExp(`${field}:(\\d+)`).exec(String(await server.ask('INFO', 'replication')))?.[1] ?? -1);
    const wanted = await offsetOf(this.primary, 'master_repl_offset');
    await waitUntil('the replica has caught up', COPIED_WITHIN_MS, async () => {
      return (await offsetOf(this.replica, 'slave_repl_offset')) >= wanted;
    });
  }

  /** The replica misses what the primary takes from now on, which goes on as if nothing had happened. */
  async separate(): Promise<void> {
    await this.replica.ask('REPLICAOF', 'NO', 'ONE');
  }

  /** The primary is killed, and the replica takes its place at its port with what it has. */
  async promote(): Promise<void> {
    await this.primary.kill();
    await this.separate();
    await this.replica.moveTo(this.primary.plan.port);
  }

  stop(): Promise<void> {
    return this.#record.stop();
  }
}

/** Three masters with append-only files, without replicas. */
export class OwnRedisCluster {
  readonly nodes: readonly RedisServer[];
  readonly #record: ServiceRecord;

  private constructor(nodes: readonly RedisServer[], record: ServiceRecord) {
    this.nodes = nodes;
    this.#record = record;
  }

  static start(): Promise<OwnRedisCluster> {
    return within(async (record) => new OwnRedisCluster(await startRedisCluster(record), record));
  }

  get url(): string {
    return redisClusterUrl(this.nodes);
  }

  /** Resolves once all slots are served again. */
  async restart(node: RedisServer): Promise<void> {
    await node.kill();
    await node.start();
    await redisClusterReady(this.nodes);
  }

  /** The node comes back without the last units that it wrote, while the others have theirs. */
  async restartWithout(node: RedisServer, units: number): Promise<AppendOnlyCut> {
    await node.kill();
    const cut = await cutAppendOnlyTail(node.folder, units);
    await this.restart(node);
    return cut;
  }

  stop(): Promise<void> {
    return this.#record.stop();
  }
}

async function within<T>(make: (record: ServiceRecord) => Promise<T>): Promise<T> {
  const record = ServiceRecord.create('with_this_process');
  try {
    return await make(record);
  } catch (error) {
    await record.stop();
    throw error;
  }
}
