/** The metrics of a ranking by their names: `ndcg@10`, `recall@100`, `mrr`. */
import type { MetricName } from '../harness/types.js';
import { averagePrecision } from './average-precision.js';
import { judged } from './judged.js';
import type { Judgements, Ranking } from './judgements.js';
import { type Metric, meanOver } from './metric.js';
import { ndcg } from './ndcg.js';
import { precision } from './precision.js';
import { recall } from './recall.js';
import { reciprocalRank } from './reciprocal-rank.js';
import { success } from './success.js';

interface Family {
  readonly of: (ranking: Ranking, judgements: Judgements, k: number) => number | undefined;
  readonly cut: 'required' | 'optional';
  readonly describe: string;
}

const families: Readonly<Record<string, Family>> = {
  ndcg: { of: ndcg, cut: 'optional', describe: 'normalized discounted cumulative gain (trec_eval ndcg_cut)' },
  recall: {
    of: recall,
    cut: 'required',
    describe: 'share of the relevant that is among the first k (trec_eval recall)',
  },
  mrr: {
    of: reciprocalRank,
    cut: 'optional',
    describe: 'reciprocal rank of the first relevant (trec_eval recip_rank)',
  },
  map: { of: averagePrecision, cut: 'optional', describe: 'average precision (trec_eval map)' },
  p: { of: precision, cut: 'required', describe: 'share of the first k that is relevant (trec_eval P)' },
  success: { of: success, cut: 'required', describe: 'whether any of the first k is relevant (trec_eval success)' },
  judged: { of: judged, cut: 'required', describe: 'share of the first k that somebody judged' },
};

/** As a suite may write them, `k` for any number. */
export const rankedNames: readonly string[] = Object.entries(families).flatMap(([name, { cut }]) =>
  cut === 'required' ? [`${name}@k`] : [name, `${name}@k`],
);

const NAME = /^([a-z]+)(?:@([1-9]\d{0,3}))?$/;

export function rankedMetric(name: MetricName): Metric | undefined {
  const [, word = '', cutText] = NAME.exec(name) ?? [];
  const family = Object.hasOwn(families, word) ? families[word] : undefined;
  if (family === undefined || (family.cut === 'required' && cutText === undefined)) return undefined;
  const cut = cutText === undefined ? Number.POSITIVE_INFINITY : Number(cutText);
  const of = (ranking: Ranking, judgements: Judgements) => family.of(ranking, judgements, cut);
  return {
    name,
    describe: cutText === undefined ? family.describe : `${family.describe}, k ${cutText}`,
    direction: 'higher',
    of: ({ expect: { relevant } }, { ranking }) =>
      relevant === undefined
        ? undefined
        : of(
            ranking.map(({ ref }) => ref),
            relevant,
          ),
    over: meanOver,
    ranked: { of, cut },
  };
}
