/** Connections to all nodes of a Redis Cluster, for calls that are answered at once. */
import { Cluster, type Redis } from 'ioredis';
import { limits } from '../../src/limits.js';
import { callError, misconfigured, noAnswer, openError, reasonOf } from './errors.js';
import { readInfo, type ServerInfo } from './health.js';
import type { Script } from './script.js';
import { addressOf, clientOptions, type RedisSettings } from './settings.js';

export interface ClusterSettings extends Omit<RedisSettings, 'address' | 'db'> {
  /** `host:port` of nodes from which the others are learned. */
  readonly addresses: readonly string[];
}

export interface NodeInfo extends ServerInfo {
  /** `host:port`. */
  readonly node: string;
}

export class ClusterConnection {
  readonly client: Cluster;
  /** A call has had no answer, and no look at all nodes since. */
  #isSilent = false;
  /** At all nodes, because of a call without an answer. */
  #isLooking = false;

  private constructor(settings: ClusterSettings) {
    const all = clientOptions({ ...settings, address: ':0', db: 0 }, () => false);
    const {
      host: _host,
      port: _port,
      db: _db,
      retryStrategy: _retry,
      enableOfflineQueue: _queue,
      ...redisOptions
    } = all;
    this.client = new Cluster(settings.addresses.map(addressOf), {
      redisOptions,
      lazyConnect: true,
      enableOfflineQueue: false,
      // Nothing is waited for that is not there: the bound of a call is kept by `ask`.
      retryDelayOnClusterDown: 0,
      maxRedirections: 4,
      slotsRefreshTimeout: limits.stateConnectMs,
      slotsRefreshInterval: limits.stateLookMs,
      clusterRetryStrategy: (times) => Math.min(times * limits.stateRetryMs, limits.stateRetryMsMax),
    });
    this.client.on('error', () => undefined);
  }

  /** Rejects with `unreachable` or `config_invalid`. */
  static async open(settings: ClusterSettings): Promise<ClusterConnection> {
    const connection = new ClusterConnection(settings);
    let seen: unknown;
    connection.client.on('node error', (error) => {
      seen ??= error;
    });
    try {
      await connection.#soon(connection.client.connect(), limits.stateConnectMs);
      return connection;
    } catch (error) {
      connection.close();
      if (/cluster support disabled/.test(String(seen))) {
        throw misconfigured(
          'STATE_URL names a Redis that is no cluster.',
          'Write redis:// instead of redis+cluster://.',
        );
      }
      throw openError(seen ?? error);
    }
  }

  get isUp(): boolean {
    return this.client.status === 'ready' && !this.#isSilent;
  }

  /** Rejects with `state_unavailable`, within `limits.stateAskMs`. Then the script may have run or not, or may yet. */
  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
    const rest = [String(keys.length), ...keys, ...args];
    if (!this.isUp) throw noAnswer('disconnected');
    const call = async (name: string, text: string) => {
      const reply: unknown = await this.client.call(name, [text, ...rest]);
      return Array.isArray(reply) ? reply : [reply];
    };
    return this.#ask(() =>
      call('EVALSHA', script.sha1).catch((error: unknown) => {
        if (reasonOf(error) !== 'NOSCRIPT') throw error;
        return call('EVAL', script.text);
      }),
    );
  }

  async ask<Answer>(call: (client: Cluster) => Promise<Answer>): Promise<Answer> {
    if (!this.isUp) throw noAnswer('disconnected');
    return this.#ask(() => call(this.client));
  }

  /** Of all nodes that serve slots. Rejects with `state_unavailable` when one does not answer or slots are not served. */
  async infos(): Promise<readonly NodeInfo[]> {
    try {
      const masters = this.client.nodes('master');
      const infos = await this.#soon(Promise.all(masters.map(infoOf)), limits.stateAskMs);
      const state = await this.#soon(this.#clusterInfo(masters[0]), limits.stateAskMs);
      const size = Number(/cluster_size:(\d+)/.exec(state)?.[1] ?? 0);
      if (!state.includes('cluster_state:ok') || size !== infos.length) throw noAnswer('disconnected');
      this.#isSilent = false;
      return infos;
    } catch (error) {
      this.#isSilent = true;
      throw callError(error);
    }
  }

  /** Which node serves the slot, as far as is known; undefined: none. */
  nodeOf(slot: number): string | undefined {
    return this.client.slots[slot]?.[0];
  }

  close(): void {
    this.client.disconnect();
  }

  async #clusterInfo(node: Redis | undefined): Promise<string> {
    return node === undefined ? '' : String(await node.call('CLUSTER', 'INFO'));
  }

  async #ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#soon(call(), limits.stateAskMs);
    } catch (error) {
      const fault = callError(error);
      // One long call alone is no silence: a look at all nodes tells, and until then what is asked waits its own time.
      if (fault.facts.reason === 'timeout') this.#doubt();
      throw fault;
    }
  }

  #doubt(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const done = () => {
      this.#isLooking = false;
    };
    this.infos().then(done, done);
  }

  async #soon<Answer>(work: Promise<Answer>, withinMs: number): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    // When this process has been busy the answer may lie in the socket: it has one more turn to come.
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => setImmediate(() => setImmediate(() => reject(noAnswer('timeout')))), withinMs);
    });
    silence.catch(() => undefined);
    try {
      return await Promise.race([work, silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function infoOf(node: Redis): Promise<NodeInfo> {
  const { host = '', port = 0 } = node.options;
  return { ...readInfo(await node.info()), node: `${host}:${port}` };
}
