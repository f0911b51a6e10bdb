/** A whole service on real Kafka: inside of a test, opened as `main.ts` opens it, or the settings of one that runs as a process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notice } from '../../src/cli/composition.js';
import { kafkaChoiceOf } from '../../src/config/choices.js';
import { readConfig } from '../../src/config.js';
import type { TopicMap } from '../../src/log/topics.js';
import { openKafka } from '../../src/main/kafka.js';
import { catchUp } from '../../src/materializer/catch-up.js';
import { openService, type Service } from '../../src/pipeline.js';

export interface LiveServicePlan {
  /** Of Kafka. */
  readonly url: string;
  /** That exist: `LiveTopics.createMap`. */
  readonly topics: TopicMap;
  /** Of this service alone; opened again on it, it goes on where it was. */
  readonly folder: string;
  /** Win over what is here, names as in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** For the environment of `tidemark serve`. */
export function serviceSettings({ url, topics, folder, settings = {} }: LiveServicePlan): Record<string, string> {
  const topicsPath = join(folder, 'topics.json');
  writeFileSync(topicsPath, JSON.stringify(topics));
  return {
    LOG_URL: url,
    TOPICS: topicsPath,
    JOURNAL_URL: `file:${join(folder, 'journal')}`,
    // The names of a test's topics are its own, so the name of its group is.
    KAFKA_GROUP: topics.context,
    ...settings,
  };
}

export interface LiveService {
  readonly service: Service;
  /** What the operator was told, in order. */
  readonly notices: readonly string[];
  /** Everything that is in the topics at the call has been applied when it resolves. Rejects when the program would have ended. */
  caughtUp(): Promise<void>;
  /** Ends it in order. Rejects with what the program would have ended with before. */
  close(): Promise<void>;
}

/** It runs when it resolves, and may still be catching up. */
export async function openLiveService(plan: LiveServicePlan): Promise<LiveService> {
  const config = readConfig(serviceSettings(plan));
  const choice = kafkaChoiceOf(config);
  if (choice === null) throw new Error('a live service is told a URL of Kafka');
  const notices: string[] = [];
  const stop = new AbortController();
  const tell = ({ text }: Notice) => void notices.push(text);
  const opened = await openKafka(config, choice, { tell, signal: stop.signal });
  const { failed = new Promise<never>(() => undefined) } = opened;
  const service = await openService(opened.engines).catch(async (error) => {
    await opened.close();
    throw error;
  });
  let failure: { readonly error: unknown } | undefined;
  // A program that fails answers nobody any more: neither does this.
  failed.catch((error: unknown) => {
    failure ??= { error };
    stop.abort();
  });
  const running = service.run(stop.signal);
  const { log, state, topics } = service.engines;
  const names = [...topics.sources.map(({ name }) => name), topics.rejected];
  return {
    service,
    notices,
    caughtUp: () => Promise.race([catchUp(log, state, names, { signal: stop.signal, onProgress: () => {} }), failed]),
    close: async () => {
      const ended = failure;
      stop.abort();
      await running;
      await opened.close();
      if (ended !== undefined) throw ended.error;
    },
  };
}
