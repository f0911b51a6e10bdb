/** Reports for tests of the pages: numbers by a seed, and texts that would do harm if they were read as HTML. */
import { digestOf } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import type {
  Difference,
  Finding,
  FindingKind,
  QuestionReport,
  RankedItem,
  ReleasedItem,
  Report,
} from '../harness/types.js';
import { type Random, seeded } from '../random.js';

/** What a stream may bring: ends of elements, attributes, comments, entities, separators of JavaScript, halves of characters. */
export const hostileTexts: readonly string[] = [
  '</script><script>window.broken = true</script>',
  '<img src="https://example.invalid/x.png" onerror="window.broken = true">',
  '"><svg onload=window.broken=true>',
  "' onmouseover='window.broken=true",
  '<!-- <script> --><!--',
  '&lt;b&gt; &amp; $' + '{window.broken = true} `',
  '\u2028\u2029\u0000\ud800 \u202Eright to left',
  ']]><?php <style>*{display:none}</style>',
];

const asked = [
  'Which refund applies when a premium card was charged twice by a merchant abroad?',
  'Can I raise the transfer limit for one day, and who has to agree?',
  'My replacement card has not come after ten days. What now?',
  'Is the travel insurance still part of the gold plan?',
  'Why was the fee for the foreign withdrawal higher than last month?',
];

const START_MS = Date.UTC(2026, 0, 5, 9);
const DAY_MS = 86_400_000;

export interface ReportShape {
  readonly questions: number;
  readonly seed?: number;
  readonly passed?: boolean;
  /** Kinds of findings that some answers have. */
  readonly findings?: readonly FindingKind[];
}

export function madeReport({ questions, seed = 1, passed = true, findings = [] }: ReportShape): Report {
  const random = seeded(seed);
  const made = Array.from({ length: questions }, (_, at) => madeQuestion(random, at, findings));
  return {
    format: 1,
    suite: { name: 'Bank support, first half of the year', digest: digestOf('suite') },
    setup: { name: 'hybrid', generation: digestOf('generation'), ranking: 'ranking-4' },
    seed: 1,
    stream: {
      digest: digestOf('stream'),
      records: 12_840,
      applied: 12_611,
      superseded: 180,
      duplicates: 41,
      rejected: 8,
      notices: [
        'support.tickets:2 has a hole: offsets 4,411 to 4,418 never arrived',
        `8 records were rejected: ${hostileTexts[0]}`,
      ],
    },
    metrics: {
      'ndcg@10': { value: 0.412, low: 0.371, high: 0.455, questions, unjudged: 120 },
      'recall@10': { value: 0.528, low: 0.47, high: 0.583, questions, unjudged: null },
      'mrr@10': { value: 0.441, low: 0.392, high: 0.49, questions, unjudged: null },
      abstention_auc: { value: 0.782, low: 0.72, high: 0.84, questions, unjudged: null },
      stale_hit_rate: { value: 0, low: 0, high: 0, questions, unjudged: null },
      freshness_ms: { value: 182.4, low: 160, high: 205, questions, unjudged: null },
      tokens: { value: 3_412, low: 3_300, high: 3_530, questions, unjudged: null },
    },
    questions: made,
    comparisons: [
      { against: 'plain BM25', differences: differences(0.11) },
      { against: 'baseline', differences: differences(-0.012) },
    ],
    thresholds: [
      { metric: 'ndcg@10', bound: passed ? '>= 0.3' : '>= 0.45', value: 0.412, met: passed },
      { metric: 'stale_hit_rate', bound: '<= 0', value: 0, met: true },
    ],
    passed,
    times: {
      startedAt: '2026-07-01T08:00:00.000Z',
      totalMs: 83_412,
      stages: {
        catch_up: { p50: 1.2, p95: 4, max: 12 },
        index: { p50: 8, p95: 40, max: 130 },
        snapshot: { p50: 3, p95: 9, max: 31 },
      },
      questions: Object.fromEntries(made.map(({ id }) => [id, latencies(random)])),
    },
  };
}

function latencies(random: Random) {
  const about = (ms: number) => ms * Math.exp((random.next() + random.next() - 1) * 1.6);
  return { catch_up: about(1.2), index: about(9), snapshot: about(3) };
}

function differences(by: number): readonly Difference[] {
  const of = (metric: string, ours: number, difference: number, p: number): Difference => ({
    metric,
    ours,
    other: ours - difference,
    difference,
    low: difference - 0.03,
    high: difference + 0.03,
    p,
    questions: 300,
    verdict: p > 0.05 ? 'equal' : difference > 0 ? 'better' : 'worse',
  });
  return [of('ndcg@10', 0.412, by, Math.abs(by) > 0.05 ? 0.0001 : 0.41), of('recall@10', 0.528, -by, 0.02)];
}

function madeQuestion(random: Random, at: number, findings: readonly FindingKind[]): QuestionReport {
  const hostile = hostileTexts[at] ?? '';
  const ranking = Array.from({ length: 10 }, (_, rank) => rankedItem(random, at, rank));
  const answerable = random.chance(0.8);
  const found = findings
    .filter(() => random.chance(0.08))
    .map(
      (kind): Finding => ({
        kind,
        ref: ranking[0]?.ref ?? null,
        detail: `it was superseded 40 minutes before ${hostile}`,
      }),
    );
  const value = Math.round(random.next() * 1_000) / 1_000;
  return {
    id: `q-${at}${hostile}`,
    text: `${random.pick(asked)} ${hostile}`.trim(),
    history:
      at % 3 === 0
        ? [
            { role: 'user', text: `Hello ${hostile}` },
            { role: 'assistant', text: 'How can I help?' },
          ]
        : [],
    atMs: START_MS + Math.floor(at / 2) * DAY_MS * 0.4,
    answerable,
    relevant: answerable
      ? {
          [ranking[at % 10]?.ref ?? 'policy/none']: 1,
          [ranking[(at + 1) % 10]?.ref ?? 'policy/other']: 0,
          [`policy/far-${at}`]: 2,
        }
      : null,
    metrics: {
      'ndcg@10': answerable ? value : null,
      'recall@10': answerable ? random.next() : null,
      stale_hit_rate: 0,
      tokens: 3_000 + at,
    },
    others: {
      'plain BM25': { 'ndcg@10': answerable ? Math.max(0, value - 0.3 + random.next() * 0.5) : null },
      baseline: {},
    },
    findings: found,
    confidence: Math.round((answerable ? 0.35 + random.next() * 0.6 : random.next() * 0.6) * 1e6) / 1e6,
    snapshot: digestOf(`snapshot ${at}`),
    content: digestOf(`content ${at}`),
    ranking,
    items: ranking.map(released),
  };
}

function rankedItem(random: Random, at: number, rank: number): RankedItem {
  const ref: Ref = `policy/refunds-${(at * 7 + rank * 3) % 97}${rank === 9 ? (hostileTexts[at] ?? '') : ''}`;
  return {
    ref,
    score: 0.9 - rank * 0.06,
    lexical: 9 - rank * random.next(),
    dense: rank % 4 === 3 ? null : 0.8 - rank * 0.04,
  };
}

function released({ ref }: RankedItem, at: number): ReleasedItem {
  return { ref, hash: digestOf(ref), position: `bank.policies:0:${at}`, selected: 'retrieved' };
}
