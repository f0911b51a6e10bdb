/** The state store and the retrieval index as one process reaches them. What they hold may outlive it; see `world.ts`. */
import type { EntityKey } from '../../src/domain/entity.js';
import type { IndexQuery, IndexWrite, RetrievalIndex } from '../../src/retrieval/port.js';
import type { PendingMark, Renewal, StateMove, StateStore, StateWrite } from '../../src/state/port.js';
import type { Process } from './process.js';

export class SimulatedState implements StateStore {
  readonly #store: StateStore;
  readonly #process: Process;

  constructor(store: StateStore, process: Process) {
    this.#store = store;
    this.#process = process;
  }

  write(write: StateWrite) {
    return this.#process.call('state', `write ${progressText(write)}`, () => this.#store.write(write));
  }

  account(tenant: string, accountId: string) {
    return this.#process.call('state', `account ${accountId}`, () => this.#store.account(tenant, accountId));
  }

  tenant(tenant: string) {
    return this.#process.call('state', 'tenant', () => this.#store.tenant(tenant));
  }

  entities(keys: readonly EntityKey[]) {
    return this.#process.call('state', 'entities', () => this.#store.entities(keys));
  }

  pendingKeys(tenant: string) {
    return this.#process.call('state', 'pendingKeys', () => this.#store.pendingKeys(tenant));
  }

  pendingCount() {
    return this.#process.call('state', 'pendingCount', () => this.#store.pendingCount());
  }

  allPending(countMax: number) {
    return this.#process.call('state', 'allPending', () => this.#store.allPending(countMax));
  }

  indexed(marks: readonly PendingMark[]) {
    return this.#process.call('state', 'indexed', () => this.#store.indexed(marks));
  }

  repend() {
    return this.#process.call('state', 'repend', () => this.#store.repend());
  }

  renew(keys: readonly Renewal[]) {
    return this.#process.call('state', 'renew', () => this.#store.renew(keys));
  }

  get trouble() {
    return this.#store.trouble;
  }

  contents() {
    return this.#process.call('state', 'contents', () => this.#store.contents());
  }

  through() {
    return this.#process.call('state', 'through', () => this.#store.through());
  }

  progress() {
    return this.#process.call('state', 'progress', () => this.#store.progress());
  }

  watch(listener: (moves: readonly StateMove[]) => void): () => void {
    return this.#store.watch((moves) => this.#process.hear(() => listener(moves)));
  }
}

function progressText({ progress }: StateWrite): string {
  return progress.map(({ partition, through }) => `${partition}<=${through}`).join(' ');
}

export class SimulatedIndex implements RetrievalIndex {
  readonly generation: string;
  readonly isDurable: boolean;
  readonly #index: RetrievalIndex;
  readonly #process: Process;

  constructor(index: RetrievalIndex, process: Process) {
    this.generation = index.generation;
    this.isDurable = index.isDurable;
    this.#index = index;
    this.#process = process;
  }

  apply(writes: readonly IndexWrite[]) {
    return this.#process.call('index', 'apply', () => this.#index.apply(writes));
  }

  search(query: IndexQuery) {
    return this.#process.call('index', 'search', () => this.#index.search(query));
  }

  count(tenant: string) {
    return this.#process.call('index', 'count', () => this.#index.count(tenant));
  }
}
