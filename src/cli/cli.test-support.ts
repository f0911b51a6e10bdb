/** The command line on engines in memory: what one command writes, the next one reads. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { readConfig } from '../config.js';
import type { JsonObject } from '../domain/canonical.js';
import { systemClock } from '../domain/clock.js';
import { defaultTopics, topicsToOpen } from '../log/topics.js';
import type { Pipe } from '../mcp/stdio.js';
import { generationOf } from '../retrieval/generation.js';
import { lexicalMethod } from '../retrieval/method.js';
import type { Composition, LogInspection, World } from './composition.js';
import { connect } from './connect.js';
import type { ExitCode } from './exit.js';
import { run } from './run.js';
import { terminalOn } from './terminal.js';

export function event(type: string, subject: string, data: JsonObject, id = `${subject}.1`): JsonObject {
  const common = { specversion: '1.0', id, source: '/test', type, subject, time: '2026-01-05T00:00:00Z' };
  return { ...common, data: { id: subject, ...data } };
}

export const account = event('account.created', 'A-1', { name: 'Harbour Books', plan: 'team', region: 'eu' });
export const ticket = event('ticket.opened', 'T-1', { accountId: 'A-1', subject: 'Refund?', status: 'open' });

export function policy(version: number, effectiveFrom: string): JsonObject {
  const data = { policyId: 'refund', version: String(version), title: 'Refunds', effectiveFrom };
  const body = `Refunds are granted within ${version * 10} days.`;
  return event('policy.published', `refund@${version}`, { ...data, body });
}

export function ndjson(...events: readonly JsonObject[]): string {
  return events.map((one) => `${JSON.stringify(one)}\n`).join('');
}

const brokenTicket = event(
  'ticket.updated',
  'T-1',
  { accountId: 'A-1', subject: 'Refund?', status: 'pending' },
  'T-1.2',
);
const repair = { key: 'default/T-1', value: JSON.stringify({ ...brokenTicket, tenant: 'default' }) };
const entry = { at: 0, tenant: 'default' } as const;

export const smallWorld: World = {
  name: 'small',
  title: 'one account',
  tenants: ['default'],
  stream: () => [
    { ...entry, topicKind: 'account', event: account },
    { ...entry, topicKind: 'policy', event: policy(1, '2026-01-01T00:00:00Z') },
    { ...entry, topicKind: 'ticket', event: ticket },
    { at: 0, raw: { topicKind: 'ticket', key: repair.key, value: repair.value.slice(0, 90) } },
  ],
  groupOf: (one) => ('raw' in one ? 'raw' : one.topicKind),
  questions: [
    { tenant: 'default', account: 'A-1', question: 'Are refunds granted?', why: 'The policy says it.' },
    { tenant: 'default', account: 'A-1', question: 'How many days?', why: 'The policy says it.' },
  ],
  policyChange: (nowMs) => ({
    tenant: 'default',
    event: policy(2, new Date(nowMs).toISOString()),
    what: 'It changes.',
  }),
  repair,
};

export function memoryComposition(world = smallWorld): Composition {
  const log = new MemoryLog({ topics: topicsToOpen(defaultTopics), clock: () => systemClock.wallMs() });
  let opened = false;
  const inspection: LogInspection = {
    kind: 'log',
    folder: join(tmpdir(), 'tidemark-in-memory'),
    get exists() {
      return opened;
    },
    holder: async () => undefined,
    check: async () => ({ topics: 0, records: 0n, tornEnds: [], checkpoints: null }),
  };
  return {
    openEngines: async (config) => {
      opened = true;
      const index = new MemoryIndex(generationOf(lexicalMethod));
      const stores = { state: new MemoryState(), index, method: lexicalMethod };
      const engines = { log, ...stores, clock: systemClock, topics: defaultTopics, audit: config.AUDIT };
      return { engines, announce: async () => {}, close: async () => {} };
    },
    inspectLog: async () => inspection,
    cluster: async () => null,
    world: () => world,
    worldNames: [world.name],
    dataFolder: () => undefined,
    version: '0.0.0-test',
  };
}

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly composition?: Composition;
  readonly input?: string;
  /** In place of the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** In place of standard input and output, for a protocol. */
  readonly pipe?: Pipe;
}

export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { composition = memoryComposition(), input = '', settings = {}, signal } = options;
  const { pipe = { input: new PassThrough(), output: new PassThrough() } } = options;
  const texts = { out: '', err: '' };
  const writing = (name: 'out' | 'err') => ({
    write: (text: string): void => {
      texts[name] += text;
    },
  });
  const cli = {
    composition,
    terminal: terminalOn({ out: writing('out'), err: writing('err'), page: { width: 100, colour: false } }),
    input: inputOf(input),
    pipe,
    config: (flags: object) => readConfig({ LOG_LEVEL: 'silent', ...settings, ...given(flags) }),
    connect: (config: ReturnType<typeof readConfig>, use: 'existing' | 'made') => connect(config, composition, use),
    interrupt: () => ({ signal: signal ?? new AbortController().signal, release: () => {} }),
  };
  const output = { out: writing('out').write, err: writing('err').write, debug: () => false };
  return { code: await run(args, cli, output), ...texts };
}

/** As `loadConfig` has it: a flag that is not given says nothing. */
function given(flags: object): object {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

async function* inputOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
}

/** Its one line of JSON. */
export function jsonOf(ran: Ran): JsonObject {
  return JSON.parse(ran.out) as JsonObject;
}
