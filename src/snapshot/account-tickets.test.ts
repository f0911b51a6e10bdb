import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { PresentEntity } from '../domain/entity.js';
import { refOf } from '../domain/entity.js';
import { contextRequest } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { HashingEmbedder } from '../retrieval/hashing-embedder.js';
import { lexicalMethod, methodWith } from '../retrieval/method.js';
import { PassageTermsCache, termsOf } from '../retrieval/passage-terms.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import { countedPassages } from '../retrieval/passages.test-support.js';
import { compareRanked, scoreEntity, weighQuestion } from '../retrieval/scorer.js';
import { statisticsOf } from '../retrieval/statistics.js';
import { countTerms, tokenize } from '../retrieval/tokenizer.js';
import { VectorCache } from '../retrieval/vector-cache.js';
import { entity } from '../state/contract-kit.js';
import { PolicySet } from '../state/policy-set.js';
import { mostInOneTurn } from '../turns.test-support.js';
import { AccountTickets } from './account-tickets.js';
import { everyPolicy } from './candidates.js';
import { type RankingParts, RankingRetriever } from './ranking-retriever.js';
import type { AskingRequest, Sources } from './retriever.js';

const lexical: RankingParts = { method: lexicalMethod, vectors: null, generation: 'test' };

function dense(): RankingParts {
  const embedder = new HashingEmbedder();
  return { method: methodWith(embedder), vectors: new VectorCache(embedder), generation: 'test' };
}

function present(kind: 'ticket' | 'policy', id: string, text: string, more = {}): PresentEntity {
  const data = kind === 'policy' ? { policyId: id, body: text } : { body: text, ...more };
  const made = entity(kind, id, { data });
  if (made.status !== 'present') throw new Error('nothing was deleted');
  return made;
}

function sourcesOf(members: readonly PresentEntity[], policies: readonly PresentEntity[] = []): Sources {
  return { policies: new PolicySet(1, policies), members, applicant: null, atMs: 0 };
}

function asking(question: string, more: Partial<AskingRequest> = {}): AskingRequest {
  const limits = { policies: 10, tickets: 10 };
  return { ...contextRequest(), mode: 'search', kinds: ['ticket'], question, limits, ...more } as AskingRequest;
}

/** Everything made from nothing, each ticket by itself. */
async function plainly({ method, vectors }: RankingParts, { members, policies }: Sources, question: string) {
  const cut = (one: PresentEntity) => passagesOfEntity(method.passages, one);
  const set = [...policies.byRef.values()].map((policy) => policy.entity);
  const statistics = statisticsOf([...set, ...members].flatMap(cut), method.passages);
  const vector = vectors === null ? null : await vectors.ofQuestion(question);
  const weighed = weighQuestion({ counts: countTerms(tokenize(question)), vector }, statistics, method.ranking);
  const scored = members.map(async (one) => {
    const known = await vectors?.vectorsOf(cut(one));
    const passages = cut(one).map((passage, at) => ({ terms: termsOf(passage), vector: known?.[at] ?? null }));
    return { ref: refOf(one.key), ...scoreEntity(weighed, passages) };
  });
  return (await Promise.all(scored)).filter(({ score }) => score > 0).sort(compareRanked);
}

const word = fc.constantFrom('refund', 'card', 'fee', 'limit', 'loan', 'rate', 'lost', 'late');
const text = fc.array(word, { maxLength: 6 }).map((list) => list.join(' '));
/** Who writes what, in order: the same ticket again is another text of it. */
const writes = fc.array(fc.tuple(fc.nat(6), text), { maxLength: 12 });

