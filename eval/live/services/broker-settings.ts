/** The configuration of a broker for tests: everything small and quick, nothing that a test has to wait for. */
import type { Certificate } from './certificate.js';
import { loopback } from './ports.js';

export interface BrokerPorts {
  readonly plain: number;
  readonly controller: number;
  /** The broker listens here … */
  readonly proxied: number;
  /** … and tells clients that come through it to come here: a test's proxy. */
  readonly proxy: number;
}

export interface SecurePorts {
  readonly sasl: number;
  readonly tls: number;
  readonly saslTls: number;
}

/** The users of the SASL listeners. */
export const users = {
  /** May do everything. */
  full: { name: 'tidemark', password: 'tidemark-secret' },
  /** May do nothing: for "no rights". */
  none: { name: 'stranger', password: 'stranger-secret' },
} as const;

export interface BrokerPlan {
  /** From 1. */
  readonly nodeId: number;
  readonly folder: string;
  readonly ports: BrokerPorts;
  /** Controller ports of all brokers by node; each is a controller too. */
  readonly quorum: readonly { readonly nodeId: number; readonly port: number }[];
  readonly secure?: { readonly ports: SecurePorts; readonly certificate: Certificate };
  /** `quick`: it starts soon, which is what tests wait for; `usual`: it runs as brokers do, for measuring. Absent: quick. */
  readonly java?: 'quick' | 'usual';
  /** Wins over what is here. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** `server.properties` of it. */
export function brokerProperties(plan: BrokerPlan): string {
  const properties = { ...common(plan), ...listeners(plan), ...security(plan), ...plan.overrides };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function common({ nodeId, folder, quorum }: BrokerPlan) {
  const copies = Math.min(3, quorum.length);
  return {
    'process.roles': 'broker,controller',
    'node.id': String(nodeId),
    'log.dirs': `${folder}/data`,
    'controller.quorum.voters': quorum.map((one) => `${one.nodeId}@${loopback}:${one.port}`).join(','),
    // A killed broker is missed soon, and let in again soon: it waits until the one it was before is given up.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'auto.create.topics.enable': 'false',
    'delete.topic.enable': 'true',
    'unclean.leader.election.enable': 'false',
    'default.replication.factor': String(copies),
    'min.insync.replicas': copies === 3 ? '2' : '1',
    'offsets.topic.replication.factor': String(copies),
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': String(copies),
    'transaction.state.log.min.isr': copies === 3 ? '2' : '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': String(copies),
    'share.coordinator.state.topic.min.isr': '1',
    // A hung transaction is made by a test with a time of its own; the broker looks for such often.
    'transaction.max.timeout.ms': '3600000',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'log.retention.check.interval.ms': '500',
    'log.initial.task.delay.ms': '500',
    'log.segment.delete.delay.ms': '500',
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.cleaner.backoff.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'num.recovery.threads.per.data.dir': '1',
    'background.threads': '2',
  };
}

function listeners({ ports, secure }: BrokerPlan) {
  const named: Record<string, number> = { PLAINTEXT: ports.plain, PROXIED: ports.proxied };
  if (secure !== undefined) {
    Object.assign(named, { SASL: secure.ports.sasl, TLS: secure.ports.tls, SASL_TLS: secure.ports.saslTls });
  }
  const urls = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([name, port]) => `${name}://${loopback}:${port}`)
      .join(',');
  return {
    listeners: urls({ ...named, CONTROLLER: ports.controller }),
    'advertised.listeners': urls({ ...named, PROXIED: ports.proxy }),
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,SASL_TLS:SASL_SSL',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
  };
}

/** Whoever comes without a name, as all do that do not use SASL, may do everything; a name needs rights. */
function security({ secure }: BrokerPlan): Record<string, string> {
  if (secure === undefined) return {};
  const { keyStorePath, keyStorePassword } = secure.certificate;
  const known = [users.full, users.none].map(({ name, password }) => `user_${name}="${password}"`).join(' ');
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required ${known};`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const logins = ['sasl', 'sasl_tls'].flatMap((listener) => [
    [`listener.name.${listener}.plain.sasl.jaas.config`, plain],
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`, scram],
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`, scram],
  ]);
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'ssl.keystore.location': keyStorePath,
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.password': keyStorePassword,
    'ssl.key.password': keyStorePassword,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:ANONYMOUS;User:${users.full.name}`,
    ...Object.fromEntries(logins),
  };
}

/** For the storage tool: SCRAM users exist in the metadata from the first moment. */
export function scramArguments(plan: BrokerPlan): readonly string[] {
  if (plan.secure === undefined) return [];
  return [users.full, users.none].flatMap(({ name, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}
