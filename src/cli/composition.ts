/** What `main.ts` hands to the commands: engines and worlds come from outside `src`, so commands never import them. */

import type { Config } from '../config.js';
import type { JsonObject } from '../domain/canonical.js';
import type { Kind } from '../domain/kinds/index.js';
import type { Engines } from '../pipeline.js';

export interface OpenedEngines {
  readonly engines: Engines;
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
  /** In order of arrival. */
  stream(): Iterable<WorldEntry>;
  readonly questions: readonly [WorldQuestion, WorldQuestion];
  /** Supersedes a policy that the first question retrieves, effective at once. */
  policyChange(nowMs: number): { readonly tenant: string; readonly event: JsonObject; readonly what: string };
}

export interface Composition {
  openEngines(config: Config): Promise<OpenedEngines>;
  /** Address of the server that holds the log's lock; undefined when none runs. */
  runningServer(config: Config): Promise<string | undefined>;
  /** Throws a clear error when the world's material is not there. */
  world(name: string): World;
  readonly worldNames: readonly string[];
  readonly version: string;
}
