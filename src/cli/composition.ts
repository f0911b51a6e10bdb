/** What `main` hands to the commands: engines and worlds come from outside `src`, so commands never import them. */

import type { Instance } from '../api/instance.js';
import type { CheckpointsFound } from '../checkpoint/inspect.js';
import type { Config } from '../config.js';
import type { JsonObject } from '../domain/canonical.js';
import type { Kind } from '../domain/kinds/index.js';
import type { TopicStep, TopicWish } from '../log/topic-plan.js';
import type { Engines } from '../pipeline.js';
import type { KeptRecords } from '../replay/fixture/kept-log.js';
import type { RetrievalMethod } from '../retrieval/method.js';
import type { Evaluation } from './evaluation.js';

/** What an operator should know, such as an unfinished write that was cut off, or that a partition is not read any further. */
export interface Notice {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  readonly facts?: Readonly<Record<string, string | number>>;
}

export interface OpenedEngines {
  readonly engines: Engines;
  /** Absent: there is no other. */
  readonly instance?: Instance;
  /** Rejects when they must not be used any longer, such as when another process has taken their place. */
  readonly failed?: Promise<never>;
  /** Leaves the address where other commands find it. */
  announce(url: string): Promise<void>;
  close(): Promise<void>;
}

/** One arrival of a world's stream: an event for the API, or a record that goes into the log as it stands. */
export type WorldEntry =
  | { readonly at: number; readonly tenant: string; readonly topicKind: Kind; readonly event: JsonObject }
  | { readonly at: number; readonly raw: { readonly topicKind: Kind; readonly key: string; readonly value: string } };

export interface WorldQuestion {
  readonly tenant: string;
  readonly account: string;
  readonly question: string;
  /** What a reader should look for in the answer. */
  readonly why: string;
}

/** A world the demo can tour. */
export interface World {
  readonly name: string;
  readonly title: string;
  readonly tenants: readonly string[];
  /** In order of arrival. */
  stream(): Iterable<WorldEntry>;
  /** What an event is counted as when the world is loaded: a kind, or the table it comes from. */
  groupOf(entry: WorldEntry): string;
  readonly questions: readonly [WorldQuestion, WorldQuestion];
  /** Supersedes a policy that the first question retrieves, effective at once. */
  policyChange(nowMs: number): { readonly tenant: string; readonly event: JsonObject; readonly what: string };
  /** What the world's poisoned record should have been; null when it has none. `key` is its record key. */
  readonly repair: { readonly key: string; readonly value: string } | null;
}

/** Who holds a log's lock. */
export interface LogHolder {
  readonly pid: number;
  readonly host: string;
  readonly alive: boolean;
  readonly url: string | null;
}

/** What a check of every record found. */
export interface LogFindings {
  readonly topics: number;
  readonly records: bigint;
  /** Unfinished writes at the ends of partitions: the next server cuts them off. */
  readonly tornEnds: readonly { readonly file: string; readonly bytes: number }[];
  /** Null where none are kept. */
  readonly checkpoints: CheckpointsFound | null;
}

/** Where a journal is kept beside its folder. */
export interface ArchiveInspection {
  /** As it is configured: a URL without secrets. */
  readonly where: string;
  /** Asks it once, with the keys of the configuration. Rejects with `unreachable` or `config_invalid`. */
  look(): Promise<void>;
}

/** A log's folder as an onlooker sees it: nothing is locked, nothing is changed. */
export interface LogInspection {
  /** `journal`: of a copy of a log that others own. */
  readonly kind: 'log' | 'journal';
  readonly folder: string;
  readonly exists: boolean;
  /** Absent: the folder is all there is. */
  readonly archive?: ArchiveInspection;
  holder(): Promise<LogHolder | undefined>;
  /** Reads and checks every record. Rejects with `log_damaged`. */
  check(): Promise<LogFindings>;
}

export interface ClusterTopic {
  readonly name: string;
  /** Null: the cluster does not have it. */
  readonly partitions: number | null;
  /** Partitions with fewer copies in step than they should have, and those that nobody leads. */
  readonly underReplicated: number;
  readonly leaderless: number;
}

export interface ClusterFindings {
  readonly id: string;
  readonly brokers: number;
  /** Those of the configuration. */
  readonly topics: readonly ClusterTopic[];
}

/** A log that others own, for whoever administers it. Nothing of the service is opened; everything rejects with `unreachable`. */
export interface Cluster {
  look(): Promise<ClusterFindings>;
  /** Every topic of the configuration, in its order. */
  planTopics(wish: TopicWish): Promise<readonly TopicStep[]>;
  /** Does what a plan made now would say, and answers with it. */
  applyTopics(wish: TopicWish): Promise<readonly TopicStep[]>;
}

/** State or index in an engine of its own. */
export interface StoreInspection {
  /** Of the engine. */
  readonly name: string;
  /** What is well with it, in one sentence. Rejects with `unreachable` or `config_invalid`. */
  look(): Promise<string>;
}

/** For fixtures: what they are made from, and what they are checked with. */
export interface FixtureEngines {
  /** Of the log's folder, or of the journal's; a server may be running. Rejects with `config_invalid` where there is none. */
  openRecords(config: Config): Promise<KeptRecords & { close(): Promise<void> }>;
  /** What the configuration retrieves by. */
  openMethod(config: Config): Promise<{ readonly method: RetrievalMethod; close(): Promise<void> }>;
}

export interface Composition {
  /** `tell` hears it at once, also of what happens to the log later. Once `signal` aborts, an opening that waits rejects with `stopping`. */
  openEngines(config: Config, tell: (notice: Notice) => void, signal?: AbortSignal): Promise<OpenedEngines>;
  /** Of the log's folder, or of that of the journal beside a log that others own. */
  inspectLog(config: Config): Promise<LogInspection>;
  /** Null: the log is embedded. */
  cluster(config: Config): Promise<Cluster | null>;
  /** Absent, or empty: state and index are in memory. */
  stores?(config: Config): readonly StoreInspection[];
  /** Throws a clear error when the world's material is not there. */
  world(name: string): World;
  readonly worldNames: readonly string[];
  /** Folder of the real material that one world and the evaluation use; undefined when it is absent. */
  dataFolder(): string | undefined;
  /** Absent: no command asks for it. */
  readonly evaluation?: Evaluation;
  readonly fixtures?: FixtureEngines;
  readonly version: string;
}
