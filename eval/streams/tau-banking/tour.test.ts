import MiniSearch from 'minisearch';
import { describe, expect, it } from 'vitest';
import { policy } from '../../../src/domain/kinds/policy.js';
import { limits } from '../../../src/limits.js';
import { dataFolder, dataFolderMissing } from '../../data.js';
import type { EventEntry } from '../stream.js';
import { tauBankingStream, tauQuestions, tourPolicyChange } from '../tau-banking.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const nowMs = Date.UTC(2026, 0, 1);

/** Plain BM25 over titles and bodies, by a library: the tour must not depend on the ranker it shows. */
function rank(entries: readonly EventEntry[], question: string): string[] {
  const index = new MiniSearch({ fields: ['title', 'body'], idField: 'id' });
  index.addAll(entries.filter(({ topicKind }) => topicKind === 'policy').map(({ event }) => event.data));
  return index.search(question).map((hit) => String(hit.id));
}

withData(folder === '' ? `the tour of the bank (skipped: ${dataFolderMissing})` : 'the tour of the bank', () => {
  const entries = folder === '' ? [] : [...tauBankingStream(folder)];
  const questions = folder === '' ? [] : tauQuestions(folder);

  it('asks two questions about accounts with several entitlements and tickets', () => {
    expect(questions).toHaveLength(2);
    for (const { account } of questions) {
      const owned = (kind: string) =>
        entries.filter(
          ({ topicKind, event }) => topicKind === kind && (event.data as { accountId?: string }).accountId === account,
        );
      expect(owned('entitlement').length, account).toBeGreaterThan(1);
      expect(owned('ticket').length, account).toBeGreaterThan(1);
    }
  });

  it('changes a document that the first question retrieves, before and after the change', () => {
    const change = tourPolicyChange(folder, nowMs);
    const changed: EventEntry = { at: nowMs, tenant: change.tenant, topicKind: 'policy', event: change };
    const question = questions[0]?.question ?? '';
    const { policyId } = change.data as { policyId: string };
    expect(rank(entries, question).slice(0, limits.policiesMax)).toContain(`${policyId}@1`);
    expect(rank([...entries, changed], question).slice(0, limits.policiesMax)).toContain(change.subject);
  });

  it('makes a valid second version, in force from the given instant, and another event each time', () => {
    const change = tourPolicyChange(folder, nowMs);
    expect(policy.schema.safeParse(change.data).success).toBe(true);
    expect(change.data).toMatchObject({ version: '2', effectiveFrom: '2026-01-01T00:00:00.000Z' });
    expect(tourPolicyChange(folder, nowMs)).toEqual(change);
    expect(tourPolicyChange(folder, nowMs + 1).id).not.toBe(change.id);
  });
});
