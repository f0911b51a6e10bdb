/** From the acknowledgement of an event to a snapshot that has it, under ingest, against one append and sync under the same. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { decodeToken } from '../../../src/domain/token.js';
import type { Service } from '../../../src/pipeline.js';
import { eventBytes, ticketEvents } from '../events.js';
import type { Row } from '../harness.js';
import { ingest, rateShortfall, recordsFor } from '../ingest-load.js';
import { percentile } from '../load.js';
import { openSnapshotWorld, probeRequest, tenant } from '../snapshot-world.js';

const EVENTS_PER_SECOND = 10_000;
const ROUND_MS = 3_000;
const PROBE_EVERY_MS = 10;

export const visibility: Row = {
  name: 'visibility: event acknowledged to snapshot that has it, p99 at 10,000 events/s ÷ p99 of one append + fdatasync under the same',
  unit: 'ms',
  better: 'low',
  goal: { ship: 5, stretch: 2 },
  open: async () => {
    const world = await openSnapshotWorld();
    const { service } = world;
    const file = await open(join(world.folder, 'baseline'), 'a');
    const [bytes = new Uint8Array()] = eventBytes(ticketEvents(1, tenant));
    let probes = 0;
    const visible = async () => {
      const subject = `Probe ${++probes}`;
      const { token } = await service.intake.append(tenant, [probeEvent(subject)]);
      const acknowledgedAtMs = performance.now();
      const body = await snapshotAt(service, token);
      const tookMs = performance.now() - acknowledgedAtMs;
      if (!body.includes(subject)) throw new Error('a snapshot lacks what its token covers');
      return tookMs;
    };
    const synced = async () => {
      const startedAtMs = performance.now();
      await file.write(bytes);
      await file.datasync();
      return performance.now() - startedAtMs;
    };
    const close = async () => {
      await file.close();
      await world.close();
    };
    const reached: number[] = [];
    const under = (probeMs: () => Promise<number>) => async () => {
      const { p99Ms, appliedPerSecond } = await p99UnderIngest(service, probeMs);
      reached.push(appliedPerSecond);
      return p99Ms;
    };
    const shortfall = () => rateShortfall(reached, EVENTS_PER_SECOND);
    return { ours: under(visible), baseline: under(synced), shortfall, close };
  },
};

/** A change of a ticket of the account that is asked for. */
function probeEvent(subject: string): JsonObject {
  const data = { id: 'T-0', accountId: 'A-1', subject, status: 'open' };
  return {
    specversion: '1.0',
    id: subject,
    source: '/bench/probe',
    type: 'ticket.updated',
    subject: 'T-0',
    tenant,
    data,
  };
}

async function snapshotAt(service: Service, token: string): Promise<string> {
  const atLeast = decodeToken(service.identity, token);
  const request = probeRequest({ level: 'at_least', atLeast, onViolation: 'wait' });
  const result = await service.snapshots.snapshot(request, {
    subject: 'bench',
    scopes: [],
    requestId: 'bench',
    traceparent: null,
  });
  if (result.kind !== 'released') throw new Error(`a probe was not answered: ${result.kind}`);
  return result.body;
}

interface UnderIngest {
  readonly p99Ms: number;
  readonly appliedPerSecond: number;
}

/** One at a time, so that probes do not queue behind each other. */
async function p99UnderIngest(service: Service, probeMs: () => Promise<number>): Promise<UnderIngest> {
  const records = recordsFor((EVENTS_PER_SECOND * ROUND_MS) / 1_000);
  const running = ingest(service, records, EVENTS_PER_SECOND);
  const endsAtMs = performance.now() + ROUND_MS;
  const taken: number[] = [];
  while (performance.now() < endsAtMs) {
    taken.push(await probeMs());
    await sleep(PROBE_EVERY_MS);
  }
  return { appliedPerSecond: await running, p99Ms: percentile(taken, 0.99) };
}
