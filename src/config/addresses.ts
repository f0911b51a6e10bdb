/** Addresses of a log and of a journal, as settings write them. A fault never repeats the address: it may hold a password. */

export type LogAddress =
  | { readonly kind: 'embedded'; readonly folder: string }
  | { readonly kind: 'kafka'; readonly brokers: readonly string[]; readonly tls: boolean };

export type JournalAddress =
  | { readonly kind: 'file'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

export type AddressReading<Address> =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly fault: string };

const KAFKA_PORT = 9092;

export function readLogAddress(text: string): AddressReading<LogAddress> {
  const folder = folderIn(text);
  if (folder !== undefined) return { ok: true, address: { kind: 'embedded', folder } };
  const [, scheme, rest] = /^(kafkas?):\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return fault('must begin with file:, kafka:// or kafkas://');
  if (rest.includes('@')) return fault(credentials('KAFKA_USERNAME and KAFKA_PASSWORD_FILE'));
  const brokers = rest.split(',').map((one) => hostAndPort(one, KAFKA_PORT));
  if (!brokers.every((broker) => broker !== undefined))
    return fault('must be kafka://host:port,host:port with nothing behind');
  if (new Set(brokers).size < brokers.length) return fault('names a broker twice');
  return { ok: true, address: { kind: 'kafka', brokers, tls: scheme === 'kafkas' } };
}

export function readJournalAddress(text: string): AddressReading<JournalAddress> {
  const folder = folderIn(text);
  if (folder !== undefined) return { ok: true, address: { kind: 'file', folder } };
  const [, rest] = /^s3:\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return fault('must begin with file: or s3://');
  if (rest.includes('@')) return fault(credentials('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY_FILE'));
  const [, bucket, prefix = ''] = BUCKET_AND_PREFIX.exec(rest) ?? [];
  if (bucket === undefined) return fault('must be s3://bucket or s3://bucket/prefix');
  return { ok: true, address: { kind: 's3', bucket, prefix } };
}

/** Names of buckets as S3 has them; a prefix of the characters that are safe in keys. */
const BUCKET_AND_PREFIX = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9!_.*'()/-]*?)\/?)?$/;

/** Whether a password that travels there in the clear stays on this machine. */
export function isLoopback(broker: string): boolean {
  const host = broker.slice(0, broker.lastIndexOf(':'));
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function folderIn(text: string): string | undefined {
  return text.startsWith('file:') && text.length > 'file:'.length ? text.slice('file:'.length) : undefined;
}

/** `host:port`; undefined for what is none. */
export function hostAndPort(text: string, defaultPort: number): string | undefined {
  const [, host, digits] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(text.trim()) ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : `${host}:${port}`;
}

export function credentials(settings: string): string {
  return `must hold no credentials: set ${settings}`;
}

function fault(text: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault: text };
}
