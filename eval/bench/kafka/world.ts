/** What the rows about Kafka share: a broker of their own that runs as brokers do, and topics of a service on it. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TopicMap } from '../../../src/log/topics.js';
import { topicAbout } from '../../../src/log/topics.js';
import { OwnBrokers } from '../../live/brokers.js';
import { sweep } from '../../live/services/start.js';
import { silent } from '../../live/services/steps.js';
import { Unavailable as MissingService } from '../../live/services/tools.js';
import { LiveTopics } from '../../live/topics.js';
import type { Unavailable } from '../harness.js';

export interface KafkaWorld {
  readonly brokers: OwnBrokers;
  readonly map: TopicMap;
  /** Of tickets, in four partitions. */
  readonly tickets: string;
  /** For the journals of services, and whatever else a measurement leaves. */
  readonly folder: string;
  /** Ends the broker and removes all data. */
  close(): Promise<void>;
}

/** Without Java or Maven there is no broker, and the row says so. */
export async function openKafkaWorld(): Promise<KafkaWorld | Unavailable> {
  // What a run left that was killed.
  await sweep(silent);
  try {
    return await worldOn(await OwnBrokers.start({ java: 'usual' }));
  } catch (error) {
    if (error instanceof MissingService) return { unavailable: `no Kafka to measure with: ${error.message}` };
    throw error;
  }
}

async function worldOn(brokers: OwnBrokers): Promise<KafkaWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const all = { recursive: true, force: true } as const;
  // For a run that is interrupted: nobody waits for anything then.
  const atExit = () => {
    brokers.endNow();
    rmSync(folder, all);
  };
  process.once('exit', atExit);
  const close = async () => {
    await brokers.stop();
    await rm(folder, all);
    process.off('exit', atExit);
  };
  try {
    const topics = await LiveTopics.open(brokers.servers);
    const map = await topics.createMap();
    // The broker's end is the topics' end.
    await topics.admin.disconnect();
    return { brokers, map, tickets: topicAbout(map, 'ticket').name, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}
