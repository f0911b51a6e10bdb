/**
 * Where the servers of a live test are. `npm run test:live` starts them and sets these variables; whoever has servers running sets
 * `KAFKA_URL` and `S3_URL`, and those are used. A live test without its server is skipped and says so:
 *
 *     describe.skipIf(kafkaUrl() === undefined)(`the Kafka log (${kafkaMissing()})`, …)
 */
import { invariant } from '../../src/errors.js';

/** `kafka://host:port[,host:port]`, as `LOG_URL` has it, of a cluster on which tests make and delete topics; undefined when there is none. */
export function kafkaUrl(): string | undefined {
  return given('KAFKA_URL');
}

/** The same as `host:port` each. A live test asks for it after `kafkaUrl()` has said that there is one. */
export function kafkaServers(): readonly string[] {
  return serversOf(needed('KAFKA_URL', kafkaMissing()));
}

/** `host:port` each, of a URL of Kafka. */
export function serversOf(url: string): readonly string[] {
  const [, servers = ''] = /^kafka:\/\/([^/?#]+)/.exec(url) ?? [];
  invariant(servers !== '', 'a URL of Kafka is kafka://host:port[,host:port]');
  return servers.split(',');
}

/** Shown by what is skipped for want of a broker: `needs Kafka`, and why there is none. */
export function kafkaMissing(): string {
  return `needs Kafka: ${given('KAFKA_MISSING') ?? 'npm run test:live starts one, or set KAFKA_URL'}`;
}

export interface S3Settings {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Of an S3 server on which tests make and delete buckets (`S3_URL=http://key:secret@host:port`); undefined when there is none. */
export function s3Settings(): S3Settings | undefined {
  const url = given('S3_URL');
  if (url === undefined) return undefined;
  const { origin, username, password } = new URL(url);
  return {
    endpoint: origin,
    region: 'us-east-1',
    accessKeyId: decodeURIComponent(username) || 'test',
    secretAccessKey: decodeURIComponent(password) || 'test-secret',
  };
}

/** Shown by what is skipped for want of an S3 server. */
export function s3Missing(): string {
  return `needs an S3 server: ${given('S3_MISSING') ?? 'npm run test:live starts one, or set S3_URL'}`;
}

function given(name: string): string | undefined {
  const text = process.env[name];
  return text === '' ? undefined : text;
}

function needed(name: string, why: string): string {
  const value = given(name);
  invariant(value !== undefined, why);
  return value;
}
