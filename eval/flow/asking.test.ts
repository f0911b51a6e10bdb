/** Questions with a history, policies that say the same, and how sure retrieval is: released, on record and replayed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, policy, ticket } from '../../src/fixtures.test-support.js';
import { CoverageReranker } from '../../src/retrieval/coverage-reranker.test-support.js';
import { HashingEmbedder } from '../../src/retrieval/hashing-embedder.js';
import { lexicalMethod, methodWith, type RetrievalMethod } from '../../src/retrieval/method.js';
import { type Caller, Flow, memoryLog, TwoHandClock } from './service.test-support.js';

const tenant = 'acme';
const consistency = { level: 'latest' } as const;
const methods: readonly (readonly [string, RetrievalMethod])[] = [
  ['words', lexicalMethod],
  ['words and vectors', methodWith(new HashingEmbedder())],
  ['words and a second look', { ...lexicalMethod, reranker: new CoverageReranker() }],
];

describe.each(methods)('a question answered by %s', (_, method) => {
  let flow: Flow;
  let caller: Caller;
  beforeEach(async () => {
    const clock = new TwoHandClock();
    flow = await Flow.open({ clock, log: memoryLog(clock), tenants: [tenant], method });
    caller = flow.caller(tenant);
  });
  afterEach(() => flow.stop());

  const put = async (...events: readonly object[]) => {
    for (const body of events) await caller.ok('/v1/events', { body });
    await flow.settle();
  };
  const search = (more: object) => caller.ok('/v1/search', { body: { consistency, ...more } });
  const expectReplayed = async ({ id }: JsonObject) => {
    for (const depth of ['content', 'full']) {
      const verdict = await caller.ok(`/v1/snapshots/${id}/replay`, { body: { depth } });
      expect(verdict).toMatchObject({ verdict: 'MATCH', depth });
    }
  };

  it('is found by what the turns before it named, and replayed with them', async () => {
    await put(
      versioned('P-1', { title: 'Wire transfers', body: 'A wire transfer costs nine dollars.' }),
      versioned('P-2', { title: 'Cards', body: 'A new card costs five dollars.' }),
    );
    const history = [{ role: 'user', text: 'How long does a card take to arrive?' }];
    const alone = await search({ question: 'What does it cost?' });
    const followed = await search({ question: 'What does it cost?', history });
    expect(refsOf(followed)[0]).toBe('policy/P-2');
    expect(followed.history).toEqual(history);
    expect(alone).not.toHaveProperty('history');
    expect(followed.id).not.toBe(alone.id);
    await expectReplayed(followed);
  });

  it('takes an empty history for none, and refuses one without a question', async () => {
    await put(account('A-1'));
    const body = { account: 'A-1', consistency };
    expect(await caller.ok('/v1/context', { body: { ...body, history: [] } })).not.toHaveProperty('history');
    const history = [{ role: 'user', text: 'Hello' }];
    const { status, text } = await caller.ask('/v1/context', { body: { ...body, history } });
    expect(`${status} ${text}`).toMatch(/^422 .*"pointer":"\/history"/);
  });

  it('is answered once by what was published twice; the other is named', async () => {
    const text = { title: 'Refunds', body: 'A refund takes ten days.' };
    await put(
      versioned('P-2', text),
      versioned('P-1', text),
      versioned('P-3', { ...text, appliesTo: { plans: ['gold'] } }),
    );
    const found = await search({ question: 'How long does a refund take?' });
    expect(refsOf(found)).toEqual(['policy/P-1', 'policy/P-3']);
    expect(found.omitted).toEqual([{ ref: 'policy/P-2', reason: 'duplicate', of: 'policy/P-1' }]);
    expect(found.omittedCount).toBe(1);
    await expectReplayed(found);
  });

  it('shows every ticket, those that say the same too', async () => {
    await put(account('A-1'), ticket('T-1', { subject: 'Lost card' }), ticket('T-2', { subject: 'Lost card' }));
    await put(ticket('T-3', { subject: 'Lost card', status: 'closed' }));
    const found = await search({ question: 'lost card', account: 'A-1' });
    expect(refsOf(found)).toEqual(['ticket/T-1', 'ticket/T-2', 'ticket/T-3']);
    await expectReplayed(found);
  });

  it('says how sure it is, surer of what is known than of what is not', async () => {
    await put(versioned('P-1', { title: 'Refunds', body: 'A refund takes ten days.' }));
    const known = await search({ question: 'How long does a refund take?' });
    const unknown = await search({ question: 'Do you insure horses?' });
    expect(confidenceIn(known)).toBeGreaterThan(confidenceIn(unknown));
    await expectReplayed(known);
  });
});

/** The only version of a policy of its own. */
function versioned(id: string, data: JsonObject): JsonObject {
  return policy(id, { policyId: id, ...data });
}

function refsOf({ items }: JsonObject): readonly string[] {
  return (items as readonly { readonly ref: string }[]).map(({ ref }) => ref);
}

function confidenceIn({ retrieval }: JsonObject): number {
  return (retrieval as { readonly confidence: number }).confidence;
}
