/** Configuration: read once, from flags, the environment, `.env` and defaults in that order; every fault is told at once. */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { faultOfPem } from './config/choices.js';
import { faultsTogether, withDefaults } from './config/combinations.js';
import { type ConfigName, type Settings, schema, secrets, unprinted } from './config/schema.js';
import { TidemarkError } from './errors.js';
import { readTopicFile } from './log/topic-file.js';
import { defaultTopics, type TopicMap } from './log/topics.js';

export type { ConfigName } from './config/schema.js';

export type Config = Settings & {
  /** What TOPICS says, read. */
  readonly topics: TopicMap;
};

/** Settings given on the command line. An empty one counts as not set, whatever the environment says. */
export type ConfigFlags = { readonly [Name in ConfigName]?: string | undefined };

/** `flags` win over the environment; undefined ones are not set. Throws `config_invalid` naming every fault. */
export function loadConfig(flags: ConfigFlags = {}): Config {
  const fromFile = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return readConfig({ ...fromFile, ...process.env, ...withoutUndefined(flags) });
}

export function readConfig(given: Readonly<Record<string, string | undefined>>): Config {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of Object.keys(schema.shape)) {
    const value = given[name];
    if (value !== undefined && value !== '') values[name] = value;
  }
  for (const name of secrets) readSecret(name, given[`${name}_FILE`], values, faults);
  const topics = readTopics(values.TOPICS, faults);
  for (const name of ['KAFKA_TLS_CA', 'KAFKA_TLS_CERT', 'KAFKA_TLS_KEY', 'REDIS_TLS_CA'] as const) {
    const fault = values[name] === undefined ? undefined : faultOfPem(name, values[name]);
    if (fault !== undefined) faults.push(fault);
  }
  const result = schema.safeParse(values);
  if (!result.success) for (const { path, message } of result.error.issues) faults.push(`${path.join('.')} ${message}`);
  else faults.push(...faultsTogether(result.data, topics));
  if (result.success && faults.length === 0) return { ...withDefaults(result.data), topics };
  throw new TidemarkError({
    code: 'config_invalid',
    message: `configuration: ${faults.join('; ')}`,
    advice: 'Correct the settings named; `tidemark config print` shows what is in force.',
    retriable: false,
    facts: { faults },
  });
}

function readTopics(path: string | undefined, faults: string[]): TopicMap {
  if (path === undefined) return defaultTopics;
  try {
    const reading = readTopicFile(readFileSync(path, 'utf8'));
    if (reading.ok) return reading.map;
    faults.push(...reading.faults.map((fault) => `TOPICS: ${fault}`));
  } catch {
    faults.push('TOPICS cannot be read');
  }
  return defaultTopics;
}

function readSecret(
  name: ConfigName,
  file: string | undefined,
  values: Record<string, string>,
  faults: string[],
): void {
  if (file === undefined || file === '') return;
  if (values[name] !== undefined) {
    faults.push(`${name} and ${name}_FILE are both set`);
    return;
  }
  try {
    values[name] = readFileSync(file, 'utf8').trim();
  } catch {
    faults.push(`${name}_FILE cannot be read`);
  }
}

function withoutUndefined(flags: ConfigFlags): Record<string, string> {
  return Object.fromEntries(Object.entries(flags).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What is in force, with secrets masked. */
export function redacted({ topics: _, ...settings }: Config): Record<string, string | number> {
  const shown: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) shown[name] = unprinted.some((one) => one === name) ? '(set)' : value;
  }
  return shown;
}