describe('the tickets of an account', () => {
  it.each([
    ['words', () => lexical],
    ['words and vectors', dense],
  ])('score as each by itself does, whatever was asked and written before, by %s', async (_by, partsOf) => {
    await fc.assert(
      fc.asyncProperty(writes, fc.array(text), text, async (all, ofPolicies, question) => {
        const parts = partsOf();
        const retriever = new RankingRetriever(parts, everyPolicy);
        const policies = ofPolicies.map((body, at) => present('policy', `P-${at}`, body));
        const tickets = new Map<number, PresentEntity>();
        for (const [id, body] of all) {
          tickets.set(id, present('ticket', `T-${id}`, body, { comments: [{ body: `seen by ${id}` }] }));
          const sources = sourcesOf([...tickets.values()], policies);
          const { found } = await retriever.retrieve(sources, asking(question));
          const wanted = await plainly(parts, sources, question);
          expect(found.map(({ entity: { key }, why }) => ({ ref: refOf(key), ...why }))).toEqual(
            wanted.map(({ ref, score, lexical: words, dense: meaning }, at) => {
              const more = meaning === null ? {} : { dense: meaning };
              return { ref, selected: 'retrieved', rank: at + 1, score, lexical: words, ...more };
            }),
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are read once while they say the same, and each only anew that says something else', async () => {
    const { method, vectors } = dense();
    const terms = new PassageTermsCache(method.passages);
    const read = vi.spyOn(terms, 'of');
    const tickets = new AccountTickets({ rules: method.passages, terms, vectors });
    const members = ['a', 'b', 'c'].map((id) => present('ticket', id, `card ${id}`));
    const first = await tickets.of({ members }, asking('card'));
    expect(await tickets.of({ members }, asking('fee'))).toBe(first);
    const moved = { ...present('ticket', 'b', 'card b'), revision: 7 };
    const second = await tickets.of({ members: [present('ticket', 'a', 'fee'), moved] }, asking('fee'));
    expect(read).toHaveBeenCalledTimes(4);
    expect(second.tickets[1]?.entity).toBe(moved);
    expect([first.counts.passages, second.counts.passages]).toEqual([3, 2]);
  });

  it('are cut into words in slices, and others have their turn between them', async () => {
    const members = Array.from({ length: 3 * limits.scoredSliceCandidates }, (_, n) =>
      present('ticket', `${n}`, 'card'),
    );
    const most = await mostInOneTurn(async (count) => {
      const rules = countedPassages(count);
      const tickets = new AccountTickets({ rules, terms: new PassageTermsCache(rules), vectors: null });
      await tickets.of({ members }, asking('card'));
    });
    expect(most).toBe(limits.scoredSliceCandidates);
  });

  it('are forgotten, those of the account asked about longest ago first, and never those of the last', async () => {
    const terms = new PassageTermsCache(lexicalMethod.passages);
    const read = vi.spyOn(terms, 'of');
    const tickets = new AccountTickets({ rules: lexicalMethod.passages, terms, vectors: null }, 8);
    const of = (account: string, count: number) => {
      const members = Array.from({ length: count }, (_, at) => present('ticket', `${account}-${at}`, 'card'));
      return { ask: () => tickets.of({ members }, asking('card', { account })) };
    };
    const [small, other, large] = [of('A-1', 2), of('A-2', 2), of('A-3', 20)];
    for (const one of [small, other, small, large, large]) await one.ask();
    expect(read).toHaveBeenCalledTimes(24);
    await small.ask();
    expect(read).toHaveBeenCalledTimes(26);
  });
});

describe('how sure retrieval of tickets is', () => {
  it('goes by the statistics that the best was weighed by', async () => {
    const retriever = new RankingRetriever(lexical, everyPolicy);
    const members = ['card lost', 'card late', 'card fee'].map((body, at) => present('ticket', `T-${at}`, body));
    const policies = [present('policy', 'P-1', 'loan rate limit')];
    const sources = sourcesOf(members, policies);
    const asked = asking('card lost', { kinds: ['policy', 'ticket'] });
    const found = await retriever.retrieve(sources, asked);
    const [best] = await plainly(lexical, sources, 'card lost');
    const all = [...policies, ...members].flatMap((one) => passagesOfEntity(lexicalMethod.passages, one));
    const counts = countTerms(tokenize('card lost'));
    const { lexicalScale } = weighQuestion({ counts, vector: null }, statisticsOf(all), lexicalMethod.ranking);
    const score = best?.score ?? 0;
    expect(found.retrieval?.confidence).toBeCloseTo(score / (score + lexicalScale), 6);
  });
});
