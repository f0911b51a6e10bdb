/** Plays a stream into a running service: events as their tenant's caller, records that no API would accept into the log. */
import type { JsonObject } from '../../src/domain/canonical.js';
import { recordKey } from '../../src/domain/record-key.js';
import { topicAbout } from '../../src/log/topics.js';
import { type EventEntry, isEventEntry, type RawEntry, type StreamEntry } from '../streams/stream.js';
import type { Flow } from './service.test-support.js';

/** Events of one request: several requests per stop, so that a stream is not one batch. */
const BATCH = 100;

export interface Played {
  readonly appended: number;
  readonly duplicates: number;
  readonly raw: number;
}

/** Everything is appended when it resolves; whether it is applied is the service's matter. */
export async function play(flow: Flow, entries: Iterable<StreamEntry>): Promise<Played> {
  const statuses: string[] = [];
  const waiting = new Map<string, EventEntry[]>();
  let raw = 0;
  const flush = async (tenant: string) => {
    const batch = (waiting.get(tenant) ?? []).map(({ event }) => event);
    waiting.delete(tenant);
    if (batch.length > 0) statuses.push(...(await send(flow, tenant, batch)));
  };
  for (const entry of entries) {
    if (isEventEntry(entry)) {
      const batch = waiting.get(entry.tenant) ?? [];
      waiting.set(entry.tenant, batch);
      if (batch.push(entry) === BATCH) await flush(entry.tenant);
      continue;
    }
    // A raw record keeps its place among the events before and after it.
    for (const tenant of [...waiting.keys()]) await flush(tenant);
    await appendRaw(flow, entry);
    raw++;
  }
  for (const tenant of [...waiting.keys()]) await flush(tenant);
  const appended = statuses.filter((status) => status === 'appended').length;
  return { appended, duplicates: statuses.length - appended, raw };
}

async function send(flow: Flow, tenant: string, batch: readonly JsonObject[]): Promise<readonly string[]> {
  const { events } = await flow.caller(tenant).ok('/v1/events', { body: batch });
  return (events as { status: string }[]).map(({ status }) => status);
}

const headers = [['content-type', Buffer.from('application/cloudevents+json; charset=utf-8')]] as const;

/** As a producer beside the API writes: on the topic of the kind, under the entity's record key. */
export async function appendRaw({ service }: Flow, { raw }: Pick<RawEntry, 'raw'>): Promise<void> {
  const [tenant = '', id = ''] = raw.key.split('/');
  const { name } = topicAbout(service.engines.topics, raw.topicKind);
  const record = { topic: name, key: recordKey(tenant, id), headers, value: Buffer.from(raw.value) };
  await service.engines.log.append([record]);
}
