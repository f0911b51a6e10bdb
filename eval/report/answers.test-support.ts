/** Questions and answers for tests of metrics and reports: nothing is special about them but what a test says. */
import { digestOf } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import type { Answer, Expectation, Question, RankedItem } from '../harness/types.js';
import type { ReportParts } from './build.js';

export function questionOf(id: string, expect: Partial<Expectation>): Question {
  const judged = { contains: [], absent: [], ...expect };
  const place = { at: { kind: 'end' }, tenant: 'acme', account: null, mode: 'search' } as const;
  return { id, ...place, text: `What of ${id}?`, history: [], count: 10, expect: judged };
}

export function answerOf(id: string, more: Partial<Answer>): Answer {
  return {
    question: id,
    atMs: Date.UTC(2026, 2, 1),
    snapshot: digestOf(`snapshot of ${id}`),
    content: digestOf(`content of ${id}`),
    ranking: [],
    plain: [],
    items: [],
    confidence: null,
    freshness: { label: 'fresh', ageMs: 40 },
    tokens: 900,
    findings: [],
    latencyMs: { catch_up: 1, index: 2, snapshot: 3 },
    ...more,
  };
}

export function ranked(...refs: readonly Ref[]): readonly RankedItem[] {
  return refs.map((ref, at) => ({ ref, score: 1 - at / 10, lexical: 1, dense: null }));
}

export const reportParts: Omit<ReportParts, 'questions' | 'answers'> = {
  suite: { name: 'made', digest: digestOf('made') },
  setup: { name: 'default', generation: 'generation-1', ranking: 'ranking-1' },
  seed: 1,
  metrics: ['ndcg@10', 'recall@10'],
  thresholds: {},
  stream: {
    digest: digestOf('stream'),
    records: 9,
    applied: 9,
    superseded: 0,
    duplicates: 0,
    rejected: 0,
    notices: [],
  },
  baselines: [],
  startedAt: '2026-03-01T00:00:00.000Z',
  totalMs: 12,
};
