import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { MemoryVectorRecord } from '../../connectors/memory/vector-record.js';
import type { JsonObject } from '../domain/canonical.js';
import { refOf } from '../domain/entity.js';
import { contextRequest, DrivenClock, tenant } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { Indexer } from '../materializer/indexer.js';
import { reportsNothing } from '../materializer/report.js';
import type { Turn } from '../retrieval/conversation.js';
import { CoverageReranker } from '../retrieval/coverage-reranker.test-support.js';
import { HashingEmbedder } from '../retrieval/hashing-embedder.js';
import { lexicalMethod, methodWith } from '../retrieval/method.js';
import { characterPassages, passagesOfEntity } from '../retrieval/passages.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import { weighQuestion } from '../retrieval/scorer.js';
import { randomOf, SloppyIndex } from '../retrieval/sloppy-index.test-support.js';
import { statisticsOf } from '../retrieval/statistics.js';
import { indexUnavailable } from '../retrieval/unavailable.js';
import { VectorCache } from '../retrieval/vector-cache.js';
import type { VectorRecord } from '../retrieval/vector-record.js';
import { entity, writer } from '../state/contract-kit.js';
import { mostInOneTurn } from '../turns.test-support.js';
import { type Candidate, everyPolicy, IndexCandidates, markedCoverage } from './candidates.js';
import { type RankingParts, RankingRetriever } from './ranking-retriever.js';
import type { AskingRequest, Sources } from './retriever.js';

const clock = new DrivenClock();
const no = { hits: [], beyond: 0 };

const lexical: RankingParts = { method: lexicalMethod, vectors: null, generation: 'test' };

const rereading: RankingParts = { ...lexical, method: { ...lexicalMethod, reranker: new CoverageReranker(15) } };

function partsWith(embedder = new HashingEmbedder(), record?: VectorRecord): RankingParts {
  return { method: methodWith(embedder), vectors: new VectorCache(embedder, { record }), generation: 'test' };
}

class Library {
  readonly state = new MemoryState();
  readonly #revisions = new Map<string, number>();

  constructor(
    readonly parts: RankingParts,
    readonly index: RetrievalIndex = new MemoryIndex('test'),
  ) {}

