import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyChanges, mixed, question, streamOf } from '../metamorphic/streams.test-support.js';
import { size } from '../prove/settings.js';
import type { ReleasedValue } from './oracle.js';
import { type Asked, Witnessed } from './oracle.test-support.js';
import { tellNoise, toldStory } from './oracle-story.test-support.js';
import type { FindingKind } from './types.js';

type WrongItems = ReturnType<typeof toldStory>['wrong'];

const tenants = ['acme', 'other'];
const asks: readonly Asked[] = tenants.flatMap((tenant) => [
  ...['A-1', 'A-2'].flatMap((account) => [
    { tenant, account, question, mode: 'context' } as const,
    { tenant, account, question, mode: 'search' } as const,
  ]),
  { tenant, account: null, question, mode: 'search' } as const,
]);

/** Before, between and after the borders that the windows of the generated streams have. */
const instants = [Date.UTC(2026, 0, 10), Date.UTC(2026, 1, 10), Date.UTC(2026, 2, 1), Date.UTC(2026, 3, 1)];

async function judgedItems(stream: Parameters<Witnessed['play']>[0]): Promise<number> {
  const witnessed = await Witnessed.open(tenants);
  const piece = Math.ceil(stream.length / instants.length);
  let judged = 0;
  for (const [turn, atMs] of instants.entries()) {
    await witnessed.play(stream.slice(turn * piece, (turn + 1) * piece), atMs);
    for (const asked of asks) {
      const answer = await witnessed.answer(asked);
      if (answer === undefined) continue;
      judged += answer.items.length;
      expect(witnessed.oracle.judge(answer), JSON.stringify(asked)).toEqual([]);
    }
  }
  await witnessed.stop();
  return judged;
}

describe('the oracle', () => {
  const timeout = size(120_000, 3_600_000);
  it('finds nothing wrong with what the service answers, whatever was in the stream', { timeout }, async () => {
    let judged = 0;
    const picks = fc.array(fc.boolean(), { minLength: 1 });
    const law = fc.asyncProperty(anyChanges, anyChanges, picks, async (ours, theirs, order) => {
      judged += await judgedItems(mixed(streamOf('acme', ours), streamOf('other', theirs), order));
    });
    await fc.assert(law, { numRuns: size(12, 500) });
    expect(judged).toBeGreaterThan(500);
  });

  it('finds nothing wrong with the true answer of a story', () => {
    const { story, right } = toldStory();
    expect(story.judge(right)).toEqual([]);
  });

  const broken: readonly [what: string, finding: FindingKind, item: (wrong: WrongItems) => ReleasedValue][] = [
    ['an older state of a ticket', 'stale_hit', ({ older }) => older],
    ['a deleted ticket', 'stale_hit', ({ deleted }) => deleted],
    ['a ticket that nobody spoke of', 'stale_hit', ({ ticket }) => ({ ...ticket, ref: 'ticket/T-99' })],
    ['a value other than its hash', 'stale_hit', ({ ticket }) => ({ ...ticket, value: { id: 'T-1' } })],
    [
      'the right value under an older stamp',
      'stale_hit',
      ({ ticket, older: { position } }) => ({ ...ticket, position }),
    ],
    ['the superseded version of a policy', 'wrong_policy_version', ({ superseded }) => superseded],
    ['the scheduled version of a policy', 'wrong_policy_version', ({ scheduled }) => scheduled],
    ['an entitlement that has ended', 'entitlement_leak', ({ ended }) => ended],
    ['an entitlement that was revoked', 'entitlement_leak', ({ revoked }) => revoked],
    ['a policy for another plan', 'entitlement_leak', ({ otherPlan }) => otherPlan],
    ['a policy for a product that is no longer active', 'entitlement_leak', ({ otherProduct }) => otherProduct],
    ['a ticket of another account', 'cross_tenant_leak', ({ strangers }) => strangers],
    ['a ticket that has moved away', 'cross_tenant_leak', ({ moved }) => moved],
    ['the same id of another tenant', 'cross_tenant_leak', ({ otherTenant }) => otherTenant],
    ['a record that has not arrived', 'future_record', ({ future }) => future],
  ];
  it.each(broken)('finds %s', (_, finding, item) => {
    const { story, right, wrong } = toldStory();
    const found = story.judge([...right, item(wrong)]);
    expect(found.map(({ kind }) => kind)).toContain(finding);
    expect(new Set(found.map(({ ref }) => ref))).toEqual(new Set([item(wrong).ref]));
  });

  it('is not moved by what is rejected, superseded or repeated', () => {
    const { story, right } = toldStory();
    tellNoise(story);
    expect(story.judge(right)).toEqual([]);
  });

  it('finds words that an answer lacks, and words that it must not have', () => {
    const { story, right } = toldStory();
    const found = story.judge(right, {
      contains: ['Within 14 days', 'never said'],
      absent: ['broken  printer', 'secret'],
    });
    expect(found.map(({ kind, detail }) => [kind, detail.split(': ')[1]])).toEqual([
      ['fact_missing', '"never said"'],
      ['fact_forbidden', '"broken  printer"'],
    ]);
  });
});
