/** The checkers of the ledger are given histories in which nothing is wrong, and then one thing is: each finds its own. */
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, type JsonObject } from '../../../src/domain/canonical.js';
import { defaultTopics, topicAbout } from '../../../src/log/topics.js';
import { seeded } from '../../random.js';
import { countsAddUp, enginesAgree, nothingLost } from './checkers.js';
import { LedgerFold } from './fold.js';
import type { Acked, Counted, HeldIndex, HeldState, Reply } from './history.js';
import { contentIsTheFold, noFalseAge, nothingBreaks, nothingRegresses } from './reply-checkers.js';
import { nameOf, type Sending, type Sort, type Subject, Workload } from './workload.js';

const RECORDS = 2_000;
const sources = new Map(defaultTopics.sources.map(({ name, about }) => [name, about]));

/** A partition a topic; a record is acknowledged each millisecond. */
function acknowledged(sendings: readonly Sending[]): readonly Acked[] {
  const ends = new Map<string, bigint>();
  return sendings.map((sending, ackedAtMs) => {
    const topic = topicAbout(defaultTopics, sending.subject.kind).name;
    const offset = ends.get(topic) ?? 0n;
    ends.set(topic, offset + 1n);
    return { ...sending, topic, partition: 0, offset, ackedAtMs };
  });
}

function sendings(seed: number): readonly Sending[] {
  const workload = new Workload({ tenants: 2, entities: 4 }, seeded(seed));
  const all: Sending[] = [];
  while (all.length < RECORDS) all.push(...workload.next());
  return all;
}

function foldOf(acked: readonly Acked[]): LedgerFold {
  const fold = new LedgerFold(sources);
  for (const one of acked) fold.take(one);
  return fold;
}

/** A service without faults: what its engines hold at the end, and what it says after so many of the records. */
class Sound {
  readonly acked = acknowledged(sendings(5));
  readonly fold = foldOf(this.acked);
  readonly state = new Map<string, HeldState>();
  readonly index = new Map<string, HeldIndex>();

  constructor() {
    for (const name of this.fold.names) {
      const last = this.fold.last(name);
      if (last === undefined) continue;
      const { offset, version, value } = last;
      this.state.set(name, { offset, version: String(version), value });
      const hash = value === null ? null : digestOf(canonicalJson(value));
      if (name.includes(' policy/')) this.index.set(name, { hash, isWhole: true });
    }
  }

  get counted(): readonly Counted[] {
    const partitions = ['account', 'ticket', 'entitlement', 'policy'].map((kind) => {
      const topic = topicAbout(defaultTopics, kind as Subject['kind']).name;
      const counts = { ...this.fold.counts(topic, 0), addsUp: true };
      const highWatermark = String(this.acked.filter((one) => one.topic === topic).length);
      return { topic, partition: 0, highWatermark, counts };
    });
    return [{ instance: 'a', partitions }];
  }

  /** An answer of no age that is asked for after so many records. */
  replyAfter(records: number, account = 'A-0', more: Partial<Reply> = {}): Reply {
    const ends = new Map(this.acked.slice(0, records).map(({ topic, offset }) => [topic, offset]));
    const through = (topic: string) => ends.get(topic) ?? -1n;
    const number = account.slice(2);
    const items = [`account/A-${number}`, `ticket/T-${number}`, `entitlement/E-${number}`].flatMap((ref) => {
      const found = this.fold.at(`tenant-0 ${ref}`, through);
      if (found?.value == null) return [];
      const { topic, partition, offset, version, value } = found;
      return [{ ref, source: { topic, partition, offset: String(offset), entityVersion: String(version) }, value }];
    });
    const stamp = { through: Object.fromEntries([...ends].map(([topic, end]) => [topic, { '0': String(end) }])) };
    const freshness = { label: 'fresh', ageMs: 0, reasons: [] };
    const body = { id: `s-${records}`, freshness, items, omitted: [], omittedCount: 0, stamp, token: 't' };
    const asked = { session: 'one', instance: 'a', tenant: 'tenant-0', account, question: null, passesOn: true };
    const common = { after: [], maxStalenessMs: 50, askedAtMs: records, status: 200, text: JSON.stringify(body) };
    return { ...asked, ...common, ...more };
  }
}

const sound = new Sound();
const replies = [200, 600, 1_100, 1_990].map((records) => sound.replyAfter(records));

function bodyOf({ text }: Reply): JsonObject & { items: JsonObject[] } {
  return JSON.parse(text);
}

function doctored(reply: Reply, change: (body: ReturnType<typeof bodyOf>) => object): Reply {
  const body = bodyOf(reply);
  return { ...reply, text: JSON.stringify({ ...body, ...change(body) }) };
}

