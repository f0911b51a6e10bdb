/** How long the stages of a run took. */
import { type Answer, type Report, type Stage, stages } from '../harness/types.js';
import { quantile } from '../metrics/bootstrap.js';

type StageTimes = Report['times']['stages'][Stage];

/** Milliseconds over all answers; zeros where there is none. */
export function stageTimes(answers: readonly Answer[]): Report['times']['stages'] {
  const of = (stage: Stage): StageTimes => {
    const sorted = answers.map(({ latencyMs }) => latencyMs[stage]).sort((a, b) => a - b);
    if (sorted.length === 0) return { p50: 0, p95: 0, max: 0 };
    return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), max: sorted.at(-1) ?? 0 };
  };
  return Object.fromEntries(stages.map((stage) => [stage, of(stage)])) as Record<Stage, StageTimes>;
}
