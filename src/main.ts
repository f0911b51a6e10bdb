#!/usr/bin/env node
/** The entry: chooses engines and worlds and hands them to the command line. The one file of `src` that knows connectors and eval. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileCheckpoints } from '../connectors/file/checkpoints.js';
import { readLock } from '../connectors/file/lock.js';
import { FileLog } from '../connectors/file/log.js';
import type { FileLogReport } from '../connectors/file/prepare.js';
import { isAlive } from '../connectors/file/process-identity.js';
import { FileLogReader } from '../connectors/file/reader.js';
import { MemoryIndex } from '../connectors/memory/index.js';
import { MemoryState } from '../connectors/memory/state.js';
import { dataFolder, dataFolderMissing } from '../eval/data.js';
import {
  tourPolicyChange as demoPolicyChange,
  demoQuestions,
  demoWorld,
  tenants,
  traps,
} from '../eval/streams/demo-world/index.js';
import {
  tauBankingStream,
  tourPolicyChange as tauPolicyChange,
  tauQuestions,
  tauTenant,
} from '../eval/streams/tau-banking.js';
import { inspectCheckpoints } from './checkpoint/inspect.js';
import type { Composition, LogInspection, OpenedEngines, World } from './cli/composition.js';
import { connect } from './cli/connect.js';
import { listenForInterrupt } from './cli/interrupt.js';
import { run } from './cli/run.js';
import { processTerminal } from './cli/terminal.js';
import { type Config, loadConfig, retainableTopics } from './config.js';
import { systemClock } from './domain/clock.js';
import { TidemarkError } from './errors.js';
import { keepEverything } from './log/retention.js';
import { parseRetention } from './log/retention-text.js';
import { defaultTopics, topicsToOpen } from './log/topics.js';
import { generationOf } from './retrieval/generation.js';
import { HashingEmbedder } from './retrieval/hashing-embedder.js';

function logFolder({ LOG_URL }: Config): string {
  return LOG_URL.slice('file:'.length);
}

function checkpointsOf(config: Config): FileCheckpoints {
  return new FileCheckpoints(config.CHECKPOINTS ?? join(logFolder(config), 'checkpoints'));
}

async function openEngines(config: Config): Promise<OpenedEngines> {
  const notices: string[] = [];
  const { retentionOf } = parseRetention(config.RETENTION, retainableTopics);
  const log = await FileLog.open({
    folder: logFolder(config),
    topics: topicsToOpen(defaultTopics).map((topic) => ({
      ...topic,
      retention: retentionOf.get(topic.name) ?? keepEverything,
    })),
    clock: () => systemClock.wallMs(),
    onReport: (report) => notices.push(noticeOf(report)),
  });
  const embedder = config.EMBEDDER === 'hashing' ? new HashingEmbedder() : null;
  const state = new MemoryState();
  const engines = {
    log,
    state,
    ...(config.CHECKPOINTS === 'off' ? {} : { checkpointing: { store: checkpointsOf(config), state } }),
    ...(retentionOf.size === 0 ? {} : { retention: { log, retentionOf } }),
    index: new MemoryIndex(generationOf(embedder?.identity ?? null)),
    embedder,
    clock: systemClock,
    topics: defaultTopics,
    audit: config.AUDIT,
  };
  return { engines, notices, announce: (url) => log.announce(url), close: () => log.close() };
}

function noticeOf(report: FileLogReport): string {
  if (report.kind === 'committed_unreadable') return 'committed.json of the log made no sense and counts as empty';
  if (report.kind === 'sidecar_rebuilt') return `the index ${report.path} was not used and is made anew: ${report.why}`;
  const { bytesCut, partition, fromOffset } = report;
  return `an unfinished write of ${bytesCut} bytes, never acknowledged, was cut off ${partition} at offset ${fromOffset}`;
}

function inspectLog(config: Config): LogInspection {
  const folder = logFolder(config);
  return {
    folder,
    exists: existsSync(join(folder, 'log.json')),
    holder: async () => {
      const held = await readLock(folder);
      return held && { pid: held.pid, host: held.host, alive: isAlive(held), url: held.url ?? null };
    },
    check: async () => {
      const kept = config.CHECKPOINTS === 'off' ? null : checkpointsOf(config);
      const names = (await kept?.list()) ?? [];
      const reader = await FileLogReader.open(folder);
      try {
        const starts = reader.starts();
        let records = 0n;
        for (const [partition, end] of reader.ends()) records += end - (starts.get(partition) ?? 0n);
        const tornEnds = reader.tornEnds.map(({ path, bytesCut }) => ({ file: path, bytes: bytesCut }));
        const checkpoints =
          kept && (await inspectCheckpoints({ store: kept, log: reader, topics: defaultTopics }, names));
        return { topics: reader.topics().length, records, tornEnds, checkpoints };
      } finally {
        await reader.close();
      }
    },
  };
}

const worlds: Readonly<Record<string, () => World>> = {
  demo: () => ({
    name: 'demo',
    title: 'two fictional companies, thirty days, and ten traps',
    tenants,
    stream: demoWorld,
    groupOf: (entry) => ('raw' in entry ? 'raw' : entry.topicKind),
    questions: demoQuestions,
    policyChange: (nowMs) => {
      const event = demoPolicyChange(nowMs);
      return { tenant: event.tenant, event, what: 'A third version of the label refund policy takes effect now.' };
    },
    repair: traps.find(({ repair }) => repair !== undefined)?.repair ?? null,
  }),
  'tau-banking': () => {
    const folder = dataFolder();
    if (folder === undefined) throw materialMissing();
    const [first, second] = tauQuestions(folder).map((question) => ({ tenant: tauTenant, ...question }));
    if (first === undefined || second === undefined) throw new Error('the tour asks two questions');
    return {
      name: 'tau-banking',
      title: 'a bank of tau2-bench: 698 policies, and every table',
      tenants: [tauTenant],
      stream: () => tauBankingStream(folder),
      groupOf: (entry) => ('event' in entry ? (String(entry.event.id).split('/', 1)[0] ?? '') : 'raw'),
      questions: [first, second],
      policyChange: (nowMs) => {
        const event = tauPolicyChange(folder, nowMs);
        return {
          tenant: tauTenant,
          event,
          what: 'A second version of the document that the first answer rests on takes effect now.',
        };
      },
      repair: null,
    };
  },
};

function materialMissing(): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `the world tau-banking needs material that is not part of the repository; ${dataFolderMissing}`,
    advice: 'Set TIDEMARK_DATA to the folder that holds tau_banking, or take the tour of the world demo.',
    retriable: false,
  });
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const composition: Composition = {
  openEngines,
  inspectLog,
  world: (name) => {
    const make = worlds[name];
    if (make === undefined) throw new Error(`no world is named ${name}`);
    return make();
  },
  worldNames: Object.keys(worlds),
  dataFolder,
  version,
};

/** A configuration that cannot be read is an error told already, and asks for no stack. */
function isDebugging(): boolean {
  try {
    return ['debug', 'trace'].includes(loadConfig().LOG_LEVEL);
  } catch {
    return false;
  }
}

const args = process.argv.slice(2);
process.exitCode = await run(
  args,
  {
    composition,
    terminal: processTerminal(!args.includes('--no-color')),
    input: process.stdin,
    config: loadConfig,
    connect: (config, use) => connect(config, composition, use),
    interrupt: listenForInterrupt,
  },
  {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    debug: isDebugging,
  },
);
