/** The state store in memory: rebuilt at start from the newest checkpoint that others keep of it, and from the log. */
import { type CapturableState, isSleeping, type StateContents } from '../../src/checkpoint/contents.js';
import {
  type Entity,
  type EntityKey,
  entityKeyOf,
  entityKeyText,
  type PresentEntity,
} from '../../src/domain/entity.js';
import { isRetrievable } from '../../src/domain/kinds/index.js';
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import { PolicySet } from '../../src/state/policy-set.js';
import type {
  AccountView,
  EntityChange,
  PartitionProgress,
  PendingMark,
  ProgressHeld,
  ProgressMade,
  StateMove,
  StateStore,
  StateWrite,
  TenantView,
  WriteResult,
} from '../../src/state/port.js';
import { AccountIndex } from './account-index.js';
import { BlockedMarks } from './blocked-marks.js';
import { EntityShelf } from './entity-shelf.js';
import { PendingMarks } from './pending-marks.js';

const nothing = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };

export class MemoryState implements StateStore, CapturableState {
  readonly #entities = new EntityShelf();
  readonly #accounts = new AccountIndex();
  readonly #policies = new PolicyShelf();
  readonly #blocked = new BlockedMarks();
  readonly #pending = new PendingMarks();
  readonly #progress = new Map<PartitionKey, PartitionProgress>();
  /** Of `#progress`, until the next write: every read carries it. */
  #through: PositionVector | undefined;
  readonly #listeners = new Set<(moves: readonly StateMove[]) => void>();

  async write(write: StateWrite): Promise<WriteResult> {
    const conflicts = write.changes.filter((change) => !this.#expected(change)).map((change) => change.entity.key);
    if (conflicts.length > 0) return { kind: 'conflict', keys: conflicts };
    const isOvertaken = !write.progress.every((made) => this.#follows(made));
    if (isOvertaken || !(write.held ?? []).every((held) => this.#isAt(held))) return { kind: 'conflict', keys: [] };
    const moves = new Map<string, StateMove>();
    for (const { entity } of write.changes) this.#put(entity, moves);
    for (const key of write.replaced) this.#blocked.removeKey(key);
    for (const rejected of write.decided) this.#blocked.remove(rejected);
    for (const mark of write.block) this.#blocked.add(mark);
    this.#through = undefined;
    for (const made of write.progress) this.#advance(made);
    this.#tell([...moves.values()]);
    return { kind: 'written' };
  }

  #follows({ partition, after }: ProgressMade): boolean {
    return after === undefined || this.#isAt({ partition, through: after });
  }

  #isAt({ partition, through }: ProgressHeld): boolean {
    return through === (this.#progress.get(partition)?.through ?? -1n);
  }

  #advance({ partition, through, counts }: ProgressMade): void {
    const known = this.#progress.get(partition);
    this.#progress.set(partition, {
      through: known !== undefined && known.through > through ? known.through : through,
      counts: add(known?.counts ?? nothing, counts),
    });
  }

