/** One generation that is open: its method, and all that is made with it and with no other. */
import type { RetrievalMethod } from '../retrieval/method.js';
import type { ModelReading } from '../retrieval/model-reading.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import { everyPolicy, IndexCandidates, markedCoverage } from '../snapshot/candidates.js';
import { PolicyStatistics } from '../snapshot/policy-statistics.js';
import { RankingRetriever } from '../snapshot/ranking-retriever.js';
import type { Retrieval } from '../snapshot/retriever.js';
import type { StateStore } from '../state/port.js';
import { Filling, type FillingParts } from './filling.js';
import { type GenerationIdentity, type GenerationStarted, generationId } from './record.js';
import { Uses } from './uses.js';

export interface Generation extends Retrieval {
  hold(): () => void;
  /** Resolves once nobody holds it. */
  unheld(): Promise<void>;
  readonly id: string;
  /** As the setting EMBEDDER takes it. */
  readonly methodText: string;
  /** How its model is read. Undefined: it has none. */
  readonly model: ModelReading | undefined;
  readonly passages: string;
  readonly identity: GenerationIdentity;
  /** Null: the indexer of the state's marks fills it. */
  readonly filling: Filling | null;
}

export interface GenerationParts {
  readonly methodText: string;
  /** How its model is read. Absent: it has none. */
  readonly model?: ModelReading | undefined;
  readonly method: RetrievalMethod;
  readonly index: RetrievalIndex;
  /** Of the method's embedder; null where it has none. */
  readonly vectors: VectorCache | null;
  /** Absent: the index is this process's own, or the state's marks are for it. */
  readonly shared?: FillingParts['shared'];
}

/** The one the service is opened with, whose index the state's marks are for. */
export function configuredGeneration(parts: GenerationParts, state: StateStore): Generation {
  return generationOf(parts, new IndexCandidates(parts.index, markedCoverage(state)), { filling: null });
}

export function besideGeneration(
  parts: GenerationParts,
  around: Omit<FillingParts, 'method' | 'index' | 'shared' | 'vectors' | 'statistics'>,
): Generation {
  const statistics = new PolicyStatistics(parts.method.passages);
  const filling = new Filling({ ...parts, ...around, statistics });
  return generationOf(parts, new IndexCandidates(parts.index, filling.coverage), { filling, statistics });
}

/** What puts it on record. */
export function startedOf(
  { id, methodText, model, identity, passages }: Generation,
  by: string,
  reason: string | null,
): GenerationStarted {
  const method = { method: methodText, ...(model === undefined ? {} : { model }) };
  return { type: 'generation.started', generation: id, ...method, index: identity, passages, reason, by };
}

interface Kept {
  readonly filling: Filling | null;
  readonly statistics?: PolicyStatistics;
}

function generationOf(parts: GenerationParts, candidates: IndexCandidates, { filling, ...kept }: Kept): Generation {
  const { methodText, model, method, vectors, index } = parts;
  const ranking = { method, vectors, generation: index.generation };
  const live = new RankingRetriever({ ...ranking, ...kept }, candidates);
  const past = new RankingRetriever(ranking, everyPolicy);
  const { identity } = live;
  const uses = new Uses();
  return {
    id: generationId(identity),
    methodText,
    model,
    passages: method.passages.id,
    identity,
    live,
    past,
    filling,
    hold: () => uses.begin(),
    unheld: () => uses.none(),
  };
}
