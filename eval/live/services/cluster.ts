/** One broker or three, ready for everything a client asks. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { Broker } from './broker.js';
import type { BrokerPlan, SecurePorts } from './broker-settings.js';
import { certificate } from './certificate.js';
import { freePorts } from './ports.js';
import type { ServiceRecord } from './record.js';
import { waitUntil } from './wait.js';

export interface ClusterPlan {
  readonly brokers: 1 | 3;
  /** With listeners for SASL and TLS. */
  readonly secure: boolean;
  /** A folder of this name, below the record's, holds it. */
  readonly name: string;
  readonly java?: BrokerPlan['java'];
  readonly overrides?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 90_000;
const PORTS_PER_BROKER = 7;

/** Brokers of a new cluster, none of them started. */
export async function planCluster(plan: ClusterPlan, jars: string, record: ServiceRecord): Promise<readonly Broker[]> {
  const ports = await freePorts(plan.brokers * PORTS_PER_BROKER);
  const portsOf = (index: number) => {
    const of = (place: number) => ports[index * PORTS_PER_BROKER + place] ?? 0;
    const secure: SecurePorts = { sasl: of(4), tls: of(5), saslTls: of(6) };
    return { ports: { plain: of(0), controller: of(1), proxied: of(2), proxy: of(3) }, secure };
  };
  const indexes = Array.from({ length: plan.brokers }, (_, index) => index);
  const quorum = indexes.map((index) => ({ nodeId: index + 1, port: portsOf(index).ports.controller }));
  const made = plan.secure ? await certificate() : undefined;
  // A cluster id is 16 random bytes in base64url without padding; one that begins with "-" would read as an option.
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  return indexes.map((index) => {
    const nodeId = index + 1;
    const { ports: own, secure } = portsOf(index);
    const folder = join(record.folder, plan.name, String(nodeId));
    return new Broker({
      plan: {
        nodeId,
        folder,
        ports: own,
        quorum,
        ...(made === undefined ? {} : { secure: { ports: secure, certificate: made } }),
        ...(plan.java === undefined ? {} : { java: plan.java }),
        ...(plan.overrides === undefined ? {} : { overrides: plan.overrides }),
      },
      jars,
      clusterId,
      record,
    });
  });
}

/** Starts them all. Ready when it resolves. */
export async function startCluster(brokers: readonly Broker[]): Promise<void> {
  await Promise.all(brokers.map((broker) => broker.start()));
  await Promise.all(brokers.map((broker) => broker.listening()));
  await ready(brokers);
}

/**
 * Resolves once all brokers are members and the topics of offsets and of transactions exist and have leaders: the first client to
 * need them would otherwise wait, or be told to try again.
 */
export async function ready(brokers: readonly Broker[]): Promise<void> {
  const kafka = new Kafka({
    clientId: 'tidemark-services',
    brokers: brokers.map(({ address }) => address),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, retries: 3 },
  });
  const admin = kafka.admin();
  const producer = kafka.producer({ transactionalId: 'tidemark-services', idempotent: true, maxInFlightRequests: 1 });
  try {
    await waitUntil('all brokers are members of the cluster', READY_WITHIN_MS, async () => {
      await admin.connect();
      const { brokers: members } = await admin.describeCluster();
      return members.length === brokers.length;
    });
    const coordinators = [
      waitUntil('groups have a coordinator', READY_WITHIN_MS, async () => {
        await admin.fetchOffsets({ groupId: 'tidemark-services' });
        return true;
      }),
      waitUntil('transactions have a coordinator', READY_WITHIN_MS, async () => {
        await producer.connect();
        await (await producer.transaction()).abort();
        return true;
      }),
    ];
    await Promise.all(coordinators);
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}
