/** The second half of a run: nothing fails any more. Within the bound all is applied, indexed, decided, fresh and replayable. */

import { canonicalJson } from '../../src/domain/canonical.js';
import { entityKeyText } from '../../src/domain/entity.js';
import { type PositionVector, partitionKey } from '../../src/domain/position.js';
import type { LogRecord } from '../../src/log/port.js';
import type { Service } from '../../src/pipeline.js';
import type { SnapshotRequest } from '../../src/snapshot/request.js';
import { partitionsOf } from './answers.js';
import type { Operator } from './clients.js';
import { textOf } from './entity-text.js';
import { type Auditor, caller, type Reader, type Release } from './readers.js';
import { must } from './violation.js';
import { accounts, tenants, topics } from './workload.js';
import type { World } from './world.js';

/** Virtual milliseconds from the last fault to everything being fresh. */
const BOUND_MS = 200_000;
const POLL_MS = 250;
/** Answers replayed at both depths at the end of a run. */
const REPLAYS = 12;

export interface Crew {
  readonly operator: Operator;
  readonly reader: Reader;
  readonly auditor: Auditor;
  readonly releases: readonly Release[];
}

/** Throws when the bound is passed. Returns after how many virtual milliseconds everything was as it should be. */
export async function recovers(world: World, crew: Crew): Promise<number> {
  const { scheduler, faults, life } = world;
  faults.end();
  life.heal();
  scheduler.note('faults end');
  const beganMs = scheduler.nowMs;
  let lacking = 'a first look';
  for (;;) {
    const passedMs = scheduler.nowMs - beganMs;
    must(passedMs < BOUND_MS, 'live', () => `after ${BOUND_MS} ms there still is ${lacking}`);
    lacking = await lackingIn(world, crew);
    if (lacking === '') return scheduler.nowMs - beganMs;
    await scheduler.sleep(POLL_MS);
  }
}

/** The first thing that is not as it should be; empty when all is. */
async function lackingIn(world: World, { operator, reader }: Crew): Promise<string> {
  const running = world.life.now;
  if (running?.service === undefined) return 'no service';
  const behind = unapplied(world, await running.stores.state.through());
  if (behind !== undefined) return `unapplied records in ${behind}`;
  if (!(await operator.clear())) return 'something blocked';
  if ((await running.stores.state.allPending(1)).length > 0) return 'something pending';
  const stuck = [...running.service.materializer.states].find(([, state]) => state !== 'live');
  if (stuck !== undefined) return `${stuck[0]} ${stuck[1]}`;
  for (const tenant of tenants) {
    for (const account of accounts) {
      const label = await labelOf(world, reader, { tenant, account });
      if (label !== 'fresh') return `an answer for ${tenant} ${account} that is ${label}`;
    }
  }
  return '';
}

function unapplied({ durable }: World, through: PositionVector): string | undefined {
  const sources = [...topics.sources, { name: topics.rejected, partitions: 1 }];
  return partitionsOf(sources).find((key) => (through.get(key) ?? -1n) < durable.end(key) - 1n);
}

async function labelOf(
  world: World,
  reader: Reader,
  of: { readonly tenant: string; readonly account: string },
): Promise<string> {
  const asked = await world.ask('label', (service) => {
    const { consistency, ...plain } = reader.request(of.tenant, 'fastest', new Map());
    const kinds = ['account', 'entitlement', 'policy', 'ticket'] as const;
    const patient = { ...consistency, maxStalenessMs: 5_000, onViolation: 'mark' } as const;
    const request: SnapshotRequest = { ...plain, ...of, mode: 'context', question: null, kinds, consistency: patient };
    return service.snapshots.snapshot(request, caller);
  });
  if (asked.kind !== 'answered') return asked.kind;
  const result = asked.value;
  if (result.kind === 'released') return JSON.parse(result.body).freshness.label;
  return result.kind === 'not_found' ? result.freshness.label : result.kind;
}

/** Everything is applied: now the state must be the fold of the whole log, and all of the past must still be there. */
export async function checkEnd(world: World, { auditor, releases }: Crew): Promise<void> {
  const { service, stores } = world.life.now ?? {};
  if (service === undefined || stores === undefined) throw new Error('a service has just answered');
  // An append that was late when the faults ended may land after the last look.
  while (unapplied(world, await stores.state.through()) !== undefined) await world.scheduler.sleep(POLL_MS);
  const through = await stores.state.through();
  const keys = world.model.keys;
  const entities = await stores.state.entities(keys);
  for (const [index, key] of keys.entries()) {
    const [is, should] = [entities[index], world.model.entityAt(key, through)];
    const same = textOf(is) === textOf(should);
    must(same, 'P3', () => `${entityKeyText(key)} is ${textOf(is)} and should be ${textOf(should)}`);
  }
  const progress = await stores.state.progress();
  for (const [partition, counts] of world.model.counts()) {
    const is = canonicalJson({ ...(progress.get(partition)?.counts ?? noCounts) });
    must(is === canonicalJson(counts), 'P1', () => `${partition} counts ${is} and should ${canonicalJson(counts)}`);
  }
  await checkRejected(world, service);
  const newest = releases.slice(-REPLAYS);
  for (const release of newest) for (const depth of ['content', 'full'] as const) await auditor.replay(release, depth);
}

const noCounts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };

/** P8: what was ever rejected is listed with its bytes, and nothing else is. */
async function checkRejected({ model, durable }: World, service: Service): Promise<void> {
  const listed = new Set(service.rejected.list(null).map(({ id }) => id));
  const last = durable.end(partitionKey(topics.rejected, 0));
  for (const id of model.rejected(last).keys())
    must(listed.has(id), 'P8', () => `${id} was rejected and is not listed`);
  const ever = new Map([-1n, ...model.decisions].flatMap((decided) => [...model.rejected(decided)]));
  for (const id of listed) {
    const record = ever.get(id);
    must(record !== undefined, 'P8', () => `${id} is listed and was never rejected`);
    const kept = await service.rejected.bytesOf(id);
    const same = kept !== undefined && record !== undefined && bytesText(kept) === bytesText(record);
    must(same, 'P8', () => `the letter of ${id} has other bytes`);
  }
}

function bytesText({ key, value, headers }: LogRecord): string {
  const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('base64'));
  return JSON.stringify([text(key), text(value), headers.map(([name, bytes]) => [name, text(bytes)])]);
}
