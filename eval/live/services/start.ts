/** Starts services and says under which settings a live test finds them. */
import { qdrantProgram } from '../settings.js';
import type { Broker } from './broker.js';
import { planCluster, startCluster } from './cluster.js';
import { kafkaJars, kafkaVersion } from './kafka-jars.js';
import { freePorts, loopback } from './ports.js';
import { QdrantServer } from './qdrant-server.js';
import { qdrantEngine } from './qdrant-shim.js';
import { ServiceRecord } from './record.js';
import { redisClusterUrl, startRedisCluster } from './redis-cluster.js';
import { RedisServer, redisTool } from './redis-server.js';
import { startS3 } from './s3.js';
import { type Steps, secondsSince } from './steps.js';
import { needTools, Unavailable } from './tools.js';

export const serviceNames = ['kafka', 'kafka3', 's3', 'redis', 'redis3', 'qdrant'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface NotStarted {
  readonly name: ServiceName;
  readonly why: string;
}

/**
 * Starts these into the record, one after the other because they share few cores, and writes their settings into it. Returns what
 * cannot be had here and why. Rejects when a service was to be had and did not work; the record is then still to be stopped.
 */
export async function startServices(
  names: readonly ServiceName[],
  record: ServiceRecord,
  steps: Steps,
): Promise<readonly NotStarted[]> {
  const notStarted: NotStarted[] = [];
  for (const name of names) {
    const startedMs = performance.now();
    try {
      const settings = await start[name](record, steps);
      record.tell(settings);
      steps.say(`${name}: ready in ${secondsSince(startedMs)}: ${Object.values(settings)[0]}`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      steps.say(`${name}: not started: ${error.message}`);
      notStarted.push({ name, why: error.message });
    }
  }
  return notStarted;
}

/** Ends what starters of this repository that were killed have left behind. */
export async function sweep(steps: Steps): Promise<void> {
  for (const record of ServiceRecord.all().filter(({ isLeft }) => isLeft)) {
    steps.say(`services: ending what an earlier start left (${record.services.length} processes)`);
    await record.stop();
  }
}

type Start = (record: ServiceRecord, steps: Steps) => Promise<Readonly<Record<string, string>>>;

const start: Record<ServiceName, Start> = {
  kafka: async (record, steps) => {
    const jars = await kafkaJars(steps);
    steps.move(`kafka: starting Kafka ${kafkaVersion}`);
    const brokers = await planCluster({ brokers: 1, secure: true, name: 'kafka' }, jars, record);
    await startCluster(brokers);
    return { KAFKA_URL: urlOf(brokers), ...secureSettings(brokers) };
  },
  kafka3: async (record, steps) => {
    const jars = await kafkaJars(steps);
    steps.move(`kafka3: starting three brokers of Kafka ${kafkaVersion}`);
    const brokers = await planCluster({ brokers: 3, secure: false, name: 'kafka3' }, jars, record);
    await startCluster(brokers);
    return { KAFKA3_URL: urlOf(brokers) };
  },
  s3: async (record, steps) => ({ S3_URL: await startS3(record, steps) }),
  redis: async (record) => {
    const [port = 0] = await freePorts(1);
    const server = new RedisServer({ name: 'redis', port }, record);
    await server.start();
    return { REDIS_URL: server.url, REDIS_OWN: 'yes' };
  },
  qdrant: async (record, steps) => {
    const [port = 0] = await freePorts(1);
    const server = new QdrantServer({ name: 'qdrant', port }, record);
    await server.start(steps);
    if (qdrantProgram() !== undefined) return { QDRANT_URL: server.url, QDRANT_OWN: 'yes' };
    steps.say(`qdrant: no server, ${qdrantEngine} behind the test shim`);
    return { QDRANT_URL: server.url, QDRANT_OWN: 'yes', QDRANT_SHIM: qdrantEngine };
  },
  redis3: async (record, steps) => {
    await needTools([redisTool]);
    steps.move('redis3: starting three masters');
    return { REDIS3_URL: redisClusterUrl(await startRedisCluster(record)) };
  },
};

function urlOf(brokers: readonly Broker[]): string {
  return `kafka://${brokers.map(({ address }) => address).join(',')}`;
}

function secureSettings(brokers: readonly Broker[]): Record<string, string> {
  const { ports, secure } = brokers[0]?.plan ?? {};
  if (ports === undefined || secure === undefined) return {};
  return {
    KAFKA_SASL_URL: `kafka://${loopback}:${secure.ports.sasl}`,
    KAFKA_TLS_URL: `kafka://${loopback}:${secure.ports.tls}`,
    KAFKA_SASL_TLS_URL: `kafka://${loopback}:${secure.ports.saslTls}`,
    KAFKA_CA_FILE: secure.certificate.caPath,
    // A test listens on the first and passes on to the second.
    KAFKA_PROXY: `${ports.proxy}:${ports.proxied}`,
  };
}
