/** Configuration: read once, from flags, the environment, `.env` and defaults in that order; every fault is told at once. */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { TidemarkError } from './errors.js';
import { parseRetention } from './log/retention-text.js';
import { defaultTopics, topicsToOpen } from './log/topics.js';

const url = (scheme: string, what: string) =>
  z.string().refine((text) => text.startsWith(`${scheme}:`) && text.length > scheme.length, {
    error: `must begin with "${scheme}:", the ${what} of this version`,
  });

const memory = (what: string) => z.literal('memory:', { error: `must be "memory:", the only ${what} of this version` });

/** Topics of which records may expire. */
export const retainableTopics: readonly string[] = topicsToOpen(defaultTopics).map(({ name }) => name);

const schema = z.object({
  /** The embedded log's folder. It is the journal too. */
  LOG_URL: url('file', 'log').default('file:./data/log'),
  /** Where checkpoints of the embedded state are kept; off: every start folds the whole log. */
  CHECKPOINTS: z.string().min(1).optional(),
  /** How long which topics are kept, `topic=90d,50GiB;…`; what is not named is kept for ever. */
  RETENTION: z
    .string()
    .superRefine((text, context) => {
      for (const message of parseRetention(text, retainableTopics).faults)
        context.addIssue({ code: 'custom', message });
    })
    .default(''),
  STATE_URL: memory('state store').default('memory:'),
  INDEX_URL: memory('retrieval index').default('memory:'),
  EMBEDDER: z.enum(['lexical', 'hashing']).default('lexical'),
  AUTH: z
    .string()
    .refine((text) => text === 'none' || /^keys:.+/.test(text), { error: 'must be "none" or "keys:<file>"' })
    .default('none'),
  /** The tenant of every caller when AUTH=none. */
  TENANT: z.string().min(1).max(512).default('default'),
  AUDIT: z.enum(['required', 'best-effort']).default('required'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(7420),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** For CLI commands: a running server, and the key to show it. */
  TIDEMARK_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  TIDEMARK_KEY: z.string().min(1).optional(),
});

export type Config = z.infer<typeof schema>;
export type ConfigName = keyof Config;

/** Settings given on the command line. */
export type ConfigFlags = { readonly [Name in ConfigName]?: string | undefined };

/** Values that are never printed, and that may come from a file named by `<NAME>_FILE`. */
const secrets: readonly ConfigName[] = ['TIDEMARK_KEY'];

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
  const result = schema.safeParse(values);
  if (!result.success) {
    for (const issue of result.error.issues) faults.push(`${issue.path.join('.')} ${issue.message}`);
  }
  if (result.success && result.data.CHECKPOINTS === 'off' && result.data.RETENTION !== '') {
    faults.push('RETENTION needs CHECKPOINTS: what expires must be held by one');
  }
  if (result.success && faults.length === 0) return result.data;
  throw new TidemarkError({
    code: 'config_invalid',
    message: `configuration: ${faults.join('; ')}`,
    advice: 'Correct the settings named; `tidemark config print` shows what is in force.',
    retriable: false,
    facts: { faults },
  });
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
export function redacted(config: Config): Record<string, string | number> {
  const shown: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(config)) {
    if (value !== undefined) shown[name] = secrets.some((secret) => secret === name) ? '(set)' : value;
  }
  return shown;
}
