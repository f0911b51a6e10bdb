import { describe, expect, it } from 'vitest';
import type { RecordedEntry } from '../audit/port.js';
import type { JsonObject } from '../domain/canonical.js';
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
  World,
} from '../fixtures.test-support.js';
import type { ItemChange } from './compare.js';
import { differingFields } from './compare.js';
import { type Validity, validityOf } from './validity.js';

// The clock of these worlds begins at 2026-03-01T00:00:00Z.
const dayMs = 86_400_000;

interface Story {
  readonly world: World;
  readonly entry: RecordedEntry;
  /** Applies the events, lets the days pass, and asks whether the snapshot still holds. */
  after(bodies: readonly JsonObject[], days?: number): Promise<Validity>;
}

async function released(...bodies: readonly JsonObject[]): Promise<Story> {
  const world = await World.open({ clock: new DrivenClock('rushing') });
  await world.put(account('A-1'), ...bodies);
  const result = await world.parts.snapshots.snapshot(contextRequest(), caller);
  if (result.kind !== 'released') throw new Error(result.kind);
  const finding = await world.parts.audit.find(tenant, result.id);
  if (finding.kind !== 'found') throw new Error(finding.kind);
  const { entry } = finding;
  const after = async (changes: readonly JsonObject[], days = 0) => {
    if (changes.length > 0) await world.put(...changes);
    world.clock.advance(days * dayMs);
    return validityOf(world.parts.replay, entry);
  };
  return { world, entry, after };
}

const changesOf = (validity: Validity): readonly ItemChange[] =>
  validity.kind === 'superseded'
    ? validity.changes
    : [{ ref: validity.kind, change: 'moved', by: { kind: 'ranking' }, fields: [] }];

const byEvent = (position: string) => ({ kind: 'event', position }) as const;
const byTime = (at: string) => ({ kind: 'time', at }) as const;

describe('a released snapshot is still valid', () => {
  it.each<[string, readonly JsonObject[]]>([
    ['nothing has happened', []],
    ['another account has changed', [account('A-2'), ticket('T-9', { accountId: 'A-2' })]],
    ['an event came again', [ticket('T-1')]],
    ['a closed ticket was added', [ticket('T-2', { status: 'closed' })]],
    ['a full state of the same content came', [ticket('T-1', {}, { id: 'another' })]],
    ['a policy of other plans was added', [policy('P-9', { policyId: 'other', appliesTo: { plans: ['free'] } })]],
  ])('when %s', async (_what, changes) => {
    const story = await released(ticket('T-1'), policy('P-1'));
    expect(await story.after(changes)).toMatchObject({ kind: 'valid', freshness: { label: 'fresh' } });
  });
});

