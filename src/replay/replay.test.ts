import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import type { RecordedEntry } from '../audit/port.js';
import { digestOf, type JsonObject } from '../domain/canonical.js';
import {
  account,
  caller,
  contextRequest,
  DrivenClock,
  entitlement,
  patch,
  policy,
  recordOf,
  remove,
  tenant,
  ticket,
  topics,
  World,
} from '../fixtures.test-support.js';
import type { RecordReading } from '../log/port.js';
import { topicsToOpen } from '../log/topics.js';
import { rebuildSnapshot, replayContent } from './content.js';
import { replayFull } from './full.js';
import type { Verdict } from './verdict.js';

type Loss = Extract<RecordReading, { kind: 'missing' }>['why'];

/** A log that can lose records below or above an offset, and be another one than it was. */
class LosingLog extends MemoryLog {
  readonly lost = new Map<string, Loss>();

  override async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    const found = await super.read(topic, partition, offsets);
    return found.map((one, index): RecordReading => {
      const why = this.lost.get(`${topic}:${offsets[index]}`);
      return why === undefined ? one : { kind: 'missing', why };
    });
  }

  /** What is lost is not delivered either. */
  override async *subscribe(...args: Parameters<MemoryLog['subscribe']>) {
    for await (const batch of super.subscribe(...args)) {
      const records = batch.records.filter(({ position }) => !this.lost.has(`${batch.topic}:${position.offset}`));
      yield { ...batch, records };
    }
  }
}

const newLosingLog = () => new LosingLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });

const world1: readonly JsonObject[] = [
  account('A-1'),
  ticket('T-1', { subject: 'slow' }),
  patch('ticket', 'T-1', { priority: 'high' }),
  entitlement('E-1', { startsAt: '2026-01-01', endsAt: '2026-12-31' }),
  policy('P-1', { effectiveFrom: '2026-01-01' }),
];

async function opened(log = newLosingLog()): Promise<World> {
  const world = await World.open({ log, clock: new DrivenClock('rushing') });
  await world.put(...world1);
  return world;
}

/** Releases a snapshot of A-1 and returns its audit entry and its body. */
async function release(world: World): Promise<{ readonly entry: RecordedEntry; readonly body: string }> {
  const result = await world.parts.snapshots.snapshot(contextRequest(), caller);
  if (result.kind !== 'released') throw new Error(result.kind);
  const finding = await world.parts.audit.find(tenant, result.id);
  if (finding.kind !== 'found') throw new Error(finding.kind);
  return { entry: finding.entry, body: result.body };
}

const verdictOf = (world: World, entry: RecordedEntry): Promise<Verdict> => replayContent(world.parts.replay, entry);

describe('a released snapshot', () => {
  it('replays with a MATCH, and to the bytes that were released', async () => {
    const world = await opened();
    const { entry, body } = await release(world);
    expect(await verdictOf(world, entry)).toEqual({ verdict: 'MATCH', depth: 'content', items: 4 });
    const rebuilt = await rebuildSnapshot(world.parts.replay, entry);
    expect(rebuilt.kind === 'rebuilt' && body.startsWith(`${rebuilt.body},"token":`)).toBe(true);
  });

  it.each<[string, readonly JsonObject[]]>([
    ['a change', [ticket('T-1', { subject: 'fast' })]],
    ['a patch', [patch('ticket', 'T-1', { status: 'closed' })]],
    ['a move to another account', [patch('ticket', 'T-1', { accountId: 'A-2' })]],
    ['a deletion', [remove('ticket', 'T-1'), remove('account', 'A-1')]],
    ['a deletion and a recreation', [remove('account', 'A-1'), account('A-1', { plan: 'free' })]],
    ['a policy that supersedes', [policy('P-2', { version: '2', effectiveFrom: '2026-02-01' })]],
  ])('still matches after %s, and after a restart', async (_what, changes) => {
    const world = await opened();
    const { entry } = await release(world);
    await world.put(...changes);
    expect(await verdictOf(world, entry)).toMatchObject({ verdict: 'MATCH' });
    expect(await verdictOf(await world.reopen(), entry)).toMatchObject({ verdict: 'MATCH' });
  });

  it('is the same bytes when it is released again from a restarted service', async () => {
    const world = await opened();
    const { entry } = await release(world);
    const again = await world.reopen();
    const content = (manifest: string) => JSON.parse(manifest).content;
    expect(content((await release(again)).entry.manifest)).toBe(content(entry.manifest));
  });
});

