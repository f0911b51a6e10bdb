/**
 * The stores of a service: in this process, or in Redis and Qdrant. What speaks to those is loaded where they are named. An index is
 * opened after its state: whose contents it holds is part of what it is called.
 */
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { awaitEngines } from '../cli/awaiting.js';
import type { Notice } from '../cli/composition.js';
import { type QdrantChoice, qdrantChoiceOf, type RedisChoice, redisChoiceOf } from '../config/choices.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import type { GenerationEngines } from '../generations/generations.js';
import type { IndexHoldings } from '../reconcile/holdings.js';
import { generationOf } from '../retrieval/generation.js';
import { lexicalMethod, type RetrievalMethod } from '../retrieval/method.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import type { MarkingStore } from '../state/port.js';
import { generationEnginesOf } from './generations.js';
import { methodOf } from './method.js';

export interface Stores {
  readonly state: MarkingStore;
  /** The same, where it is in memory: checkpoints are made of it. */
  readonly memory: MemoryState | null;
  readonly index: RetrievalIndex;
  /** The same, where it outlives the process. */
  readonly holdings: IndexHoldings | null;
  /** The index is a generation of it. */
  readonly method: RetrievalMethod;
  /** Absent: there is no other generation. */
  readonly generations?: GenerationEngines;
  close(): Promise<void>;
}

type Tell = (notice: Notice) => void;

export function memoryStores(method: RetrievalMethod = lexicalMethod): Stores {
  const memory = new MemoryState();
  const index = new MemoryIndex(generationOf(method));
  return { state: memory, memory, index, holdings: null, method, close: async () => undefined };
}

export interface StoresOpening {
  readonly tell: Tell;
  /** Ends it, with `stopping`. */
  readonly signal: AbortSignal | undefined;
}

/** `logId`: of the log that the state is of. Rejects with `unreachable` or `config_invalid` in the end: engines may be starting too. */
export async function openStores(config: Config, logId: string, { tell, signal }: StoresOpening): Promise<Stores> {
  // First and once: a model that is not there does not come by waiting for the others.
  const { method, close } = await methodOf(config);
  const generations = generationEnginesOf(config);
  try {
    const open = () => openOnce({ config, logId, method }, tell);
    const stores = await awaitEngines(open, { clock: systemClock, tell, signal });
    const closeAll = async () => {
      await stores.close();
      await generations.close();
      await close();
    };
    return { ...stores, generations, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opening {
  readonly config: Config;
  readonly logId: string;
  readonly method: RetrievalMethod;
}

async function openOnce({ config, logId, method }: Opening, tell: Tell): Promise<Stores> {
  const inMemory = memoryStores(method);
  const [redis, qdrant] = [redisChoiceOf(config), qdrantChoiceOf(config)];
  const opened = redis === null ? null : await openRedis(redis, logId);
  const state = opened ?? inMemory.state;
  try {
    const mayFill = config.ROLE !== 'api';
    const index = qdrant === null ? null : await openQdrant(qdrant, { state, method, tell, mayFill });
    return {
      state,
      memory: opened === null ? inMemory.memory : null,
      index: index ?? inMemory.index,
      holdings: index,
      method,
      close: async () => {
        await index?.close();
        await opened?.close();
      },
    };
  } catch (error) {
    await opened?.close();
    throw error;
  }
}

async function openRedis(
  choice: RedisChoice,
  logId: string,
): Promise<MarkingStore & { close(): void | Promise<void> }> {
  const { nodes, cluster, db, ...common } = choice;
  const [address = ''] = nodes;
  if (cluster) {
    const { openClusterState } = await import('../../connectors/redis/cluster-grounds.js');
    return await openClusterState({ ...common, addresses: nodes }, logId);
  }
  const { RedisState } = await import('../../connectors/redis/state.js');
  return await RedisState.open({ ...common, address, db }, logId);
}

interface QdrantSurroundings {
  readonly state: MarkingStore;
  readonly method: RetrievalMethod;
  readonly tell: Tell;
  /** Whoever only answers takes no marks from another index. */
  readonly mayFill: boolean;
}

async function openQdrant(choice: QdrantChoice, { state, method, tell, mayFill }: QdrantSurroundings) {
  const { QdrantIndex } = await import('../../connectors/qdrant/index.js');
  const reasons = { new: 'is new', lost: 'was lost' } as const;
  return await QdrantIndex.open({
    settings: { url: choice.url, apiKey: choice.apiKey, alias: choice.collection },
    clock: systemClock,
    generation: generationOf(method),
    dimensions: method.embedder?.identity.dimensions ?? null,
    mayFill,
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
    failed: tellingOnce(tell),
  });
}

/** What only an operator can mend, once until it is another: the index looks once a second. */
function tellingOnce(tell: Tell): (error: unknown) => void {
  let told = '';
  return (error) => {
    if (!(error instanceof TidemarkError) || error.retriable || error.message === told) return;
    told = error.message;
    tell({ level: 'error', text: `${error.message}; ${error.advice}` });
  };
}
