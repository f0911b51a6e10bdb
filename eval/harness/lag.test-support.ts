/** A small stream with records at known seconds, and set-ups that lag behind it. */
import { account, policy, ticket } from '../../src/fixtures.test-support.js';
import type { StreamSource } from '../streams/source.js';
import type { CloudEventJson, EventEntry } from '../streams/stream.js';
import { type Done, doneRun, inFolder, partsOf, questionAt } from './run.test-support.js';
import { lexicalSetup, type Setup } from './setup.js';
import type { Answer, Question } from './types.js';

export const startsAtMs = Date.UTC(2026, 2, 1);
export const [stateMs, indexMs] = [30_000, 300_000];

export function lagging(lag: Setup['lag']): Setup {
  return { ...lexicalSetup, name: 'lagging', lag };
}

function entry(atS: number, topicKind: EventEntry['topicKind'], event: object): EventEntry {
  return { at: startsAtMs + atS * 1_000, tenant: 'acme', topicKind, event: event as CloudEventJson };
}

const entries: readonly EventEntry[] = [
  entry(0, 'account', account('A-1')),
  entry(0, 'ticket', ticket('T-1', { subject: 'Nothing prints' })),
  entry(
    0,
    'policy',
    policy('refunds@1', { policyId: 'refunds', title: 'Refunds', body: 'A label is refunded within 30 days.' }),
  ),
  entry(100, 'ticket', ticket('T-1', { subject: 'Labels print again' })),
  entry(
    115,
    'policy',
    policy('returns@1', { policyId: 'returns', title: 'Returns', body: 'A return takes a label of its own.' }),
  ),
  entry(1_000, 'ticket', ticket('T-2', { subject: 'Something else' })),
];

/** A ticket at second 0 that is another one from second 100; a policy at second 0 and one more at second 115. */
export const smallStream: StreamSource = {
  name: 'small',
  async *entries() {
    yield* entries;
  },
  questions: async () => [],
};

export function askedAt(atS: number, more: Partial<Question> = {}): Question {
  const at = { kind: 'instant', ms: startsAtMs + atS * 1_000 } as const;
  const asked = { tenant: 'acme', account: 'A-1', mode: 'context', text: 'refund of a label' } as const;
  return questionAt(`at ${atS}`, { at, ...asked, ...more });
}

export function runLagging(questions: readonly Question[], lag: Setup['lag']): Promise<Done> {
  return inFolder((folder) => doneRun({ ...partsOf(smallStream, folder, questions), setup: lagging(lag) }));
}

export async function answersOf(questions: readonly Question[], lag: Setup['lag']): Promise<readonly Answer[]> {
  return (await runLagging(questions, lag)).answers;
}

/** One policy at each of these milliseconds. */
export function timedPolicies(arrivals: readonly number[]): StreamSource {
  const timed = [...arrivals].sort((a, b) => a - b);
  return {
    name: 'timed policies',
    async *entries() {
      for (const [index, ms] of timed.entries())
        yield entry(ms / 1_000, 'policy', policy(`p-${index}@1`, { policyId: `p-${index}` }));
    },
    questions: async () => [],
  };
}