describe('a redrive', () => {
  const broken = recordOf('ticket', 'T-1', '{');
  const decide = async (world: World, subject: JsonObject, id = 'support.tickets:0:2') => {
    const repaired = recordOf('ticket', 'T-1', subject).value;
    await world.parts.rejected.decide(id, { kind: 'redriven', repaired });
    await world.settle();
  };

  it('before the release is seen by its replay, one after it is not; a restart changes neither', async () => {
    const world = await opened();
    await world.produce(broken, recordOf('ticket', 'T-1', patch('ticket', 'T-1', { later: true })));
    const before = await release(world);
    await decide(world, patch('ticket', 'T-1', { subject: 'repaired' }));
    const after = await release(world);
    await world.put(ticket('T-1', { subject: 'replaced' }));
    const later = await release(world);
    expect(JSON.parse(before.body).items[2].value.subject).toBe('slow');
    expect(JSON.parse(after.body).items[2].value.subject).toBe('repaired');
    for (const one of [world, await world.reopen()]) {
      for (const { entry } of [before, after, later])
        expect(await verdictOf(one, entry)).toMatchObject({ verdict: 'MATCH' });
    }
  });

  it('that takes an applied record out of force is seen by the replay of what came later', async () => {
    const world = await World.open({ log: newLosingLog(), clock: new DrivenClock('rushing') });
    await world.put(account('A-1'));
    const late = patch('ticket', 'T-2', { status: 'open' }, { entityversion: '9' });
    await world.produce(recordOf('ticket', 'T-2', patch('ticket', 'T-2', { n: 1 }, { entityversion: '8' })));
    await world.produce(recordOf('ticket', 'T-2', late));
    const redrive = async (offset: number, subject: JsonObject | null) => {
      const repaired = subject === null ? null : (recordOf('ticket', 'T-2', subject).value ?? null);
      await world.parts.rejected.decide(`support.tickets:0:${offset}`, { kind: 'redriven', repaired });
      await world.settle();
    };
    await redrive(0, ticket('T-2', { subject: 'repaired' }, { entityversion: '2' }));
    await redrive(1, null);
    await redrive(1, ticket('T-2', { subject: 'older' }, { entityversion: '1' }));
    await world.put(ticket('T-2', { subject: 'newest' }, { entityversion: '5' }));
    const { entry, body } = await release(world);
    expect(body).toContain('newest');
    for (const one of [world, await world.reopen()]) {
      expect(await verdictOf(one, entry)).toMatchObject({ verdict: 'MATCH' });
    }
  });

  it('followed by other decisions on the same record is still seen as it was', async () => {
    const world = await opened();
    await world.produce(broken);
    await decide(world, patch('ticket', 'T-1', { subject: 'first' }));
    const { entry } = await release(world);
    await decide(world, patch('ticket', 'T-1', { subject: 'second' }));
    await world.parts.rejected.decide('support.tickets:0:2', { kind: 'discarded' });
    await world.settle();
    for (const one of [world, await world.reopen()])
      expect(await verdictOf(one, entry)).toMatchObject({ verdict: 'MATCH' });
  });

  it('that taught the key an event id is still known past a full state', async () => {
    const world = await opened();
    await world.produce(broken);
    await decide(world, ticket('T-1', { subject: 'mine' }, { id: 'e-taken' }));
    await world.produce(
      recordOf('ticket', 'T-1', ticket('T-1', { subject: 'full' })),
      recordOf('ticket', 'T-1', ticket('T-1', { subject: 'reused' }, { id: 'e-taken' })),
      recordOf('ticket', 'T-1', patch('ticket', 'T-1', { later: true })),
    );
    const { entry, body } = await release(world);
    expect(body).toContain('"subject":"full"');
    expect(await verdictOf(world, entry)).toMatchObject({ verdict: 'MATCH' });
  });
});

