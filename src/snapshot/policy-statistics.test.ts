import { describe, expect, it } from 'vitest';
import type { PresentEntity } from '../domain/entity.js';
import { fold } from '../domain/fold.js';
import { policy, position, understood } from '../fixtures.test-support.js';
import { characterPassages, passagesOfEntity } from '../retrieval/passages.js';
import { statisticsOf } from '../retrieval/statistics.js';
import { PolicySet } from '../state/policy-set.js';
import { PolicyStatistics } from './policy-statistics.js';

function entity(tenant: string, id: string, body: string): PresentEntity {
  const event = understood(policy(id, { body }, { tenant }));
  const folded = fold(undefined, event, { position: position(0), redrive: null });
  if (folded.outcome !== 'applied' || folded.entity.status !== 'present') throw new Error('a policy is a policy');
  return folded.entity;
}

function setOf(tenant: string, bodies: Readonly<Record<string, string>>): PolicySet {
  return new PolicySet(
    0,
    Object.entries(bodies).map(([id, body]) => entity(tenant, id, body)),
  );
}

/** Counted from nothing, by itself. */
function alone(set: PolicySet) {
  return statisticsOf([...set.byRef.values()].flatMap(({ entity: one }) => passagesOfEntity(characterPassages, one)));
}

const words = ['refund', 'refunds', 'credit', 'outage', 'hour'];
const figures = ({ id, passages, totalLength, documentFrequency }: ReturnType<typeof alone>) => {
  return { id, passages, totalLength, frequencies: words.map(documentFrequency) };
};

const acme = setOf('acme', { 'P-1': 'A refund takes an hour.', 'P-2': 'A credit for every outage.' });
const other = setOf('other', { 'P-1': 'Refund, refund, credit.', 'P-2': 'No outage.', 'P-3': 'An hour of credit.' });

describe("the statistics of a tenant's policies", () => {
  it('hold nothing of another tenant, who may have policies of the same names (P7)', () => {
    const statistics = new PolicyStatistics(characterPassages);
    const before = figures(statistics.of('acme', acme));
    expect(figures(statistics.of('other', other))).toEqual(figures(alone(other)));
    expect(figures(statistics.of('acme', setOf('acme', { 'P-2': 'An outage.' })))).toEqual(
      figures(alone(setOf('acme', { 'P-2': 'An outage.' }))),
    );
    expect(before).toEqual(figures(alone(acme)));
  });

  it('are those of the set alone, whatever was counted before it (P5)', () => {
    const statistics = new PolicyStatistics(characterPassages);
    const sets = [
      acme,
      setOf('acme', {}),
      setOf('acme', { 'P-1': 'Outage.' }),
      acme,
      setOf('acme', { 'P-3': 'Hours.' }),
    ];
    for (const set of sets) expect(figures(statistics.of('acme', set))).toEqual(figures(alone(set)));
  });
});
