/** A service that is asked for verdicts alone: over a folder as another process left it, on whatever engines. */

import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { createApp } from '../../src/api/app.js';
import { hashKey, keyAuthentication } from '../../src/api/auth.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { systemClock } from '../../src/domain/clock.js';
import type { EventLog, RecordReader } from '../../src/log/port.js';
import { defaultTopics, type TopicMap } from '../../src/log/topics.js';
import { catchUp } from '../../src/materializer/catch-up.js';
import { createLogger } from '../../src/observability/logger.js';
import { openService } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod, type RetrievalMethod } from '../../src/retrieval/method.js';
import { type Recorded, tenants } from './recording.test-support.js';

export const depths = ['content', 'full'] as const;
export type Depth = (typeof depths)[number];

export interface Told {
  readonly of: Recorded;
  readonly depth: Depth;
  readonly status: number;
  readonly body: JsonObject;
  /** Such as `MATCH`, `MISMATCH`, `UNREPLAYABLE expired` or `404`. */
  readonly verdict: string;
}

export interface ReplayerOptions {
  /** Absent: the default ones. */
  readonly topics?: TopicMap;
  /** Absent: words alone. */
  readonly method?: RetrievalMethod;
  readonly generation?: string;
  /** Called when everything is applied, before the first replay. */
  readonly onCaughtUp?: () => void | Promise<void>;
}

export const keyFile = {
  keys: tenants.map((tenant) => ({ id: tenant, sha256: hashKey(keyOf(tenant)), tenant, scopes: ['read' as const] })),
};

export function keyOf(tenant: string): string {
  return `key-of-${tenant}`;
}

export function verdictIn(status: number, { verdict, reason }: JsonObject): string {
  if (status !== 200) return String(status);
  return reason === undefined ? String(verdict) : `${verdict} ${reason}`;
}

/** The verdict on each of them at both depths, from a service that has caught up with the log and knows nothing else. */
export async function replayAll(
  log: EventLog & RecordReader,
  snapshots: readonly Recorded[],
  { topics = defaultTopics, method = lexicalMethod, generation, onCaughtUp = () => undefined }: ReplayerOptions = {},
): Promise<readonly Told[]> {
  const index = new MemoryIndex(generation ?? generationOf(method));
  const engines = { log, state: new MemoryState(), index, method, clock: systemClock };
  const service = await openService({ ...engines, topics, audit: 'required' });
  const logger = createLogger({ level: 'silent', to: { write: () => undefined } });
  const app = createApp(service, { auth: keyAuthentication(keyFile), logger, version: '0' });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  const names = [...topics.sources.map(({ name }) => name), topics.rejected];
  await catchUp(log, engines.state, names, { signal: stop.signal, onProgress: () => undefined });
  await onCaughtUp();
  const told: Told[] = [];
  for (const of of snapshots) {
    for (const depth of depths) {
      const response = await app.request(`/v1/snapshots/${of.id}/replay`, {
        method: 'POST',
        body: JSON.stringify({ depth }),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${keyOf(of.tenant)}` },
      });
      const body = (await response.json()) as JsonObject;
      told.push({ of, depth, status: response.status, body, verdict: verdictIn(response.status, body) });
    }
  }
  stop.abort();
  await running;
  return told;
}

/** How often each verdict was given, by depth: what an assertion shows when it fails. */
export function countOf(told: readonly Told[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { depth, verdict } of told) counts[`${depth} ${verdict}`] = (counts[`${depth} ${verdict}`] ?? 0) + 1;
  return counts;
}
