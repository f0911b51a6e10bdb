/** Feeds a world into the service: events through the intake, as the API does; records that no API would accept into the log. */
import type { JsonObject } from '../../domain/canonical.js';
import { limits } from '../../limits.js';
import { topicAbout } from '../../log/topics.js';
import { catchUp } from '../../materializer/catch-up.js';
import type { Service } from '../../pipeline.js';
import type { World, WorldEntry } from '../composition.js';
import { type Progress, startProgress } from '../progress.js';

export interface Fed {
  readonly events: number;
  /** Records that went into the log as they stand. */
  readonly raw: number;
  /** Events of a request that were known already, so they were not appended again. */
  readonly duplicates: number;
  readonly groups: ReadonlyMap<string, number>;
}

type EventOf = Extract<WorldEntry, { readonly event: JsonObject }>;
type RawOf = Extract<WorldEntry, { readonly raw: unknown }>;

/** Resolves when everything is applied and indexed. */
export async function feed(service: Service, world: World, signal: AbortSignal): Promise<Fed> {
  const progress = startProgress('Loading the world', 'events');
  const groups = new Map<string, number>();
  const waiting = new Map<string, EventOf[]>();
  let [events, raw, duplicates] = [0, 0, 0];
  const flush = async (tenant: string): Promise<void> => {
    const some = waiting.get(tenant) ?? [];
    waiting.delete(tenant);
    if (some.length > 0) duplicates += await appendEvents(service, tenant, some);
  };
  for (const entry of world.stream()) {
    if (signal.aborted) break;
    const group = world.groupOf(entry);
    groups.set(group, (groups.get(group) ?? 0) + 1);
    if ('raw' in entry) {
      // A broken record belongs between the events around it.
      for (const tenant of [...waiting.keys()]) await flush(tenant);
      await appendRaw(service, entry);
      raw++;
      continue;
    }
    events++;
    // Order matters per key, and no key belongs to two tenants: each tenant's events wait for company.
    const some = waiting.get(entry.tenant) ?? [];
    waiting.set(entry.tenant, some);
    if (some.push(entry) === limits.batchEventsMax) await flush(entry.tenant);
  }
  for (const tenant of [...waiting.keys()]) await flush(tenant);
  await settled(service, signal, progress);
  return { events, raw, duplicates, groups };
}

async function appendEvents(service: Service, tenant: string, entries: readonly EventOf[]): Promise<number> {
  const reply = await service.intake.append(
    tenant,
    entries.map(({ event }) => event),
  );
  return reply.events.filter(({ status }) => status === 'duplicate').length;
}

const encoder = new TextEncoder();
const headers = [['content-type', encoder.encode('application/cloudevents+json; charset=utf-8')]] as const;

async function appendRaw({ engines }: Service, { raw }: RawOf): Promise<void> {
  const topic = topicAbout(engines.topics, raw.topicKind).name;
  await engines.log.append([{ topic, key: encoder.encode(raw.key), headers, value: encoder.encode(raw.value) }]);
}

/** The rejected topic grows while the sources are applied, so it is waited for after them. */
async function settled({ engines, indexer }: Service, signal: AbortSignal, progress: Progress): Promise<void> {
  const { log, state, topics } = engines;
  const onProgress = (seen: { appliedRecords: bigint; totalRecords: bigint }): void =>
    progress.show(Number(seen.appliedRecords), Number(seen.totalRecords));
  const sources = topics.sources.map(({ name }) => name);
  await catchUp(log, state, sources, { signal, onProgress });
  await catchUp(log, state, [...sources, topics.rejected], { signal, onProgress });
  await indexer.idle(signal);
  progress.done();
}
