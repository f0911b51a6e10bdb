/** Streams of records that nobody would write by hand, logs that cut them anyhow, and what is compared of two services. */
import fc from 'fast-check';
import { MemoryLog } from '../connectors/memory/log.js';
import type { JsonObject } from './domain/canonical.js';
import type { Entity } from './domain/entity.js';
import type { Kind } from './domain/kinds/index.js';
import { type PartitionKey, partitionKey } from './domain/position.js';
import {
  account,
  DrivenClock,
  keyOf,
  patch,
  policy,
  recordOf,
  remove,
  tenant,
  ticket,
  topics,
  type World,
} from './fixtures.test-support.js';
import { Bell } from './log/delivery.js';
import type { LogBatch, NewRecord } from './log/port.js';
import { topicsToOpen } from './log/topics.js';

/** T-0 and P-0 are ordered by position, T-1 by version; own them. */
export const keys = [
  keyOf('ticket', 'T-0'),
  keyOf('ticket', 'T-1'),
  keyOf('policy', 'P-0'),
  keyOf('account', 'A-0'),
  keyOf('account', 'A-1'),
];

const full: Readonly<Record<Kind, (id: string, data: JsonObject, more: JsonObject) => JsonObject>> = {
  ticket,
  account,
  policy,
  entitlement: ticket,
};

const move = fc.record({
  what: fc.constantFrom('upsert', 'upsert', 'patch', 'delete', 'tombstone', 'broken', 'nameless', 'reused', 'again'),
  key: fc.nat({ max: keys.length - 1 }),
  owner: fc.constantFrom('A-0', 'A-1'),
  n: fc.nat({ max: 3 }),
  version: fc.integer({ min: 1, max: 12 }),
  /** Now and then a key breaks its own kind of order. */
  mixed: fc.nat({ max: 19 }).map((dice) => dice === 0),
});

type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

/** One record of a move, `place` records after the first. */
function recordOfMove({ what, key, owner, n, version, mixed }: Move, place: number): NewRecord {
  const { kind, id } = keys[key] ?? keyOf('ticket', 'T-0');
  const versioned = (id === 'T-1') !== mixed;
  const more = { id: `e-${place}`, ...(versioned ? { entityversion: String(version) } : {}) };
  const data = kind === 'ticket' ? { accountId: owner, n } : { n };
  switch (what) {
    case 'patch':
      return recordOf(kind, id, patch(kind, id, { ...data, n: n === 0 ? null : n }, more));
    case 'delete':
      return recordOf(kind, id, remove(kind, id, more));
    case 'tombstone':
      return recordOf(kind, id, null);
    case 'broken':
      return recordOf(kind, id, '{');
    case 'nameless':
      return { ...recordOf(kind, id, '{'), key: null };
    case 'reused':
      return recordOf(kind, id, full[kind](id, data, { ...more, id: 'e-used' }));
    default:
      return recordOf(kind, id, full[kind](id, data, more));
  }
}

/** Full states, patches, deletes, tombstones, poison of several sorts, and what was there before again. */
export const records = fc.array(move, { minLength: 1, maxLength: 24 }).map(streamOf);

function streamOf(moves: readonly Move[]): readonly NewRecord[] {
  const made: NewRecord[] = [];
  for (const [place, one] of moves.entries()) {
    const earlier = one.what === 'again' ? made[(one.n * 7 + one.version) % Math.max(1, made.length)] : undefined;
    made.push(earlier ?? recordOfMove(one, place));
  }
  return made;
}

/** A stream with one place in it, and what should have stood there. */
export const flawed = fc.tuple(records, fc.nat(), move).map(([stream, at, one]) => {
  const place = at % (stream.length + 1);
  const sound = { ...one, what: ['upsert', 'patch', 'delete'][one.n % 3] as Move['what'] };
  return { before: stream.slice(0, place), right: recordOfMove(sound, 1_000), after: stream.slice(place) };
});

/** A log that hands out its records in slices of given sizes and, when told so, some of them a second time. */
export class CutLog extends MemoryLog {
  readonly #cuts: readonly number[];
  readonly #repeats: boolean;
  readonly #rung = new Bell();

