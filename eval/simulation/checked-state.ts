/** The state store's own side: after every write it is held against what was there before it (P1, P4), whoever has written. */
import { type Entity, type EntityKey, refOf } from '../../src/domain/entity.js';
import { compareVersions } from '../../src/domain/version.js';
import type { PendingMark, StateMove, StateStore, StateWrite, WriteResult } from '../../src/state/port.js';
import { must } from './violation.js';

export class CheckedState implements StateStore {
  readonly #store: StateStore;
  readonly #broken: (violation: unknown) => void;

  constructor(store: StateStore, broken: (violation: unknown) => void) {
    this.#store = store;
    this.#broken = broken;
  }

  async write(write: StateWrite): Promise<WriteResult> {
    const keys = write.changes.map(({ entity }) => entity.key);
    const [before, throughBefore] = [await this.#store.entities(keys), await this.#store.through()];
    const result = await this.#store.write(write);
    const [after, progress] = [await this.#store.entities(keys), await this.#store.progress()];
    try {
      for (const [index, was] of before.entries()) mustNotGoBack(was, after[index]);
      for (const [partition, { through, counts }] of progress) {
        must(through >= (throughBefore.get(partition) ?? -1n), 'P4', () => `${partition} went back to ${through}`);
        const counted = counts.applied + counts.superseded + counts.duplicate + counts.rejected;
        const wrong = counted !== Number(through + 1n) || Object.values(counts).some((count) => count < 0);
        must(!wrong, 'P1', () => `${partition} is at ${through} and counts ${JSON.stringify(counts)}`);
      }
    } catch (violation) {
      this.#broken(violation);
    }
    return result;
  }

  account(tenant: string, accountId: string) {
    return this.#store.account(tenant, accountId);
  }

  tenant(tenant: string) {
    return this.#store.tenant(tenant);
  }

  entities(keys: readonly EntityKey[]) {
    return this.#store.entities(keys);
  }

  pending(tenant: string) {
    return this.#store.pending(tenant);
  }

  allPending(countMax: number) {
    return this.#store.allPending(countMax);
  }

  indexed(marks: readonly PendingMark[]) {
    return this.#store.indexed(marks);
  }

  through() {
    return this.#store.through();
  }

  progress() {
    return this.#store.progress();
  }

  watch(listener: (moves: readonly StateMove[]) => void) {
    return this.#store.watch(listener);
  }
}

/** A redrive may put another event in force than before it: it names itself in the entity. */
function mustNotGoBack(was: Entity | undefined, is: Entity | undefined): void {
  if (was === undefined) return;
  must(is !== undefined, 'P4', () => `${refOf(was.key)} is gone without a tombstone`);
  if (is === undefined || is.redrives.join() !== was.redrives.join()) return;
  must(!isOlder(is, was), 'P4', () => `${refOf(was.key)} went back to ${is.watermark.position.offset}`);
  must(is.revision >= was.revision, 'P4', () => `${refOf(was.key)} went back to revision ${is.revision}`);
}

function isOlder(is: Entity, was: Entity): boolean {
  const [left, right] = [is.watermark, was.watermark];
  if (left.version !== null && right.version !== null) return compareVersions(left.version, right.version) < 0;
  return left.position.offset < right.position.offset;
}