describe('a released snapshot is superseded', () => {
  it('by an event that changes an item, with its position and the fields', async () => {
    const story = await released(ticket('T-1', { subject: 'slow', tags: { a: 1 } }));
    const validity = await story.after([patch('ticket', 'T-1', { subject: 'fast', tags: { 'a/b': 2 } })]);
    expect(changesOf(validity)).toEqual([
      { ref: 'ticket/T-1', change: 'changed', by: byEvent('support.tickets:0:1'), fields: ['/subject', '/tags/a~1b'] },
    ]);
  });

  it('by an event that removes an item: closed, deleted or moved away', async () => {
    const story = await released(ticket('T-1'), ticket('T-2'), ticket('T-3'));
    const gone = [
      patch('ticket', 'T-1', { status: 'closed' }),
      remove('ticket', 'T-2'),
      patch('ticket', 'T-3', { accountId: 'A-2' }),
    ];
    const positions = changesOf(await story.after(gone)).map(({ ref, change, by }) => [ref, change, by]);
    expect(positions.sort()).toEqual([
      ['ticket/T-1', 'removed', byEvent('support.tickets:0:3')],
      ['ticket/T-2', 'removed', byEvent('support.tickets:0:4')],
      ['ticket/T-3', 'removed', byEvent('support.tickets:0:5')],
    ]);
  });

  it('by a ticket that was added', async () => {
    const story = await released(ticket('T-1'));
    const changes = changesOf(await story.after([ticket('T-0', { priority: 'urgent' })]));
    expect(changes).toEqual([{ ref: 'ticket/T-0', change: 'added', by: byEvent('support.tickets:0:1'), fields: [] }]);
  });

  it('by the order alone, when that is all that changed', async () => {
    const story = await released(ticket('T-1', { updatedAt: '2026-01-02' }), policy('P-1'));
    const changes = changesOf(await story.after([policy('P-2', { policyId: 'p2', appliesTo: { plans: ['pro'] } })]));
    expect(changes).toMatchObject([{ ref: 'policy/P-2', change: 'added', by: byEvent('support.policies:0:1') }]);
  });

  it('by time, when a window closes or opens without any event', async () => {
    const story = await released(
      entitlement('E-1', { endsAt: '2026-03-05' }),
      entitlement('E-2', { startsAt: '2026-03-07' }),
    );
    expect(changesOf(await story.after([], 5))).toEqual([
      { ref: 'entitlement/E-1', change: 'removed', by: byTime('2026-03-05T00:00:00.000Z'), fields: [] },
    ]);
    expect(changesOf(await story.after([], 3))).toMatchObject([
      { ref: 'entitlement/E-1', change: 'removed' },
      { ref: 'entitlement/E-2', change: 'added', by: byTime('2026-03-07T00:00:00.000Z') },
    ]);
  });

  it('by the event of a new policy version in force, named at both items', async () => {
    const story = await released(policy('P-1', { effectiveFrom: '2026-01-01' }));
    const successor = policy('P-2', { version: '2', effectiveFrom: '2026-02-01' });
    expect(changesOf(await story.after([successor]))).toMatchObject([
      { ref: 'policy/P-1', change: 'removed', by: byEvent('support.policies:0:1') },
      { ref: 'policy/P-2', change: 'added', by: byEvent('support.policies:0:1') },
    ]);
  });

  it('by the event of a new version also when neither says from when it holds', async () => {
    const story = await released(policy('P-1'));
    expect(changesOf(await story.after([policy('P-2', { version: '10' })]))).toMatchObject([
      { ref: 'policy/P-1', change: 'removed', by: byEvent('support.policies:0:1') },
      { ref: 'policy/P-2', change: 'added' },
    ]);
  });

  it('by the event that schedules a successor, and by the one that withdraws it', async () => {
    const successor = policy('P-2', { version: '2', effectiveFrom: '2026-09-01' });
    const story = await released(policy('P-1', { effectiveFrom: '2026-01-01' }));
    const change = { ref: 'policy/P-1', change: 'changed', fields: ['/successor'] };
    expect(changesOf(await story.after([successor]))).toEqual([{ ...change, by: byEvent('support.policies:0:1') }]);
    const named = await released(policy('P-1', { effectiveFrom: '2026-01-01' }), successor);
    const withdrawn = await named.after([remove('policy', 'P-2')]);
    expect(changesOf(withdrawn)).toEqual([{ ...change, by: byEvent('support.policies:0:2') }]);
  });

  it('by time, when a version that was already scheduled takes effect', async () => {
    const scheduled = policy('P-2', { version: '2', effectiveFrom: '2026-03-10' });
    const story = await released(policy('P-1', { effectiveFrom: '2026-01-01' }), scheduled);
    expect(await story.after([], 8)).toMatchObject({ kind: 'valid' });
    const at = byTime('2026-03-10T00:00:00.000Z');
    expect(changesOf(await story.after([], 2))).toMatchObject([
      { ref: 'policy/P-1', change: 'removed', by: at },
      { ref: 'policy/P-2', change: 'added', by: at },
    ]);
  });

  it('by a redrive, named by the decision: the watermark has not moved', async () => {
    const world = await World.open();
    await world.put(account('A-1'), ticket('T-1', { subject: 'slow' }));
    await world.produce(
      recordOf('ticket', 'T-1', '{'),
      recordOf('ticket', 'T-1', patch('ticket', 'T-1', { later: true })),
    );
    const result = await world.parts.snapshots.snapshot(contextRequest(), caller);
    const finding = result.kind === 'released' && (await world.parts.audit.find(tenant, result.id));
    const repaired = recordOf('ticket', 'T-1', patch('ticket', 'T-1', { subject: 'repaired' })).value;
    const decision = await world.parts.rejected.decide('support.tickets:0:1', { kind: 'redriven', repaired });
    await world.settle();
    if (finding === false || finding.kind !== 'found') throw new Error('released and recorded');
    expect(changesOf(await validityOf(world.parts.replay, finding.entry))).toMatchObject([
      {
        ref: 'ticket/T-1',
        change: 'changed',
        by: byEvent(`copilot.rejected:0:${decision.offset}`),
        fields: ['/subject'],
      },
    ]);
  });

  it('as a whole, when its account is gone', async () => {
    const story = await released(ticket('T-1'));
    expect(await story.after([remove('account', 'A-1')])).toMatchObject({ kind: 'account_gone' });
  });
});

describe('the validity of a snapshot', () => {
  it('is judged by what it was compared with: a log out of reach is not called fresh', async () => {
    const story = await released(ticket('T-1'));
    story.world.log.ends = () => Promise.reject(new Error('unreachable'));
    story.world.clock.advance(60_000);
    expect(await validityOf(story.world.parts.replay, story.entry)).toMatchObject({
      kind: 'valid',
      freshness: { label: 'stale', ageMs: 60_000 },
    });
  });

  it('of a record that was altered is no validity but a mismatch', async () => {
    const { world, entry } = await released(ticket('T-1'));
    const altered = { ...entry, manifest: entry.manifest.replace('support', 'sales') };
    expect(await validityOf(world.parts.replay, altered)).toMatchObject({ verdict: { verdict: 'MISMATCH' } });
  });
});

describe('fields that differ', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1 }, { a: 2 }, ['/a']],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, ['/a/c']],
    [{ a: [1, 2] }, { a: [2, 1] }, ['/a']],
    [{ a: 1 }, {}, ['/a']],
    [{ '~/': 1 }, { '~/': 2 }, ['/~0~1']],
    [{ a: { b: 1 } }, { a: null }, ['/a']],
  ])('of %j and %j are %j', (before, after, pointers) => {
    expect(differingFields(before, after as JsonObject, '')).toEqual(pointers);
  });
});
