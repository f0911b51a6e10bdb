import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOfLines } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import { type Kind, kindNames, kinds } from '../../../src/domain/kinds/index.js';
import { parseInstant } from '../../../src/domain/time.js';
import { type EventEntry, isEventEntry } from '../stream.js';
import { demoWorld, tenants, trapInstants, worldEndsAt, worldStartsAt } from './index.js';
import { modelOf } from './model.js';

const world = demoWorld();
const events = world.filter(isEventEntry);

/** Distinct entities that any event is about: deleted ones as well. */
function entityCount(kind: Kind, tenant: string): number {
  const ofKind = events.filter((entry) => entry.topicKind === kind && entry.tenant === tenant);
  return new Set(ofKind.map(({ event }) => event.subject)).size;
}

function opOf({ event }: EventEntry): string {
  return typeof event.op === 'string' ? event.op : 'upsert';
}

describe('the demo world', () => {
  it('has 40 accounts, 300 tickets, 120 entitlements and 60 policy versions in two tenants', () => {
    const counts = kindNames.map((kind) => [kind, tenants.map((tenant) => entityCount(kind, tenant))]);
    expect(Object.fromEntries(counts)).toEqual({
      account: [30, 10],
      ticket: [244, 56],
      entitlement: [95, 25],
      policy: [43, 17],
    });
  });

  it('is the same in every call and on every machine', () => {
    expect(demoWorld()).toEqual(world);
    expect(digestOfLines(world.map((entry) => canonicalJson(entry)))).toBe(
      'sha256-dbfc4188c04a3a02483ef6a3da0e1459aebe6cb7fa986e88085e717789d41a75',
    );
  });

  it('is ordered by arrival, inside its thirty days', () => {
    const arrivals = world.map(({ at }) => at);
    expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
    expect(arrivals[0]).toBeGreaterThanOrEqual(worldStartsAt);
    expect(arrivals.at(-1)).toBeLessThan(worldEndsAt);
    expect(Math.max(...trapInstants())).toBeLessThanOrEqual(worldEndsAt);
  });

  it('never lets an event arrive before it happened', () => {
    const early = events.filter(({ at, event }) => (parseInstant(event.time) ?? Number.POSITIVE_INFINITY) > at);
    expect(early.map(({ event }) => event.id)).toEqual([]);
  });

  it('gives every full state the fields of its kind, and an id equal to the subject', () => {
    for (const entry of events.filter((candidate) => opOf(candidate) === 'upsert')) {
      const { data, id, subject } = entry.event;
      const parsed = kinds[entry.topicKind].schema.safeParse(data);
      expect(parsed.success ? [] : parsed.error.issues, id).toEqual([]);
      expect(isJsonObject(data) ? data.id : undefined, id).toBe(subject);
    }
  });

  it('uses an event id again only for the very same event', () => {
    const first = new Map<string, string>();
    for (const { event } of events) {
      const name = `${event.source} ${event.id}`;
      expect(canonicalJson(event)).toBe(first.get(name) ?? canonicalJson(event));
      first.set(name, canonicalJson(event));
    }
    expect(events.length - first.size).toBe(3);
  });

  it('versions entitlements and policies and nothing else', () => {
    const versioned = new Set(events.filter(({ event }) => 'entityversion' in event).map((entry) => entry.topicKind));
    const unversioned = new Set(events.filter(({ event }) => !('entityversion' in event)).map((e) => e.topicKind));
    expect([...versioned].sort()).toEqual(['entitlement', 'policy']);
    expect([...unversioned].sort()).toEqual(['account', 'ticket']);
  });

  it('exercises every operation on versioned and on unversioned entities', () => {
    const forms = new Set(
      events.map((entry) => `${'entityversion' in entry.event ? 'versioned' : 'bare'} ${opOf(entry)}`),
    );
    expect([...forms].sort()).toEqual(
      ['bare', 'versioned'].flatMap((form) => ['delete', 'patch', 'upsert'].map((op) => `${form} ${op}`)),
    );
  });

  it('is folded without loss: two rejections, three duplicates, one superseded version', () => {
    const { outcomes } = modelOf(world);
    expect(outcomes).toEqual({ applied: world.length - 6, rejected: 2, duplicate: 3, superseded: 1 });
  });

  it('writes tickets that differ from one another', () => {
    const texts = events.flatMap(({ event }) =>
      event.type === 'ticket.opened' && isJsonObject(event.data) ? [event.data.body] : [],
    );
    expect(new Set(texts).size).toBeGreaterThan(280);
  });
});
