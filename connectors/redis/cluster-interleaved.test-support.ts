/** Instances of a service on one model of slots, every step of theirs in whatever order; some die between two steps, some sleep and go on late. */
import { canonicalJson, digestOf } from '../../src/domain/canonical.js';
import type { Entity, EntityKey } from '../../src/domain/entity.js';
import type { PartitionKey } from '../../src/domain/position.js';
import { entity } from '../../src/state/contract-kit.js';
import type { StateStore, StateWrite } from '../../src/state/port.js';
import { MemoryState } from '../memory/state.js';
import { ModelSlots } from './cluster-model.test-support.js';
import type { Slots } from './cluster-slots.js';
import { ClusterState } from './cluster-state.js';
import { Layout } from './layout.js';

/** At which of its steps something happens to an instance, and whether the step was done before. */
export interface Fate {
  readonly kind: 'dies' | 'sleeps' | 'lives';
  readonly atStep: number;
  readonly isDone: boolean;
}

/** Decides when a step comes. */
export type Steps = { schedule<T>(work: Promise<T>): Promise<T> };

export class Died extends Error {}

const OFFSETS = 3;
const TRIES_MAX = 20;

export class Interleaved {
  readonly model: ModelSlots;
  /** What was seen: the view as text, by how far it says it is. */
  readonly seen: { readonly through: string; readonly view: string }[] = [];
  conflicts = 0;
  readonly #layout = new Layout('test', 'c1');
  readonly #scheduler: Steps;
  readonly #writes = new Map<string, StateWrite>();
  readonly #woken: Promise<void>;
  /** Those that sleep go on. */
  wake: () => void = () => {};