function newestOf(sort: Sort, kind: Subject['kind']): Acked {
  const found = sound.acked.findLast((one) => one.sort === sort && one.subject.kind === kind && !one.isDeletion);
  if (found === undefined) throw new Error(`no ${sort} ${kind}`);
  return found;
}

it('sends everything that the plan asks for, and every record has an outcome', () => {
  const sorts = new Set(sound.acked.map(({ sort }) => sort));
  expect([...sorts].sort()).toEqual(['again', 'duplicate', 'new', 'poison']);
  expect(sound.acked.some(({ isDeletion }) => isDeletion)).toBe(true);
  const counted = sound.counted[0]?.partitions.map(({ counts }) => counts) ?? [];
  for (const outcome of ['applied', 'superseded', 'duplicate', 'rejected'] as const)
    expect(
      counted.reduce((sum, counts) => sum + counts[outcome], 0),
      outcome,
    ).toBeGreaterThan(0);
});

it('finds nothing where nothing is wrong, and has looked', () => {
  const findings = [
    nothingBreaks(replies, []),
    nothingLost(sound.acked, sound.acked, sound.state),
    nothingRegresses(replies, sound.fold),
    contentIsTheFold(replies, sound.fold),
    noFalseAge(replies, sound.acked),
    enginesAgree(sound.fold, sound.state, sound.index),
    countsAddUp(sound.counted, sound.fold, new Set(sources.keys())),
  ];
  for (const { checker, looked, faults } of findings) {
    expect(faults, checker).toEqual([]);
    expect(looked, checker).toBeGreaterThan(0);
  }
});

it('C0 finds a process that ended by itself, and a status that nobody should see', () => {
  const failed = { ...sound.replyAfter(200), status: 500, text: 'internal' };
  expect(nothingBreaks([...replies, failed], ['b ended by itself']).faults).toEqual([
    'b ended by itself',
    'a answered 500: internal',
  ]);
});

describe('C1', () => {
  it('finds a record that is not in its topic, and one with other bytes', () => {
    const { faults } = nothingLost(sound.acked, sound.acked.slice(1), sound.state);
    expect(faults).toHaveLength(1);
    const [first, ...others] = sound.acked;
    const changed = first === undefined ? [] : [{ ...first, value: Buffer.from('{}') }];
    expect(nothingLost(sound.acked, [...changed, ...others], sound.state).faults).toHaveLength(1);
  });

  it('finds an entity that the state has as it was before an acknowledged change', () => {
    const name = nameOf(newestOf('new', 'ticket').subject);
    const held = sound.state.get(name);
    const older = new Map(sound.state).set(name, { offset: 0n, value: held?.value ?? null, version: '1' });
    expect(nothingLost(sound.acked, sound.acked, older).faults[0]).toContain('the state has 1');
  });
});

describe('C2', () => {
  it('finds a session that sees an item as it was before', () => {
    const { faults } = nothingRegresses([...replies].reverse(), sound.fold);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]).toMatch(/went from #\d+ to #\d+/);
  });

  it('finds an item that is gone and was never deleted, and holds nothing against one that says its token is not covered', () => {
    const last = sound.replyAfter(RECORDS);
    const ref = String(bodyOf(last).items[0]?.ref);
    const emptied = doctored(last, () => ({ items: [] }));
    expect(nothingRegresses([last, emptied], sound.fold).faults.join()).toContain(`${ref}#`);
    const freshness = { label: 'stale', ageMs: 9, reasons: [{ code: 'tokens_not_covered' }] };
    const marked = doctored(emptied, () => ({ freshness }));
    expect(nothingRegresses([last, marked], sound.fold).faults).toEqual([]);
  });
});

describe('C3', () => {
  const reply = sound.replyAfter(RECORDS);

  it('finds a value, a place or a moment that the topics do not have', () => {
    const withItem = (change: object) =>
      doctored(reply, ({ items: [first, ...others] }) => ({ items: [{ ...first, ...change }, ...others] }));
    const [first] = bodyOf(reply).items;
    const source = { ...(first?.source as JsonObject), offset: '0' };
    expect(contentIsTheFold([withItem({ value: { n: 1 } })], sound.fold).faults).toHaveLength(1);
    expect(contentIsTheFold([withItem({ source })], sound.fold).faults).toHaveLength(1);
    const { stamp } = bodyOf(sound.replyAfter(100));
    expect(contentIsTheFold([doctored(reply, () => ({ stamp }))], sound.fold).faults.length).toBeGreaterThan(0);
  });

  it('finds what is left out without being told', () => {
    const [first, ...others] = bodyOf(reply).items;
    const shorter = doctored(reply, () => ({ items: others }));
    expect(contentIsTheFold([shorter], sound.fold).faults).toEqual([`s-${RECORDS} lacks ${first?.ref}`]);
    const told = doctored(shorter, () => ({ omitted: [{ ref: String(first?.ref) }], omittedCount: 1 }));
    expect(contentIsTheFold([told], sound.fold).faults).toEqual([]);
  });
});

