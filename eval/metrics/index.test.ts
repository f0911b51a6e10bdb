import { describe, expect, it } from 'vitest';
import { answerOf, questionOf } from '../report/answers.test-support.js';
import { defaultMetrics, metricNamed, metricNames } from './index.js';

describe('names of metrics', () => {
  it('are known as they are told, with any number', () => {
    for (const name of metricNames) {
      expect(metricNamed(name.replace('@k', '@7').replace('@threshold', '@0.5'))?.direction, name).toBeDefined();
    }
  });

  it.each(['ndcg@0', 'ndcg@ten', 'recall', 'p', 'ndcg@10 ', 'NDCG@10', 'toString', 'map@-1', 'abstention_accuracy'])(
    'are not known otherwise: %s',
    (name) => {
      expect(metricNamed(name)).toBeUndefined();
    },
  );

  it('are chosen by what the questions can be judged by', () => {
    const ranked = defaultMetrics([questionOf('q', { relevant: new Map([['policy/P-1', 1]]) })]);
    expect(ranked).toContain('ndcg@10');
    expect(ranked).not.toContain('abstention_auc');
    const both = [questionOf('q', { answerable: true }), questionOf('r', { answerable: false })];
    expect(defaultMetrics(both)).toContain('abstention_auc');
    expect(defaultMetrics(both)).not.toContain('ndcg@10');
    for (const name of [...ranked, ...defaultMetrics(both)]) expect(metricNamed(name), name).toBeDefined();
  });
});

describe('metrics of what was released', () => {
  const value = (name: string, more: Parameters<typeof answerOf>[1]) =>
    metricNamed(name)?.of(questionOf('q', { contains: ['a', 'b'] }), answerOf('q', more));
  const item = (ref: 'policy/P-1' | 'ticket/T-1') => ({ ref, hash: 'sha256-0', position: 'p:0:1', selected: 'policy' });
  const found = (kind: 'stale_hit' | 'wrong_policy_version' | 'future_record' | 'fact_missing') => ({
    kind,
    ref: null,
    detail: '',
  });

  it('are shares of the items, the policies, the facts or the answers', () => {
    const items = [item('policy/P-1'), item('ticket/T-1')];
    expect(value('stale_hit_rate', { items, findings: [found('stale_hit')] })).toBe(0.5);
    expect(value('wrong_policy_version_rate', { items, findings: [found('wrong_policy_version')] })).toBe(1);
    expect(value('fact_missing_rate', { items, findings: [found('fact_missing')] })).toBe(0.5);
    expect(value('future_leak', { items, findings: [found('future_record'), found('future_record')] })).toBe(1);
    expect(value('cross_tenant_leak', { items })).toBe(0);
  });

  it('have no value, and not 0, where nothing was released or nothing is expected', () => {
    expect(value('stale_hit_rate', { items: [] })).toBeUndefined();
    expect(value('wrong_policy_version_rate', { items: [item('ticket/T-1')] })).toBeUndefined();
    for (const name of ['entitlement_leak_rate', 'cross_tenant_leak', 'future_leak'])
      expect(value(name, { items: [] }), name).toBeUndefined();
    const forbidding = questionOf('q', { absent: ['a'] });
    expect(metricNamed('fact_forbidden_rate')?.of(forbidding, answerOf('q', { items: [] }))).toBeUndefined();
    expect(value('fact_forbidden_rate', { items: [] })).toBeUndefined();
    expect(value('freshness_ms', { freshness: { label: 'unknown', ageMs: null } })).toBeUndefined();
  });
});

describe('metrics of abstention', () => {
  it('judge only what is known to be answerable or not, by its confidence', () => {
    const auc = metricNamed('abstention_auc');
    const questions = [
      questionOf('a', { answerable: true }),
      questionOf('b', { answerable: false }),
      questionOf('c', {}),
    ];
    const values = questions.flatMap((question, at) => {
      const value = auc?.of(question, answerOf(question.id, { confidence: [0.9, 0.2, 0.5][at] ?? null }));
      return value === undefined ? [] : [{ question, value }];
    });
    expect(values.map(({ value }) => value)).toEqual([0.9, 0.2]);
    expect(auc?.over(values)(Uint32Array.of(1, 1))).toBe(1);
    expect(auc?.over(values)(Uint32Array.of(1, 0))).toBeUndefined();
    const accuracy = metricNamed('abstention_accuracy@0.95');
    expect(accuracy?.of(questionOf('a', { answerable: true }), answerOf('a', { confidence: 0.9 }))).toBe(0);
    // Nothing was released at all: the clearest abstention.
    expect(auc?.of(questionOf('b', { answerable: false }), answerOf('b', { confidence: null }))).toBe(0);
    expect(accuracy?.of(questionOf('b', { answerable: false }), answerOf('b', { confidence: null }))).toBe(1);
  });
});