  constructor(cuts: readonly number[], repeats: boolean) {
    super({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });
    this.#cuts = cuts;
    this.#repeats = repeats;
  }

  override async append(appended: readonly NewRecord[]) {
    const positions = await super.append(appended);
    this.#rung.ring();
    return positions;
  }

  override async *subscribe(names: readonly string[], _from: unknown, signal: AbortSignal): AsyncGenerator<LogBatch> {
    const next = new Map<PartitionKey, bigint>();
    signal.addEventListener('abort', () => this.#rung.ring(), { once: true });
    for (let turn = 0; !signal.aborted; ) {
      const rung = this.#rung.next();
      let delivered = false;
      for (const topic of names) {
        const cut = this.#cuts[turn++ % this.#cuts.length] ?? 1;
        const from = next.get(partitionKey(topic, 0)) ?? 0n;
        const back = this.#repeats && turn % 3 === 0 ? 2n : 0n;
        const batch = await this.#slice(topic, from > back ? from - back : 0n, from + BigInt(cut));
        if (batch === undefined || batch.nextOffset === from) continue;
        delivered = true;
        next.set(partitionKey(topic, 0), batch.nextOffset);
        yield batch;
      }
      if (!delivered) await rung;
    }
  }

  async #slice(topic: string, from: bigint, to: bigint): Promise<LogBatch | undefined> {
    for await (const found of this.scan(topic, 0, from, to)) {
      const last = found.at(-1);
      if (last !== undefined) return { topic, partition: 0, records: found, nextOffset: last.position.offset + 1n };
    }
    return undefined;
  }
}

export function plainLog(): MemoryLog {
  const clock = new DrivenClock();
  return new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => clock.wallMs() });
}

/** Without `revision`: it orders writes to the index, is in no answer, and a rebuild may need fewer steps. */
function drawn(entity: Entity | undefined): unknown {
  if (entity === undefined) return undefined;
  const { revision: _, ...rest } = entity;
  return rest;
}

/** Everything of a service that must be the same when it has applied the same log. */
export async function portrait({ state, log, parts }: World) {
  const views = await Promise.all(['A-0', 'A-1'].map((id) => state.account(tenant, id)));
  return {
    entities: (await state.entities(keys)).map(drawn),
    accounts: views.map(({ members, blocked, policies }) => ({
      members: members.map(({ key }) => key.id).sort(),
      blocked: blocked.map((mark) => ({ ...mark, concern: { ...mark.concern } })).sort(byRejected),
      policies: policies.digest,
    })),
    progress: await state.progress(),
    journal: keys.map((key) => parts.journal.index.recordsOf(key)),
    owned: await Promise.all(['A-0', 'A-1'].map((id) => ownedBy(id, { state, parts }))),
    letters: parts.rejected
      .list(null)
      .map(({ id, rejection, concern, decision }) => ({ rejected: id, rejection, concern, decision }))
      .sort(byRejected),
    ends: await log.ends(),
  };
}

/** What the journal finds for an account, of what belongs to it now: it may also know what once seemed to, before a redrive. */
async function ownedBy(id: string, { state, parts }: Pick<World, 'state' | 'parts'>): Promise<readonly string[]> {
  const found = await state.entities(parts.journal.index.keysOfAccount(tenant, id));
  return found.flatMap((entity) => (entity?.accountId === id ? entity.key.id : [])).sort();
}

function byRejected(a: { readonly rejected: string }, b: { readonly rejected: string }): number {
  return a.rejected < b.rejected ? -1 : a.rejected > b.rejected ? 1 : 0;
}

/** Of each partition that has records: how many are counted, and how many there are. */
export async function conservation({ state, log }: World): Promise<readonly (readonly [number, number])[]> {
  const records = await log.recordsThrough(await log.ends());
  return [...(await state.progress())].map(([partition, { counts }]) => {
    const counted = counts.applied + counts.superseded + counts.duplicate + counts.rejected;
    const negative = Object.values(counts).some((count) => count < 0);
    return [negative ? Number.NaN : counted, Number(records.get(partition) ?? 0n)] as const;
  });
}
