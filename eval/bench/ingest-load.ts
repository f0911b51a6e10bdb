/** Ingest beside reads: records appended to the service's log at a rate, and applied by the service itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { recordKey } from '../../src/domain/record-key.js';
import { limits } from '../../src/limits.js';
import type { NewRecord } from '../../src/log/port.js';
import { defaultTopics, topicAbout } from '../../src/log/topics.js';
import type { Service } from '../../src/pipeline.js';
import { eventBytes, ticketEvents } from './events.js';
import { spread } from './harness.js';
import { settle } from './snapshot-world.js';

/** A producer sends this much at once; what is due is sent in as many of them as it takes. */
const BATCH_RECORDS = 100;
const TICK_MS = 5;
/** Batches on their way to the disk, half of what the log takes before it refuses: a producer holds back, and the row says so. */
const WAITING_MAX = limits.appendQueueMax / BATCH_RECORDS / 2;

/** Not the tenant that is asked about: its account stays what it is. */
const tenant = 'ingested';

let rounds = 0;

/** Of the rate in a row's name: with less of it the row has measured something else. */
const RATE_SHARE_MIN = 0.95;

/** Undefined rates, of rounds that did not run, are none. */
export function rateShortfall(reachedPerSecond: readonly number[], namedPerSecond: number): string | null {
  const median = spread(reachedPerSecond).median;
  if (median >= namedPerSecond * RATE_SHARE_MIN) return null;
  const [reached, named] = [Math.round(median), namedPerSecond].map((rate) => rate.toLocaleString('en'));
  return `only ${reached} of ${named} events/s were applied`;
}

/** New events each time. Made before anything is measured: a producer is another process. */
export function recordsFor(count: number): readonly NewRecord[] {
  const events = ticketEvents(count, tenant, ++rounds);
  const topic = topicAbout(defaultTopics, 'ticket').name;
  const values = eventBytes(events);
  return events.map((event, index) => {
    return { topic, key: recordKey(tenant, String(event.subject)), headers: [], value: values[index] ?? null };
  });
}

/**
 * Appends all of them, to the service's log or as `append` does, at `perSecond`, then waits until they are applied. Returns how many per second came to be applied from the
 * first append on: less than asked for where the service could not keep up.
 */
export async function ingest(
  service: Service,
  records: readonly NewRecord[],
  perSecond: number,
  append: (batch: readonly NewRecord[]) => Promise<unknown> = (batch) => service.engines.log.append(batch),
): Promise<number> {
  const startedAtMs = performance.now();
  const appends: Promise<unknown>[] = [];
  let waiting = 0;
  for (let sent = 0; sent < records.length; ) {
    const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1_000);
    for (; sent < due && sent < records.length && waiting < WAITING_MAX; sent += BATCH_RECORDS) {
      waiting++;
      appends.push(append(records.slice(sent, sent + BATCH_RECORDS)).then(() => waiting--));
    }
    await sleep(TICK_MS);
  }
  await Promise.all(appends);
  await settle(service);
  return (records.length * 1_000) / (performance.now() - startedAtMs);
}