  constructor(scheduler: Steps) {
    this.#scheduler = scheduler;
    this.model = new ModelSlots(this.#layout);
    this.#woken = new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** An instance of the store. `underWay` is the write it is at, by which commits are told apart. */
  instance(fate: Fate, underWay: { write?: StateWrite } = {}): ClusterState {
    let steps = 0;
    const step = async <T>(act: () => Promise<T>): Promise<T> => {
      const at = steps++;
      if (fate.kind === 'dies' && at >= fate.atStep) {
        if (at === fate.atStep && fate.isDone) await act();
        throw new Died();
      }
      await this.#scheduler.schedule(Promise.resolve());
      if (fate.kind === 'sleeps' && at === fate.atStep && !fate.isDone) await this.#woken;
      const result = await act();
      await this.#scheduler.schedule(Promise.resolve());
      if (fate.kind === 'sleeps' && at === fate.atStep && fate.isDone) await this.#woken;
      return result;
    };
    const { model } = this;
    const slots: Slots = {
      look: () => step(() => model.look()),
      view: (tenant, accountId) => step(() => model.view(tenant, accountId)),
      progress: () => step(() => model.progress()),
      read: (part) => step(() => model.read(part)),
      commit: (intent) => {
        if (underWay.write !== undefined) this.#writes.set(intent.token, underWay.write);
        return step(() => model.commit(intent));
      },
      apply: (seq, part) => step(() => model.apply(seq, part)),
      finish: (intent) => step(() => model.finish(intent)),
      pending: (tenant, countMax) => step(() => model.pending(tenant, countMax)),
      pendingCount: () => step(() => model.pendingCount()),
      clear: (marks, by) => step(() => model.clear(marks, by)),
      indexMark: () => step(() => model.indexMark()),
      nameIndex: (by) => step(() => model.nameIndex(by)),
      tenants: () => step(() => model.tenants()),
    };
    const ground = { slots, layout: this.#layout };
    const nothing = () => {};
    const still = { trouble: null, giveUp: nothing, watch: nothing, close: async () => {} };
    return new ClusterState({ ...still, current: async () => ground });
  }

  /** Folds its partition to the end, each record once, whoever else does so too. */
  async owner(partition: number, fate: Fate): Promise<void> {
    const underWay: { write?: StateWrite } = {};
    const store = this.instance(fate, underWay);
    const name: PartitionKey = `support.tickets:${partition}`;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const reached = (await store.through()).get(name) ?? -1n;
      if (reached === BigInt(OFFSETS - 1)) return;
      underWay.write = await fold(store, partition, Number(reached) + 1);
      const { kind } = await store.write(underWay.write);
      if (kind === 'conflict') this.conflicts++;
    }
  }

  async reader(views: number): Promise<void> {
    const store = this.instance({ kind: 'lives', atStep: 0, isDone: false });
    for (let n = 0; n < views; n++) this.seen.push(await viewOf(store));
  }

  /** What was decided, one after the other, in a store in memory: each has to be taken. The view after each, by how far it is. */
  async replayed(): Promise<{ readonly views: ReadonlyMap<string, string>; readonly memory: MemoryState }> {
    const memory = new MemoryState();
    const first = await viewOf(memory);
    const views = new Map([[first.through, first.view]]);
    for (const { token } of this.model.decided) {
      const write = this.#writes.get(token);
      if (write === undefined) throw new Error('a write that nobody made was decided');
      const { kind } = await memory.write(write);
      if (kind !== 'written') throw new Error('a write was decided that has to be a conflict');
      const { through, view } = await viewOf(memory);
      views.set(through, view);
    }
    return { views, memory };
  }
}

/** A ticket of the partition that goes from account to account, a policy that all partitions write, and some of its own. */
async function fold(store: StateStore, partition: number, offset: number): Promise<StateWrite> {
  const keys: EntityKey[] = [
    { tenant: 'acme', kind: 'ticket', id: `T-${partition}` },
    { tenant: 'acme', kind: 'policy', id: 'P-1' },
    { tenant: 'acme', kind: 'policy', id: `Q-${partition}-${offset % 2}` },
  ];
  const held = await store.entities(keys);
  const changes = keys.map(({ kind, id }, index) => {
    const before = held[index];
    const shape = { partition, offset, revision: (before?.revision ?? 0) + 1, deleted: (partition + offset) % 3 === 2 };
    const data = kind === 'policy' ? { body: `${partition}/${offset}` } : {};
    const after = entity(kind, id, { ...shape, account: `A-${(partition + offset) % 2}`, data });
    return { entity: after, expected: before?.watermark ?? null };
  });
  const rejected = `support.tickets:${partition}:${offset}`;
  const concern = { tenant: 'acme', kind: 'ticket', id: `T-${partition}`, accountId: 'A-0' } as const;
  return {
    progress: [
      {
        partition: `support.tickets:${partition}`,
        through: BigInt(offset),
        after: BigInt(offset - 1),
        counts: { applied: 1, superseded: 0, duplicate: 0, rejected: 1 },
      },
    ],
    changes,
    replaced: [],
    decided: offset === 0 ? [] : [`support.tickets:${partition}:${offset - 1}`],
    block: [{ rejected, concern }],
  };
}

/** All that a reader can see of one account, and how far the view is. */
export async function viewOf(store: StateStore): Promise<{ readonly through: string; readonly view: string }> {
  const { account, members, policies, blocked, through } = await store.account('acme', 'A-1');
  const texts = (all: readonly (Entity | undefined)[]) =>
    all.map((one) => (one === undefined ? '' : textOf(one))).sort();
  const marks = blocked.map(({ rejected }) => rejected).sort();
  const view = canonicalJson([texts([account]), texts(members), policies.digest, marks]);
  return {
    through: canonicalJson([...through].map(([name, at]) => `${name}:${at}`).sort()),
    view: digestOf(view) + view,
  };
}

function textOf(one: Entity): string {
  const { key, watermark, revision, status } = one;
  const { position } = watermark;
  return `${key.kind}/${key.id} ${position.partition}:${position.offset} ${revision} ${status}`;
}
