/** Kafka Streams with a table that is read over HTTP, as a process of its own. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accepts } from '../../live/services/broker.js';
import { cached } from '../../live/services/cache.js';
import { kafkaStreamsJars } from '../../live/services/kafka-jars.js';
import { freePorts, loopback } from '../../live/services/ports.js';
import { endProcess, isRunning, signal, startServer } from '../../live/services/process.js';
import { silent } from '../../live/services/steps.js';
import { needTools, runTool } from '../../live/services/tools.js';
import { waitUntil } from '../../live/services/wait.js';
import { repositoryFolder } from '../../live/settings.js';
import type { KafkaWorld } from './world.js';

const RUNS_WITHIN_MS = 60_000;

export interface KTable {
  /** Of an entity, by its record's key. */
  urlOf(key: string): string;
  end(): Promise<void>;
}

/** Over this topic; `commitMs` null: the default of Kafka Streams, half a minute. It listens when this resolves. */
export async function startKTable(world: KafkaWorld, topic: string, commitMs: number | null): Promise<KTable> {
  const jars = await kafkaStreamsJars(silent);
  const classes = await compiled(jars);
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(world.folder, 'ktable-'));
  const logPath = join(folder, 'log');
  const told = [world.brokers.servers.join(','), topic, folder, String(port), String(commitMs ?? 'default')];
  const flags = ['-Xms256m', '-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
  const args = [...flags, '-cp', `${jars}/*:${classes}`, 'KTableReads', ...told];
  const streams = await startServer({ program: 'java', args, folder, logPath });
  // For a run that is interrupted: before the folder it writes to is removed.
  const atExit = () => void signal(streams, 'SIGKILL');
  process.prependOnceListener('exit', atExit);
  const end = async () => {
    await endProcess(streams);
    process.off('exit', atExit);
  };
  try {
    await waitUntil('Kafka Streams runs and is listening', RUNS_WITHIN_MS, async () => {
      if (!isRunning(streams)) throw new Error(`it ended: ${(await readFile(logPath, 'utf8')).slice(-1_000)}`);
      return accepts(port);
    });
  } catch (error) {
    await end();
    throw error;
  }
  return { urlOf: (key) => `http://${loopback}:${port}/entities/${key}`, end };
}

/** Rejects with `Unavailable` without a compiler. */
async function compiled(jars: string): Promise<string> {
  const source = join(repositoryFolder(), 'eval/bench/ktable/KTableReads.java');
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 12);
  return cached(`ktable-${digest}`, async (folder) => {
    await needTools([{ title: 'Java compiler', program: 'javac', args: ['-version'] }]);
    const { code, lastLines } = await runTool('javac', ['-cp', `${jars}/*`, '-d', folder, source]);
    if (code !== 0) throw new Error(`the table of Kafka Streams did not compile: ${lastLines.join('\n')}`);
  });
}