describe('C4', () => {
  const old = sound.replyAfter(300, 'A-0', { askedAtMs: RECORDS + 1 });

  it('finds an answer that is older than it says, whatever its label', () => {
    expect(noFalseAge([old], sound.acked).faults.length).toBeGreaterThan(0);
    const labelled = doctored(old, () => ({ freshness: { label: 'stale', ageMs: 10, reasons: [] } }));
    expect(noFalseAge([labelled], sound.acked).faults.length).toBeGreaterThan(0);
    const honest = doctored(old, () => ({ freshness: { label: 'stale', ageMs: RECORDS, reasons: [] } }));
    expect(noFalseAge([honest], sound.acked).faults).toEqual([]);
  });

  it('finds an account of which it is said that there is none', () => {
    const missing = { ...old, status: 404, text: JSON.stringify({ freshness: { ageMs: 0 } }) };
    const isGone = sound.fold.last('tenant-0 account/A-0')?.value === null;
    const account = isGone ? 'A-2' : 'A-0';
    expect(noFalseAge([{ ...missing, account }], sound.acked).faults[0]).toContain('is not shown');
  });

  it('finds an answer that does not cover the place it was given, unless it says so', () => {
    const { topic, partition, offset } = newestOf('new', 'account');
    const asked = { ...sound.replyAfter(300), after: [{ topic, partition, offset }] };
    expect(noFalseAge([asked], sound.acked).faults[0]).toContain('does not cover its token');
    const freshness = { label: 'stale', ageMs: 0, reasons: [{ code: 'tokens_not_covered' }] };
    expect(noFalseAge([doctored(asked, () => ({ freshness }))], sound.acked).faults).toEqual([]);
  });
});

describe('C7', () => {
  const name = nameOf(newestOf('new', 'policy').subject);
  const agree = (state: ReadonlyMap<string, HeldState>, index: ReadonlyMap<string, HeldIndex>) =>
    enginesAgree(sound.fold, state, index).faults;
  const without = <Held>(held: ReadonlyMap<string, Held>) => new Map([...held].filter(([key]) => key !== name));

  it('finds what Redis lacks, has otherwise, or has of nobody', () => {
    expect(agree(without(sound.state), sound.index)).toEqual([`${name} is not in the state`]);
    const other = new Map(sound.state).set(name, { offset: 0n, version: '1', value: null });
    expect(agree(other, sound.index)).toHaveLength(1);
    const stranger = new Map(sound.state).set('tenant-0 ticket/T-x', { offset: 0n, version: '1', value: null });
    expect(agree(stranger, sound.index)).toEqual(['tenant-0 ticket/T-x is in the state and in no topic']);
  });

  it('finds what the index lacks, has of another state, has in part, or has of nobody', () => {
    const present = [...sound.index].find(([, { hash }]) => hash !== null)?.[0] ?? '';
    const changed = (held: HeldIndex | undefined, of = present) => {
      const index = new Map(sound.index);
      if (held === undefined) index.delete(of);
      else index.set(of, held);
      return agree(sound.state, index);
    };
    expect(changed(undefined)).toHaveLength(1);
    expect(changed({ hash: digestOf('{}'), isWhole: true })).toHaveLength(1);
    expect(changed({ hash: sound.index.get(present)?.hash ?? null, isWhole: false })).toHaveLength(1);
    expect(changed({ hash: digestOf('{}'), isWhole: true }, 'tenant-0 policy/P-x')).toHaveLength(1);
  });
});

describe('C11', () => {
  it.each([
    ['counted twice', { applied: 1 }],
    ['not counted', { duplicate: -1 }],
    ['counted as another outcome', { applied: 1, duplicate: -1 }],
  ])('finds a record that is %s', (_, change) => {
    const counted = sound.counted.map(({ instance, partitions: [first, ...others] }) => {
      if (first === undefined) throw new Error('there are partitions');
      const counts = { ...first.counts };
      for (const [outcome, by] of Object.entries(change)) counts[outcome as 'applied'] += by;
      return { instance, partitions: [{ ...first, counts }, ...others] };
    });
    expect(countsAddUp(counted, sound.fold, new Set(sources.keys())).faults).toHaveLength(1);
  });
});