  #expected({ entity, expected }: EntityChange): boolean {
    const held = this.#entities.get(entityKeyText(entity.key));
    if (held === undefined || expected === null) return held === undefined && expected === null;
    const { position, version } = held.watermark;
    const wanted = expected.position;
    return (
      position.offset === wanted.offset &&
      position.partition === wanted.partition &&
      position.incarnation.id === wanted.incarnation.id &&
      version === expected.version
    );
  }

  #put(entity: Entity, moves: Map<string, StateMove>): void {
    const text = entityKeyText(entity.key);
    const before = this.#entities.get(text);
    this.#entities.set(text, entity);
    const { tenant, kind } = entity.key;
    if (isRetrievable(kind)) this.#pending.set({ entity, hash: entity.status === 'present' ? entity.hash : null });
    if (kind === 'policy') {
      this.#policies.put(entity);
      moves.set(moveName(tenant, null), { tenant, accountId: null });
      return;
    }
    for (const accountId of this.#accounts.move(before, entity))
      moves.set(moveName(tenant, accountId), { tenant, accountId });
  }

  #tell(moves: readonly StateMove[]): void {
    const told = moves.length > 0 ? moves : [{ tenant: null, accountId: null }];
    for (const listener of this.#listeners) listener(told);
  }

  async account(tenant: string, accountId: string): Promise<AccountView> {
    return {
      account: this.#entities.get(entityKeyText({ tenant, kind: 'account', id: accountId })),
      members: this.#accounts.members(tenant, accountId, (name) => this.#entities.get(name)),
      version: this.#accounts.version(tenant, accountId),
      policies: this.#policies.of(tenant),
      blocked: this.#blocked.ofAccount(tenant, accountId, (key) => this.#entities.get(entityKeyText(key))?.accountId),
      through: this.#vector(),
    };
  }

  async tenant(tenant: string): Promise<TenantView> {
    return { policies: this.#policies.of(tenant), blocked: this.#blocked.ofTenant(tenant), through: this.#vector() };
  }

  async entities(keys: readonly EntityKey[]): Promise<readonly (Entity | undefined)[]> {
    return keys.map((key) => this.#entities.get(entityKeyText(key)));
  }

  async pending(tenant: string): Promise<readonly PendingMark[]> {
    return this.#pending.of(tenant);
  }

  async allPending(countMax: number): Promise<readonly PendingMark[]> {
    return this.#pending.oldest(countMax);
  }

  async indexed(marks: readonly PendingMark[]): Promise<void> {
    for (const mark of marks) this.#pending.clear(mark);
  }

  async through(): Promise<PositionVector> {
    return this.#vector();
  }

  #vector(): PositionVector {
    this.#through ??= new Map([...this.#progress].map(([partition, { through }]) => [partition, through]));
    return this.#through;
  }

  async progress(): Promise<ReadonlyMap<PartitionKey, PartitionProgress>> {
    return new Map(this.#progress);
  }

  capture(): StateContents {
    return { progress: new Map(this.#progress), blocked: this.#blocked.all(), entities: this.#entities.all() };
  }

  /** The index starts empty, so everything it is to hold is pending, as it is after a start from the log. */
  restore({ progress, blocked, entities }: StateContents): void {
    for (const stored of entities) {
      const name = isSleeping(stored) ? stored.name : entityKeyText(stored.key);
      const key = entityKeyOf(name);
      if (isSleeping(stored) && !isRetrievable(key.kind)) {
        this.#entities.lay(stored);
        if (stored.owner !== null) this.#accounts.restore(key, stored.owner, name);
      } else {
        this.#put(isSleeping(stored) ? stored.wake() : stored, new Map());
      }
    }
    for (const mark of blocked) this.#blocked.add(mark);
    for (const [partition, made] of progress) this.#progress.set(partition, made);
    this.#through = undefined;
  }

  watch(listener: (moves: readonly StateMove[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Names one move. The tenant's length goes before an account, so that no two moves become one. */
function moveName(tenant: string, accountId: string | null): string {
  return accountId === null ? `policies of ${tenant}` : `${tenant.length}:${tenant}${accountId}`;
}

function add(a: PartitionProgress['counts'], b: PartitionProgress['counts']): PartitionProgress['counts'] {
  return {
    applied: a.applied + b.applied,
    superseded: a.superseded + b.superseded,
    duplicate: a.duplicate + b.duplicate,
    rejected: a.rejected + b.rejected,
  };
}

/** One immutable set per tenant and version: made when asked for, kept until the next change. */
class PolicyShelf {
  readonly #present = new Map<string, Map<string, PresentEntity>>();
  readonly #sets = new Map<string, PolicySet>();
  readonly #versions = new Map<string, number>();

  put(entity: Entity): void {
    const { tenant, id } = entity.key;
    const present = this.#present.get(tenant) ?? new Map<string, PresentEntity>();
    this.#present.set(tenant, present);
    if (entity.status === 'present') present.set(id, entity);
    else present.delete(id);
    this.#versions.set(tenant, (this.#versions.get(tenant) ?? 0) + 1);
    this.#sets.delete(tenant);
  }

  of(tenant: string): PolicySet {
    const known = this.#sets.get(tenant);
    if (known !== undefined) return known;
    const made = new PolicySet(this.#versions.get(tenant) ?? 0, this.#present.get(tenant)?.values() ?? []);
    this.#sets.set(tenant, made);
    return made;
  }
}
