/** Metrics of what was released, whatever its order: from the findings of the oracle and the facts of the answer. */
import type { Answer, FindingKind, MetricName, Question } from '../harness/types.js';
import { type Metric, meanOver } from './metric.js';

interface Definition {
  readonly describe: string;
  readonly of: (question: Question, answer: Answer) => number | undefined;
  /** Absent: lower is better. */
  readonly direction?: Metric['direction'];
}

/** Said where a figure could be taken for that of a service that lags. */
const caughtUp =
  'without a lag of the set-up all that has arrived is folded and indexed before, so this shows faults alone; with one, what is left behind as well';

const definitions: Readonly<Record<string, Definition>> = {
  stale_hit_rate: {
    describe: `share of the released items that were not the newest state at the moment; ${caughtUp}`,
    of: (_, answer) => share(countOf(answer, 'stale_hit'), answer.items.length),
  },
  stale_answer_rate: {
    describe: `share of the answers with an item that was not the newest state, or a policy that was not the version in force, at the moment; ${caughtUp}`,
    of: (_, answer) => ofReleased(answer, isStale(answer)),
  },
  stale_fresh_rate: {
    describe:
      'share of the answers that had such an item and were labelled fresh, because they were no older than was asked for',
    of: (_, answer) => ofReleased(answer, isStale(answer) && isFresh(answer)),
  },
  stale_untold_rate: {
    describe: 'share of the answers that had such an item, were labelled fresh and did not say that they were behind',
    of: (_, answer) => ofReleased(answer, isStale(answer) && isFresh(answer) && !isBehind(answer)),
  },
  behind_rate: {
    describe: 'share of the answers that said how many records they were behind, whatever those were about',
    of: (_, answer) => Number(isBehind(answer)),
  },
  refused_rate: {
    describe: 'share of the questions that the service refused because it could not meet what they demanded',
    of: (_, { refused }) => Number(refused !== undefined),
  },
  wrong_policy_version_rate: {
    describe: `share of the released policies that were not the version in force at the moment; ${caughtUp}`,
    of: (_, answer) => share(countOf(answer, 'wrong_policy_version'), countOfItems(answer, 'policy')),
  },
  entitlement_leak_rate: {
    describe:
      'share of the answers with an entitlement that was not active, or a policy for a plan, region or product the account did not have',
    of: (_, answer) => holds(answer, 'entitlement_leak'),
  },
  cross_tenant_leak: {
    describe: 'share of the answers with anything of another tenant or account',
    of: (_, answer) => holds(answer, 'cross_tenant_leak'),
  },
  future_leak: {
    describe: 'share of the answers with a record that had not arrived at the moment',
    of: (_, answer) => holds(answer, 'future_record'),
  },
  fact_missing_rate: {
    describe: 'share of the facts an answer must have that it did not have',
    of: ({ expect }, answer) => share(countOf(answer, 'fact_missing'), expect.contains.length),
  },
  fact_forbidden_rate: {
    describe: 'share of the facts an answer must not have that it had',
    of: ({ expect }, answer) =>
      answer.items.length === 0 ? undefined : share(countOf(answer, 'fact_forbidden'), expect.absent.length),
  },
  freshness_ms: {
    describe: `age of the state that was read, in milliseconds of virtual time; ${caughtUp}`,
    of: (_, { freshness }) => freshness.ageMs ?? undefined,
  },
  fresh_rate: {
    describe: `share of the answers labelled fresh; ${caughtUp}`,
    direction: 'higher',
    of: (_, answer) => Number(isFresh(answer)),
  },
  pending_scored: {
    describe: `policies that were scored beside the index, which did not have them yet; ${caughtUp}`,
    of: (_, { pending }) => pending?.scored ?? 0,
  },
  tokens: { describe: 'tokens of what was released, as the service counts them', of: (_, { tokens }) => tokens },
};

/** What a suite with a lag is about. */
export const lagNames: readonly MetricName[] = [
  'stale_answer_rate',
  'stale_fresh_rate',
  'stale_untold_rate',
  'behind_rate',
  'refused_rate',
  'pending_scored',
];

export const releasedNames: readonly string[] = Object.keys(definitions);

export function releasedMetric(name: MetricName): Metric | undefined {
  const found = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  return (
    found && { name, describe: found.describe, direction: found.direction ?? 'lower', of: found.of, over: meanOver }
  );
}

function isStale(answer: Answer): boolean {
  return countOf(answer, 'stale_hit') + countOf(answer, 'wrong_policy_version') > 0;
}

function isFresh({ freshness }: Answer): boolean {
  return freshness.label === 'fresh';
}

function isBehind({ freshness }: Answer): boolean {
  return freshness.reasons?.includes('behind') === true;
}

function countOf({ findings }: Answer, kind: FindingKind): number {
  return findings.filter((finding) => finding.kind === kind).length;
}

function countOfItems({ items }: Answer, kind: string): number {
  return items.filter(({ ref }) => ref.startsWith(`${kind}/`)).length;
}

/** A rate of nothing is not 0: an answer without items would else look perfect. */
function share(found: number, all: number): number | undefined {
  return all === 0 ? undefined : found / all;
}

function holds(answer: Answer, kind: FindingKind): number | undefined {
  return ofReleased(answer, countOf(answer, kind) > 0);
}

/** Of an answer that released something: nothing is wrong with one that is empty, which says nothing of the service. */
function ofReleased({ items }: Answer, holds: boolean): number | undefined {
  return items.length === 0 ? undefined : Number(holds);
}
