/** The index in Qdrant: that of the configured method, and one for each generation beside it. */
import type { Publication } from '../../connectors/qdrant/keeper.js';
import type { Notice } from '../cli/composition.js';
import type { QdrantChoice } from '../config/choices.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import type { OpenIndexes } from '../generations/generations.js';
import { generationOf } from '../retrieval/generation.js';
import type { RetrievalMethod } from '../retrieval/method.js';
import type { MarkingStore } from '../state/port.js';
import type { SharedIndexes } from './generations.js';

export interface QdrantSurroundings {
  readonly state: MarkingStore;
  readonly method: RetrievalMethod;
  readonly tell: (notice: Notice) => void;
  /** Whoever only answers takes no marks from another index. */
  readonly mayFill: boolean;
}

export async function openQdrant(choice: QdrantChoice, { state, method, tell, mayFill }: QdrantSurroundings) {
  const { QdrantIndex } = await import('../../connectors/qdrant/index.js');
  const reasons = { new: 'is new', lost: 'was lost' } as const;
  const failed = tellingOnce(tell);
  const common = { settings: { url: choice.url, apiKey: choice.apiKey, alias: choice.collection }, clock: systemClock };
  let followed: OpenIndexes | null = null;
  // Until the record of generations is read, nobody knows what the alias is to name; one instance of several sees to it.
  const publication = (): Publication | null =>
    followed?.isFilling() === true ? { live: followed.live, kept: followed.open } : null;
  const index = await QdrantIndex.open({
    ...common,
    ...namesOf(method),
    mayFill,
    publication,
    source: {
      contents: () => state.contents(),
      mark: () => state.indexMark(),
      pendingCount: () => state.pendingCount(),
      refill: async (by, why) => {
        const entities = await state.repend(by);
        if (entities > 0)
          tell({ level: 'info', text: `the index ${reasons[why]} and is filled from the state`, facts: { entities } });
      },
    },
    failed,
  });
  const shared: SharedIndexes = {
    configured: method,
    open: async (beside, isFilling) => {
      const contents = () => state.contents();
      const opened = { ...common, ...namesOf(beside), contents, mayFill: isFilling, failed };
      const besideIndex = await QdrantIndex.openBeside(opened);
      return { index: besideIndex, close: () => besideIndex.close() };
    },
    followed: (open) => {
      followed = open;
    },
  };
  return { index, shared };
}

function namesOf(method: RetrievalMethod) {
  return { generation: generationOf(method), dimensions: method.embedder?.identity.dimensions ?? null };
}

/** What only an operator can mend, once until it is another: the index looks once a second. */
function tellingOnce(tell: (notice: Notice) => void): (error: unknown) => void {
  let told = '';
  return (error) => {
    if (!(error instanceof TidemarkError) || error.retriable || error.message === told) return;
    told = error.message;
    tell({ level: 'error', text: `${error.message}; ${error.advice}` });
  };
}
