/** The state store in memory: rebuilt at start from the newest checkpoint that others keep of it, and from the log. */
import { randomUUID } from 'node:crypto';
import { type CapturableState, isSleeping, type StateContents } from '../../src/checkpoint/contents.js';
import { type Entity, type EntityKey, entityKeyOf, entityKeyText } from '../../src/domain/entity.js';
import { isRetrievable } from '../../src/domain/kinds/index.js';
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import type { IndexMark } from '../../src/retrieval/port.js';
import type {
  AccountView,
  EntityChange,
  MarkingStore,
  PartitionProgress,
  PendingMark,
  Renewal,
  StateMove,
  StateWrite,
  TenantView,
  WriteResult,
} from '../../src/state/port.js';
import { AccountIndex } from './account-index.js';
import { BlockedMarks } from './blocked-marks.js';
import { EntityShelf } from './entity-shelf.js';
import { PendingMarks } from './pending-marks.js';
import { PolicyShelf } from './policy-shelf.js';
import { ProgressBoard } from './progress-board.js';

export class MemoryState implements MarkingStore, CapturableState {
  readonly #entities = new EntityShelf();
  readonly #accounts = new AccountIndex();
  readonly #policies = new PolicyShelf();
  readonly #blocked = new BlockedMarks();
  readonly #pending = new PendingMarks();
  readonly #progress = new ProgressBoard();
  readonly #contents = randomUUID();
  readonly #listeners = new Set<(moves: readonly StateMove[]) => void>();

  /** It is this process. */
  get trouble(): null {
    return null;
  }

  async write(write: StateWrite): Promise<WriteResult> {
    const conflicts = write.changes.filter((change) => !this.#expected(change)).map((change) => change.entity.key);
    if (conflicts.length > 0) return { kind: 'conflict', keys: conflicts };
    if (!this.#progress.allows(write)) return { kind: 'conflict', keys: [] };
    const moves = new Map<string, StateMove>();
    for (const { entity } of write.changes) this.#put(entity, moves);
    for (const key of write.replaced) this.#blocked.removeKey(key);
    for (const rejected of write.decided) this.#blocked.remove(rejected);
    for (const mark of write.block) this.#blocked.add(mark);
    for (const made of write.progress) this.#progress.advance(made);
    this.#tell([...moves.values()]);
    return { kind: 'written' };
  }

  #expected({ entity, expected }: EntityChange): boolean {
    const held = this.#entities.get(entityKeyText(entity.key));
    if (held === undefined || expected === null) return held === undefined && expected === null;
    // Somebody has raised it since this was folded.
    if (held.revision > entity.revision) return false;
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
    if (isRetrievable(kind)) this.#pending.set(markOf(entity));
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
      through: this.#progress.vector,
    };
  }

  async tenant(tenant: string): Promise<TenantView> {
    return {
      policies: this.#policies.of(tenant),
      blocked: this.#blocked.ofTenant(tenant),
      through: this.#progress.vector,
    };
  }

  async entities(keys: readonly EntityKey[]): Promise<readonly (Entity | undefined)[]> {
    return keys.map((key) => this.#entities.get(entityKeyText(key)));
  }

  async pendingKeys(tenant: string): Promise<readonly EntityKey[]> {
    return this.#pending.of(tenant);
  }

  async pendingCount(): Promise<number> {
    return this.#pending.count;
  }

  async allPending(countMax: number): Promise<readonly PendingMark[]> {
    return this.#pending.oldest(countMax);
  }

  async indexed(marks: readonly PendingMark[], by: IndexMark | null = null): Promise<void> {
    this.#pending.clear(marks, by);
  }

  async indexMark(): Promise<IndexMark | null> {
    return this.#pending.index;
  }

  async repend(by: IndexMark | null = null): Promise<number> {
    this.#pending.beginFor(by);
    const entities = this.#entities.awake(isRetrievable);
    for (const entity of entities) this.#pending.add(markOf(entity));
    if (entities.length > 0) this.#tell([]);
    return entities.length;
  }

  async renew(keys: readonly Renewal[]): Promise<void> {
    const moves = new Map<string, StateMove>();
    for (const { key, above } of keys) {
      const entity = isRetrievable(key.kind) ? this.#entities.get(entityKeyText(key)) : undefined;
      if (entity !== undefined) this.#put({ ...entity, revision: Math.max(entity.revision, above + 1) }, moves);
    }
    if (moves.size > 0) this.#tell([...moves.values()]);
  }

  async contents(): Promise<string> {
    return this.#contents;
  }

  async through(): Promise<PositionVector> {
    return this.#progress.vector;
  }

  async progress(): Promise<ReadonlyMap<PartitionKey, PartitionProgress>> {
    return this.#progress.all();
  }

  capture(): StateContents {
    return { progress: this.#progress.all(), blocked: this.#blocked.all(), entities: this.#entities.all() };
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
    this.#progress.restore(progress);
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

function markOf(entity: Entity): PendingMark {
  return { entity, hash: entity.status === 'present' ? entity.hash : null };
}
