/** Brokers of one test's own, for faults that would harm others: killed, stopped in their tracks, started again, robbed of their newest records. */
import type { Broker } from './services/broker.js';
import type { BrokerPlan } from './services/broker-settings.js';
import { planCluster, ready, startCluster } from './services/cluster.js';
import { kafkaJars } from './services/kafka-jars.js';
import { ServiceRecord } from './services/record.js';
import { type Cut, cutNewestBatches } from './services/segment-cut.js';
import { silent } from './services/steps.js';

export interface OwnBrokersPlan {
  readonly brokers?: 1 | 3;
  /** With listeners for SASL and TLS. */
  readonly secure?: boolean;
  /** `usual` for measuring. */
  readonly java?: BrokerPlan['java'];
  /** Of `server.properties`. */
  readonly overrides?: Readonly<Record<string, string>>;
}

export class OwnBrokers {
  readonly all: readonly [Broker, ...Broker[]];
  readonly #record: ServiceRecord;

  private constructor(all: readonly [Broker, ...Broker[]], record: ServiceRecord) {
    this.all = all;
    this.#record = record;
  }

  /** Ready when it resolves: 3 s for one, 8 s for three on a machine that does nothing else. */
  static async start(plan: OwnBrokersPlan = {}): Promise<OwnBrokers> {
    const { brokers = 1, secure = false, java = 'quick', overrides = {} } = plan;
    const jars = await kafkaJars(silent);
    const record = ServiceRecord.create('with_this_process');
    try {
      const [first, ...others] = await planCluster({ brokers, secure, java, name: 'kafka', overrides }, jars, record);
      if (first === undefined) throw new Error('a cluster has at least one broker');
      const all = [first, ...others] as const;
      await startCluster(all);
      return new OwnBrokers(all, record);
    } catch (error) {
      await record.stop();
      throw error;
    }
  }

  /** The one broker, or the first. */
  get first(): Broker {
    return this.all[0];
  }

  get servers(): readonly string[] {
    return this.all.map(({ address }) => address);
  }

  get url(): string {
    return `kafka://${this.servers.join(',')}`;
  }

  /** Starts those that do not run, on the data they have; ready when it resolves. */
  async restart(): Promise<void> {
    const down = this.all.filter(({ isRunning }) => !isRunning);
    await Promise.all(down.map((broker) => broker.start()));
    await Promise.all(down.map((broker) => broker.listening()));
    await ready(this.all);
  }

  /**
   * Takes the newest batches of records (one per acknowledged request) from the disk of a broker that does not run, as a crash without
   * a forced write does. The broker gives their offsets out again when it is restarted.
   */
  loseNewest(topic: string, partition: number, batches: number, broker = this.first): Promise<Cut> {
    if (broker.isRunning) throw new Error('a broker that runs would not notice: kill it first');
    return cutNewestBatches(`${broker.dataFolder}/${topic}-${partition}`, batches);
  }

  /** For a process that exits and waits for nothing. */
  endNow(): void {
    this.#record.endNow();
  }

  /** Ends them and removes their data. */
  async stop(): Promise<void> {
    await this.#record.stop();
  }
}