  /** A null body deletes. */
  async put(id: string, body: string | null, more: JsonObject = {}): Promise<void> {
    const revision = (this.#revisions.get(id) ?? 0) + 1;
    this.#revisions.set(id, revision);
    const [before] = await this.state.entities([{ tenant, kind: 'policy', id }]);
    const shape = { revision, offset: revision, data: { policyId: id, title: '', body: body ?? '', ...more } };
    const after = entity('policy', id, { ...shape, deleted: body === null });
    await (before === undefined ? writer(this.state).put(after) : writer(this.state).replace(before, after));
  }

  async indexAll(): Promise<void> {
    const vectors = this.parts.vectors;
    const indexer = new Indexer({ ...this, passages: characterPassages, vectors, clock, report: reportsNothing });
    while ((await indexer.turn()) === 'indexed');
  }

  async sources(): Promise<Sources> {
    const { policies } = await this.state.tenant(tenant);
    return { policies, members: [], applicant: null, atMs: 0 };
  }

  async ask(question: string, given?: Sources, history: readonly Turn[] = []) {
    const said = history.length === 0 ? {} : { history };
    const request: AskingRequest = { ...contextRequest({ kinds: ['policy'] }), question, ...said };
    const sources = given ?? (await this.sources());
    const live = new RankingRetriever(this.parts, new IndexCandidates(this.index, markedCoverage(this.state)));
    const all = new RankingRetriever(this.parts, everyPolicy);
    const [{ retrieval, ...asked }, { retrieval: ofAll, ...wanted }] = [
      await live.retrieve(sources, request),
      await all.retrieve(sources, request),
    ];
    if (retrieval?.unavailable !== true) expect(retrieval?.confidence).toBe(ofAll?.confidence);
    return { retrieval, asked, wanted };
  }
}

const words = fc.array(fc.constantFrom('refund', 'card', 'fee', 'limit', 'loan', 'rate'), { maxLength: 6 });
const text = words.map((list) => list.join(' '));
/** A question and what was said before it. */
const said = fc.tuple(fc.array(fc.record({ role: fc.constantFrom<Turn['role']>('user', 'assistant'), text })), text);
/** Changes in order, a null deletes; before which of them the index is brought up to date is drawn too. */
const changes = fc.array(fc.tuple(fc.nat(40), fc.option(text, { freq: 8 })), { maxLength: 80 });

describe('what is retrieved', () => {
  it.each([
    ['words', lexical],
    ['words and vectors', partsWith()],
    ['words and a second look', rereading],
  ])('is what ranking every policy gives, whatever part of them is pending, by %s', async (_by, parts) => {
    await fc.assert(
      fc.asyncProperty(
        changes,
        said,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (all, [before, question], share) => {
          const library = new Library(parts);
          const indexed = Math.round(all.length * share);
          for (const [id, body] of all.slice(0, indexed)) await library.put(`P-${id}`, body);
          await library.indexAll();
          for (const [id, body] of all.slice(indexed)) await library.put(`P-${id}`, body);
          const { asked, wanted } = await library.ask(question, undefined, before);
          expect(asked).toEqual(wanted);
        },
      ),
    );
  });

  it.each([
    ['words', lexical],
    ['words and vectors', partsWith()],
    ['words and a second look', rereading],
  ])('is what ranking every policy gives, however roughly the index proposes, by %s', async (_by, parts) => {
    await fc.assert(
      fc.asyncProperty(changes, text, fc.tuple(fc.nat(), fc.nat(80)), async (all, question, [seed, indexed]) => {
        const library = new Library(parts, new SloppyIndex(randomOf(seed)));
        for (const [id, body] of all.slice(0, indexed)) await library.put(`P-${id}`, body);
        await library.indexAll();
        for (const [id, body] of all.slice(indexed)) await library.put(`P-${id}`, body);
        const { asked, wanted } = await library.ask(question);
        expect(asked).toEqual(wanted);
      }),
    );
  });

  it('is asked for in larger pages until nothing left out can be among it', async () => {
    const index = new SloppyIndex(randomOf(7));
    const library = new Library(lexical, index);
    for (let n = 0; n < 600; n++) await library.put(`P-${n}`, `refund ${'filler '.repeat(n % 50)}`);
    await library.indexAll();
    const { asked, wanted, retrieval } = await library.ask('refund');
    expect([asked, index.searches > 1]).toEqual([wanted, true]);
    expect(retrieval).toMatchObject({ pendingScored: 0, pendingUnscored: 0 });
  });

  it('says how many were not scored where the index proves nothing in the largest page', async () => {
    const index = new MemoryIndex('test');
    const library = new Library(lexical, index);
    for (let n = 0; n < 30; n++) await library.put(`P-${n}`, 'refund');
    await library.indexAll();
    index.search = async ({ scope }) => {
      const [entity] = await library.state.entities([{ ...scope, id: 'P-3' }]);
      return entity?.status === 'present' ? { hits: [{ key: entity.key, entityHash: entity.hash }], beyond: 9 } : no;
    };
    const { asked, retrieval } = await library.ask('refund');
    expect(asked.found.map(({ entity: { key } }) => key.id)).toEqual(['P-3']);
    expect(retrieval).toMatchObject({ pendingScored: 0, pendingUnscored: 29 });
  });

  it('is no policy at all while the index cannot be asked, and says so', async () => {
    const index = new MemoryIndex('test');
    const library = new Library(lexical, index);
    await library.put('indexed', 'refund');
    await library.indexAll();
    await library.put('pending', 'refund');
    index.search = () => Promise.reject(indexUnavailable());
    const { asked, retrieval } = await library.ask('refund');
    expect(asked).toEqual({ found: [], beyond: [], duplicates: [] });
    expect(retrieval).toMatchObject({ pendingScored: 0, pendingUnscored: 0, unavailable: true });
  });

  it('is the best of what is indexed though nine hundred pending policies make other terms common', async () => {
    const library = new Library(lexical);
    for (let n = 0; n < 300; n++)
      await library.put(`B-${n}`, `${'alpha '.repeat(n % 3)}${'beta '.repeat(1 + (n % 4))}`);
    for (let n = 0; n < 300; n++) await library.put(`G-${n}`, `gamma ${'filler '.repeat(n % 9)}`);
    await library.indexAll();
    for (let n = 0; n < 900; n++) await library.put(`A-${n}`, `alpha gamma ${'filler '.repeat(n % 5)}`);
    const { asked, wanted, retrieval } = await library.ask('alpha beta gamma');
    expect(asked).toEqual(wanted);
    expect(retrieval).toMatchObject({ pendingScored: 900, pendingUnscored: 0 });
  });

  it('is found behind any number of policies that match better and are not in force', async () => {
    const library = new Library(lexical);
    for (let n = 0; n < 12; n++) await library.put(`first-${n}`, 'refund refund');
    for (let n = 0; n < 600; n++) await library.put(`later-${n}`, 'refund', { effectiveFrom: '2099-01-01' });
    for (let n = 0; n < 30; n++) await library.put(`last-${n}`, `refund ${'filler '.repeat(1 + n)}`);
    await library.indexAll();
    const { asked, wanted } = await library.ask('refund');
    expect([asked, asked.beyond.length]).toEqual([wanted, limits.nearestMissesMax]);
  });

  it('is as of the set it was asked of, though policies change and are indexed meanwhile', async () => {
    const library = new Library(lexical);
    for (let n = 0; n < 5; n++) await library.put(`P-${n}`, 'refund');
    await library.indexAll();
    const sources = await library.sources();
    await library.put('P-1', 'fee');
    await library.put('P-2', null);
    await library.indexAll();
    const { asked, wanted } = await library.ask('refund', sources);
    expect(asked).toEqual(wanted);
    expect(asked.found.length + (asked.duplicates?.length ?? 0)).toBe(5);
  });

  it('counts as unscored what is pending beyond the bound and could have been served, and nothing else', async () => {
    const library = new Library(lexical);
    for (let n = 0; n < 5; n++) await library.put(`old-${n}`, 'refund');
    await library.indexAll();
    for (let n = 0; n < 5; n++) await library.put(`old-${n}`, null);
    for (let n = 0; n < limits.pendingScoredMax + 3; n++) await library.put(`P-${n}`, 'refund');
    const { retrieval } = await library.ask('refund');
    expect(retrieval).toMatchObject({ pendingScored: limits.pendingScoredMax, pendingUnscored: 3 });
  });

  it('embeds what a few writes brought, and of a backlog nothing: that counts as unscored', async () => {
    const embedder = new HashingEmbedder();
    const library = new Library(partsWith(embedder));
    const embed = vi.spyOn(embedder, 'embed');
    const request: AskingRequest = { ...contextRequest({ kinds: ['policy'] }), question: 'refund' };
    const live = new RankingRetriever(library.parts, new IndexCandidates(library.index, markedCoverage(library.state)));
    const pendingScored = limits.pendingEmbeddedMax;
    for (let n = 0; n < pendingScored; n++) await library.put(`few-${n}`, `refund ${n}`);
    const few = await live.retrieve(await library.sources(), request);
    expect(few.retrieval).toMatchObject({ pendingScored, pendingUnscored: 0 });
    await library.put('one-too-many', 'refund');
    embed.mockClear();
    const many = await live.retrieve(await library.sources(), request);
    expect(many.retrieval).toMatchObject({ pendingScored, pendingUnscored: 1 });
    expect(embed).not.toHaveBeenCalled();
  });

  it('scores of a backlog what is on record, whatever memory has forgotten, and asks no model about it', async () => {
    const embedder = new HashingEmbedder();
    const record = new MemoryVectorRecord(embedder.identity);
    const [first, library] = [partsWith(embedder, record), new Library(partsWith(embedder, record))];
    const pendingScored = limits.pendingEmbeddedMax + 1;
    for (let n = 0; n < pendingScored; n++) await library.put(`P-${n}`, `refund ${n}`);
    for (const one of (await library.sources()).policies.byRef.values())
      await first.vectors?.vectorsOf(passagesOfEntity(first.method.passages, one.entity));
    await library.put('unread', 'refund');
    const embed = vi.spyOn(embedder, 'embed');
    const read = vi.spyOn(record, 'read');
    const request: AskingRequest = { ...contextRequest({ kinds: ['policy'] }), question: 'refund' };
    const live = new RankingRetriever(library.parts, new IndexCandidates(library.index, markedCoverage(library.state)));
    const { retrieval } = await live.retrieve(await library.sources(), request);
    expect(retrieval).toMatchObject({ pendingScored, pendingUnscored: 1 });
    expect(embed).toHaveBeenCalledExactlyOnceWith(['refund'], 'question', 'awaited');
    // Of the question once, and of all of the backlog at once.
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('does without a pending policy that cannot be embedded, and counts it as unscored', async () => {
    const embedder = new HashingEmbedder();
    const library = new Library(partsWith(embedder));
    const embed = embedder.embed.bind(embedder);
    embedder.embed = async (texts) => {
      if (texts.some((one) => one.includes('cursed'))) throw new Error('cannot be embedded');
      return embed(texts);
    };
    await library.put('good', 'refund');
    await library.put('bad', 'refund cursed');
    const request: AskingRequest = { ...contextRequest({ kinds: ['policy'] }), question: 'refund' };
    const live = new RankingRetriever(library.parts, new IndexCandidates(library.index, markedCoverage(library.state)));
    const { found, retrieval } = await live.retrieve(await library.sources(), request);
    expect(found.map(({ entity: { key } }) => key.id)).toEqual(['good']);
    expect(retrieval).toMatchObject({ pendingScored: 1, pendingUnscored: 1 });
  });
});

describe('policies, others having their turn meanwhile,', () => {
  const scored = { score: 0, lexical: 0, dense: null } as const;

  it.each([
    ['all of them', () => everyPolicy],
    ['that wait for the index', ({ index, state }: Library) => new IndexCandidates(index, markedCoverage(state))],
  ])('%s are scored in slices', async (_which, sourceOf) => {
    const library = new Library(lexical);
    for (let n = 0; n < 3 * limits.scoredSliceCandidates; n++) await library.put(`P-${n}`, 'refund');
    const request: AskingRequest = { ...contextRequest({ kinds: ['policy'] }), question: 'refund' };
    const question = weighQuestion({ counts: new Map(), vector: null }, statisticsOf([]), lexicalMethod.ranking);
    const most = await mostInOneTurn(async (count) => {
      const score = async (candidate: Candidate) => {
        count();
        return { ...candidate, ...scored, ref: refOf(candidate.entity.key) };
      };
      const read = async (candidates: readonly Candidate[]) => candidates;
      await sourceOf(library).policies(await library.sources(), { request, question, score, read });
    });
    expect(most).toBe(limits.scoredSliceCandidates);
  });
});
