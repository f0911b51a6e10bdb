/** Asks for the nearest by meaning and by words, and asks for longer lists until they name enough entities or all that match. */
import { limits } from '../../src/limits.js';
import type { IndexAnswer, IndexQuery } from '../../src/retrieval/port.js';
import { answerOf, type Proposals } from './bounds.js';
import type { QdrantCalls } from './calls.js';
import { proposalsOf, type Read } from './replies.js';
import { denseRequest, sparseRequest } from './requests.js';
import { questionVector } from './sparse.js';

const GROWTH = 4;
const NOTHING: Read = { list: { proposals: [], floor: null }, dropped: 0 };

export interface Found {
  readonly answer: IndexAnswer;
  /** Points that no search may serve, in the lists that were read. */
  readonly dropped: number;
}

export async function search(calls: QdrantCalls, collection: string, query: IndexQuery): Promise<Found> {
  const { question, limit } = query;
  // Two passages for each entity that is wanted, for several may be of one.
  let size = Math.min(Math.max(2 * limit, limits.indexProposalsMin), limits.indexProposalsMax);
  for (; ; size = Math.min(GROWTH * size, limits.indexProposalsMax)) {
    const [dense, terms] = await Promise.all([
      nearestByMeaning(calls, collection, query, size),
      nearestByWords(calls, collection, query, size),
    ]);
    const lists = { dense: dense.list, terms: terms.list };
    const answer = answerOf(question, lists, limit);
    const isEnough =
      answer.hits.length >= limit || isWhole(dense.list, terms.list) || size === limits.indexProposalsMax;
    if (isEnough) return { answer, dropped: dense.dropped + terms.dropped };
  }
}

function isWhole(...lists: readonly Proposals[]): boolean {
  return lists.every(({ floor }) => floor === null);
}

async function nearestByMeaning(
  calls: QdrantCalls,
  collection: string,
  query: IndexQuery,
  size: number,
): Promise<Read> {
  const { scope, question } = query;
  const { vector } = question;
  if (vector === null) return NOTHING;
  const request = denseRequest(scope, vector, size);
  return proposalsOf(await calls.ask((client) => client.query(collection, request)), scope, size);
}

async function nearestByWords(calls: QdrantCalls, collection: string, query: IndexQuery, size: number): Promise<Read> {
  const { scope, question } = query;
  const vector = questionVector(question);
  if (vector.indices.length === 0) return NOTHING;
  const request = sparseRequest(scope, vector, size);
  return proposalsOf(await calls.ask((client) => client.query(collection, request)), scope, size);
}
