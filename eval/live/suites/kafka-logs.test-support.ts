/** Logs on a real broker for suites that were written for any log: each with topics and a journal of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import {
  JournaledLog,
  type JournaledLogOptions,
  type JournaledLogReport,
} from '../../../connectors/file/journaled-log.js';
import { KafkaRemote } from '../../../connectors/kafka/remote.js';
import { systemClock } from '../../../src/domain/clock.js';
import { keepEverything, type Retention } from '../../../src/log/retention.js';
import { defaultTopics, ownTopics, type TopicMap, topicsToOpen } from '../../../src/log/topics.js';
import type { LogHome } from '../../flow/home.test-support.js';
import { LiveTopics } from '../topics.js';
import { RenamedRemote } from './renamed-remote.js';

export interface KafkaTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retention?: Retention;
}

export interface KafkaLogPlan {
  readonly topics: readonly KafkaTopic[];
  /** Of those: copied before the log is open. */
  readonly ownTopics?: readonly string[];
  /** See `Renaming`. */
  readonly stamp?: () => number;
  readonly options?: Partial<JournaledLogOptions>;
}

/** That of a whole service. */
export const serviceLog: KafkaLogPlan = {
  topics: topicsToOpen(defaultTopics),
  ownTopics: ownTopics(defaultTopics),
};

/** One log: its topics on the broker and its folder, opened as often as a suite wants. */
export class KafkaHome implements LogHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-suite-'));
  readonly reports: JournaledLogReport[] = [];
  #log: JournaledLog | undefined;

  constructor(
    readonly servers: readonly string[],
    /** Begins the names of its topics on the broker. */
    readonly prefix: string,
    readonly plan: KafkaLogPlan,
  ) {}

  async open(): Promise<JournaledLog> {
    await this.#log?.close();
    const { topics, ownTopics = [], stamp, options = {} } = this.plan;
    const settings = { brokers: this.servers, clientId: 'tidemark-suite', groupId: basename(this.folder) };
    const remote = await KafkaRemote.open(settings, () => undefined);
    this.#log = await JournaledLog.open({
      remote: new RenamedRemote(remote, { prefix: this.prefix, ...(stamp === undefined ? {} : { stamp }) }),
      folder: this.journal,
      topics: topics.map(({ name, retention = keepEverything }) => ({ name, retention })),
      ownTopics,
      clock: systemClock,
      onReport: (report) => this.reports.push(report),
      ...options,
    });
    return this.#log;
  }

  get journal(): string {
    return join(this.folder, 'journal');
  }

  /** Nobody has the journal afterwards. */
  async close(): Promise<void> {
    await this.#log?.close();
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true });
    // A contract appends what stands in for a record, and a journal makes its own of it.
    const reports = this.reports.filter(({ kind }) => kind !== 'record_cut');
    expect(reports, 'what the journal told of').toEqual([]);
  }
}

/** Of one file of tests; closed, it deletes its topics. */
export class KafkaLogs {
  readonly #homes: KafkaHome[] = [];
  /** Prefixes of topics that wait to be used, by what topics they are. */
  readonly #ahead = new Map<string, Promise<string>>();
  #count = 0;

  private constructor(readonly topics: LiveTopics) {}

  static async open(servers: readonly string[]): Promise<KafkaLogs> {
    return new KafkaLogs(await LiveTopics.open(servers));
  }

  /** Its topics are new and empty. Those for the next one like it are made meanwhile. */
  async make(plan: KafkaLogPlan): Promise<KafkaHome> {
    const like = JSON.stringify(plan.topics.map(({ name, partitions }) => [name, partitions]));
    const ahead = this.#ahead.get(like);
    // Should it have failed, the one after it is made anew.
    this.#ahead.delete(like);
    const prefix = await (ahead ?? this.#created(plan));
    const next = this.#created(plan);
    // Whoever needs them hears of it.
    next.catch(() => undefined);
    this.#ahead.set(like, next);
    const home = new KafkaHome(this.topics.servers, prefix, plan);
    this.#homes.push(home);
    return home;
  }

  /** That of a whole service under the names that its topics have on the broker. */
  async makeMap(): Promise<{ readonly home: KafkaHome; readonly topics: TopicMap }> {
    const topics = await this.topics.createMap();
    const plan = { topics: topicsToOpen(topics), ownTopics: ownTopics(topics) };
    const home = new KafkaHome(this.topics.servers, '', plan);
    this.#homes.push(home);
    return { home, topics };
  }

  /** What no suite has removed is removed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#ahead.values());
    for (const home of this.#homes.splice(0)) await home.remove();
    await this.topics.close();
  }

  async #created({ topics }: KafkaLogPlan): Promise<string> {
    this.#count += 1;
    const own = String(this.#count);
    await Promise.all(topics.map(({ name, partitions }) => this.topics.create(`${own}.${name}`, { partitions })));
    return `${this.topics.prefix}.${own}.`;
  }
}
