/**
 * The stores of a service: in this process, or in Redis and Qdrant. What speaks to those is loaded where they are named. An index is
 * opened after its state: whose contents it holds is part of what it is called.
 */
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { awaitEngines } from '../cli/awaiting.js';
import type { Notice } from '../cli/composition.js';
import { qdrantChoiceOf, type RedisChoice, redisChoiceOf } from '../config/choices.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import type { GenerationEngines } from '../generations/generations.js';
import type { IndexHoldings } from '../reconcile/holdings.js';
import { generationOf } from '../retrieval/generation.js';
import { lexicalMethod, type RetrievalMethod } from '../retrieval/method.js';
import type { ModelReading } from '../retrieval/model-reading.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import type { MarkingStore } from '../state/port.js';
import { type ClosableGenerations, generationEnginesOf } from './generations.js';
import { methodOf } from './method.js';
import { openQdrant } from './qdrant.js';

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
  const { method, model, close } = await methodOf(config, { tell, signal });
  try {
    const open = () => openOnce({ config, logId, method, model }, tell);
    const stores = await awaitEngines(open, { clock: systemClock, tell, signal });
    const closeAll = async () => {
      await stores.generations.close();
      await stores.close();
      await close();
    };
    return { ...stores, close: closeAll };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opening {
  readonly config: Config;
  readonly logId: string;
  readonly method: RetrievalMethod;
  readonly model: ModelReading | undefined;
}

interface OpenedStores extends Stores {
  readonly generations: ClosableGenerations;
}

async function openOnce({ config, logId, method, model }: Opening, tell: Tell): Promise<OpenedStores> {
  const inMemory = memoryStores(method);
  const [redis, qdrant] = [redisChoiceOf(config), qdrantChoiceOf(config)];
  const opened = redis === null ? null : await openRedis(redis, logId);
  const state = opened ?? inMemory.state;
  try {
    const mayFill = config.ROLE !== 'api';
    const opening = qdrant === null ? null : await openQdrant(qdrant, { state, method, tell, mayFill });
    const index = opening?.index ?? null;
    return {
      state,
      memory: opened === null ? inMemory.memory : null,
      index: index ?? inMemory.index,
      holdings: index,
      method,
      generations: generationEnginesOf(config, { shared: opening?.shared ?? null, tell, configuredModel: model }),
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