describe('what has been lost is named', () => {
  it.each<[Loss, string]>([
    ['expired', 'expired'],
    ['compacted', 'compacted'],
    ['truncated', 'truncated'],
    ['beyond_end', 'truncated'],
  ])('a record that is %s makes the snapshot UNREPLAYABLE: %s, also after a restart', async (why, reason) => {
    const log = newLosingLog();
    const world = await opened(log);
    const { entry } = await release(world);
    for (const offset of [0, 1]) log.lost.set(`support.tickets:${offset}`, why);
    for (const one of [world, await world.reopen()]) {
      expect(await verdictOf(one, entry)).toMatchObject({ verdict: 'UNREPLAYABLE', reason });
    }
  });

  it('a lost full state under a patch is a loss and no mismatch', async () => {
    const log = newLosingLog();
    const world = await opened(log);
    const { entry } = await release(world);
    log.lost.set('support.tickets:0', 'expired');
    expect(await verdictOf(await world.reopen(), entry)).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'expired' });
  });

  it('another log, a topic made anew and other code are told apart', async () => {
    const world = await opened();
    const { entry } = await release(world);
    const { replay } = world.parts;
    const of = (identity: object) => replayContent({ ...replay, identity: { ...replay.identity, ...identity } }, entry);
    expect(await of({ id: 'log-2' })).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'recreated' });
    expect(await of({ incarnationOf: () => 'i-9' })).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'recreated' });
    const manifest = entry.manifest.replace('"assembler":"assembler-', '"assembler":"assembler-9');
    const other = { ...entry, manifest, id: digestOf(manifest) };
    expect(await verdictOf(world, other)).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'code_version' });
  });

  it('of a history that the log has lost is truncated, whatever stands at its positions now', async () => {
    const world = await opened();
    const { entry } = await release(world);
    const lostIn = (lost: string) => {
      const endOf = (partition: string) => (partition === lost ? 0n : undefined);
      return {
        ...world.parts.replay,
        identity: { ...world.parts.replay.identity, epochs: { epochOf: () => 1, endOf } },
      };
    };
    const truncated = { verdict: 'UNREPLAYABLE', reason: 'truncated' };
    for (const partition of ['support.tickets:0', 'crm.accounts:0']) {
      expect(await replayContent(lostIn(partition), entry)).toMatchObject(truncated);
      expect(await replayFull(lostIn(partition), entry)).toMatchObject(truncated);
    }
    expect(await replayFull(lostIn('elsewhere:0'), entry)).toMatchObject({ verdict: 'MATCH' });
  });

  it('a record that is no manifest is damaged', async () => {
    const world = await opened();
    const { entry } = await release(world);
    for (const manifest of ['{}', 'text', entry.manifest.replace('"format":1', '"format":2')]) {
      const verdict = await verdictOf(world, { ...entry, manifest, id: digestOf(manifest) });
      expect(verdict).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'audit_damaged' });
    }
    expect(await verdictOf(world, { ...entry, tenant: 'other' })).toMatchObject({ reason: 'audit_damaged' });
  });
});

describe('what has been altered is a MISMATCH', () => {
  it('one flipped digit anywhere in the audit record', async () => {
    const world = await opened();
    const { entry } = await release(world);
    const digits = [...entry.manifest.matchAll(/[0-9]/g)].map(({ index }) => index);
    for (const at of digits) {
      const flipped = (Number(entry.manifest[at]) + 1) % 10;
      const manifest = `${entry.manifest.slice(0, at)}${flipped}${entry.manifest.slice(at + 1)}`;
      const difference = { at: '', expected: entry.id, actual: digestOf(manifest) };
      expect(await verdictOf(world, { ...entry, manifest })).toEqual({ verdict: 'MISMATCH', difference });
    }
    expect(digits.length).toBeGreaterThan(300);
  });

  /** Somebody who rewrites the record and its id as well. */
  const forged = async (world: World, alter: (manifest: string) => string) => {
    const { entry } = await release(world);
    const manifest = alter(entry.manifest);
    expect(manifest).not.toBe(entry.manifest);
    return verdictOf(world, { ...entry, manifest, id: digestOf(manifest) });
  };

  it.each<[string, string, RegExp, string]>([
    ['an offset', '/items/2/source/hash', /"offset":"1"/, '"offset":"0"'],
    ['a hash', '/items/0/source/hash', /"hash":"sha256-../, '"hash":"sha256-00'],
    ['the content digest', '/content', /"content":"sha256-../, '"content":"sha256-00'],
    ['an event time', '/items/0', /"eventTime":null/, '"eventTime":"2026-01-01T00:00:00Z"'],
  ])('%s that was rewritten together with the id, by its first difference', async (_what, at, what, by) => {
    const world = await opened();
    const verdict = await forged(world, (manifest) => manifest.replace(what, by));
    expect(verdict).toMatchObject({ verdict: 'MISMATCH', difference: { at } });
  });
});
