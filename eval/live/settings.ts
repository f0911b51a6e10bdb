/**
 * Where the servers of a live test are. `npm run test:live` starts them and sets these variables; whoever has servers running sets
 * `KAFKA_URL`, `S3_URL` and `REDIS_URL`, and those are used. A live test without its server is skipped and says so:
 *
 *     describe.skipIf(kafkaUrl() === undefined)(`the Kafka log (${kafkaMissing()})`, …)
 */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** For the title, in parentheses, of what is skipped for want of a broker: `needs Kafka`, and why there is none. */
export function kafkaMissing(): string {
  if (kafkaUrl() !== undefined) return 'needs Kafka';
  return `needs Kafka: ${given('KAFKA_MISSING') ?? 'npm run test:live starts one, or set KAFKA_URL'}`;
}

/** The same for want of a broker of our own making, with its secure and proxied listeners. */
export function ownKafkaMissing(): string {
  return kafkaUrl() === undefined ? kafkaMissing() : 'needs the Kafka that npm run test:live starts without KAFKA_URL';
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

/** The same for want of an S3 server. */
export function s3Missing(): string {
  if (given('S3_URL') !== undefined) return 'needs an S3 server';
  return `needs an S3 server: ${given('S3_MISSING') ?? 'npm run test:live starts one, or set S3_URL'}`;
}

/** `redis://[:password@]host:port` of a Redis in which tests make and delete keys below prefixes of their own; undefined when there is none. */
export function redisUrl(): string | undefined {
  return given('REDIS_URL');
}

/** The same for want of Redis. */
export function redisMissing(): string {
  if (redisUrl() !== undefined) return 'needs Redis';
  return `needs Redis: ${given('REDIS_MISSING') ?? 'npm run test:live starts one, or set REDIS_URL'}`;
}

/** Whether a test can start servers of its own (`redis.ts`): for faults, for a primary with a replica, for a cluster. */
export function hasOwnRedis(): boolean {
  return given('REDIS_OWN') !== undefined;
}

/** The same for want of the program `redis-server`. */
export function ownRedisMissing(): string {
  return redisUrl() === undefined ? redisMissing() : 'needs the Redis that npm run test:live starts without REDIS_URL';
}

/** `http://host:port` of a Qdrant in which tests make and delete collections of their own; undefined when there is none. */
export function qdrantUrl(): string | undefined {
  return given('QDRANT_URL');
}

/** The same for want of Qdrant. */
export function qdrantMissing(): string {
  if (qdrantUrl() !== undefined) return 'needs Qdrant';
  return `needs Qdrant: ${given('QDRANT_MISSING') ?? 'npm run test:live starts its engine, or set QDRANT_URL'}`;
}

/**
 * Whether a real server is there. Otherwise it is Qdrant's engine behind the shim of `services/qdrant-shim`, which cannot show what the
 * server adds to the engine: the order of writes, `wait`, aliases, strict mode, optimizers, the words of errors.
 */
export function isRealQdrant(): boolean {
  return qdrantUrl() !== undefined && given('QDRANT_SHIM') === undefined;
}

/** The same for want of a real server. */
export function realQdrantMissing(): string {
  if (isRealQdrant() || qdrantUrl() === undefined) return qdrantMissing();
  return 'needs a Qdrant server: the test shim cannot show it, set QDRANT_URL or QDRANT_PROGRAM';
}

/** Whether a test can start servers of its own (`qdrant.ts`), for faults. */
export function hasOwnQdrant(): boolean {
  return given('QDRANT_OWN') !== undefined;
}

/** The same for want of those. */
export function ownQdrantMissing(): string {
  return qdrantUrl() === undefined
    ? qdrantMissing()
    : 'needs the Qdrant that npm run test:live starts without QDRANT_URL';
}

/** The binary of a real server, to be started in place of the shim. */
export function qdrantProgram(): string | undefined {
  return given('QDRANT_PROGRAM');
}

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome'];

/** The program of a Chromium: `CHROMIUM`, or one that is found where programs are; undefined when there is none. */
export function chromiumProgram(): string | undefined {
  const folders = (given('PATH') ?? '').split(delimiter);
  const paths = chromiumNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  return given('CHROMIUM') ?? paths.find((path) => existsSync(path));
}

/** The same for want of Chromium. */
export function chromiumMissing(): string {
  return chromiumProgram() === undefined ? 'needs Chromium: install it, or set CHROMIUM' : 'needs Chromium';
}

/** Where the broker tells clients of its proxied listener to come (`listen`), and where that listener is (`target`): for `proxy.ts`. */
export function kafkaProxyPorts(): { readonly listen: number; readonly target: number } | undefined {
  const [listen, target] = (given('KAFKA_PROXY') ?? '').split(':').map(Number);
  return listen === undefined || target === undefined ? undefined : { listen, target };
}

/** Listeners of the broker that ask for a password (`users` of `services/broker-settings.ts`) or speak TLS; undefined when there is none. */
export function kafkaSecureUrls() {
  const sasl = given('KAFKA_SASL_URL');
  const tls = given('KAFKA_TLS_URL');
  const saslTls = given('KAFKA_SASL_TLS_URL');
  const caFile = given('KAFKA_CA_FILE');
  if (sasl === undefined || tls === undefined || saslTls === undefined || caFile === undefined) return undefined;
  return { sasl, tls, saslTls, caFile };
}

/** Where what services are made of is kept: `TIDEMARK_CACHE`, by default in `node_modules`. */
export function cacheFolder(): string {
  return given('TIDEMARK_CACHE') ?? join(repositoryFolder(), 'node_modules/.cache/tidemark/services');
}

/** The folder of package.json: this file runs both from source and from `dist`, which are at different depths. */
export function repositoryFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above the live tests');
    folder = parent;
  }
  return folder;
}

export function isGiven(name: string): boolean {
  return given(name) !== undefined;
}

/** For the processes that run the tests, which inherit the environment of this one. */
export function giveSettings(settings: Readonly<Record<string, string>>): void {
  Object.assign(process.env, settings);
}

/** For programs that this one starts. */
export function environmentWith(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...settings };
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
