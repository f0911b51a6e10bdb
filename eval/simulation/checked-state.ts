/** The state store's own side: after every write it is held against what was there before it (P1, P4) and against the fold (P3), whoever has written. */
import { type Entity, type EntityKey, refOf } from '../../src/domain/entity.js';
import { type PositionVector, partitionKey } from '../../src/domain/position.js';
import { compareVersions } from '../../src/domain/version.js';
import type { PendingMark, Renewal, StateMove, StateStore, StateWrite, WriteResult } from '../../src/state/port.js';
import { textOf } from './entity-text.js';
import type { Model } from './model.js';
import { must } from './violation.js';
import { topics } from './workload.js';

const rejectedPartition = partitionKey(topics.rejected, 0);

export class CheckedState implements StateStore {
  readonly #store: StateStore;
  readonly #model: Model;
  readonly #broken: (violation: unknown) => void;

  constructor(store: StateStore, model: Model, broken: (violation: unknown) => void) {
    this.#store = store;
    this.#model = model;
    this.#broken = broken;
  }

  async write(write: StateWrite): Promise<WriteResult> {
    const keys = write.changes.map(({ entity }) => entity.key);
    const [before, throughBefore] = [await this.#store.entities(keys), await this.#store.through()];
    const result = await this.#store.write(write);
    const [after, progress] = [await this.#store.entities(keys), await this.#store.progress()];
    try {
      const through = new Map([...progress].map(([partition, made]) => [partition, made.through]));
      for (const [index, key] of keys.entries()) {
        this.#mustNotGoBack({ was: before[index], is: after[index] }, write);
        if (result.kind === 'written') this.#mustBeFolded(key, after[index], through);
      }
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

  /** A write changes a key to what comes later in the log, unless it carries out a decision about an earlier record of that very key. */
  #mustNotGoBack({ was, is }: Change, { decided, progress }: StateWrite): void {
    if (was === undefined) return;
    const name = refOf(was.key);
    must(is !== undefined, 'P4', () => `${name} is gone without a tombstone`);
    if (is === undefined || textOf(is) === textOf(was)) return;
    must(is.revision > was.revision, 'P4', () => `${name} went from revision ${was.revision} to ${is.revision}`);
    const made = progress.find(({ partition }) => partition === rejectedPartition)?.through;
    const isReopened =
      decided.length === 1 &&
      made !== undefined &&
      this.#model.isReopened(was.key, was.watermark.position, { from: made - 1n, to: made });
    must(isReopened || isLater(is, was), 'P4', () => `${name} went from ${textOf(was)} to ${textOf(is)}`);
  }

  #mustBeFolded(key: EntityKey, is: Entity | undefined, through: PositionVector): void {
    const should = textOf(this.#model.entityAt(key, through));
    must(textOf(is) === should, 'P3', () => `${refOf(key)} is written as ${textOf(is)} and should be ${should}`);
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

  pendingKeys(tenant: string) {
    return this.#store.pendingKeys(tenant);
  }

  pendingCount() {
    return this.#store.pendingCount();
  }

  allPending(countMax: number) {
    return this.#store.allPending(countMax);
  }

  indexed(marks: readonly PendingMark[]) {
    return this.#store.indexed(marks);
  }

  repend() {
    return this.#store.repend();
  }

  renew(keys: readonly Renewal[]) {
    return this.#store.renew(keys);
  }

  get trouble() {
    return this.#store.trouble;
  }

  contents() {
    return this.#store.contents();
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

/** Of one key before and after a write. */
interface Change {
  readonly was: Entity | undefined;
  readonly is: Entity | undefined;
}

/** Later in the log, of a higher version where it has versions, and shaped by no decision less. */
function isLater(is: Entity, was: Entity): boolean {
  const [now, then] = [is.watermark, was.watermark];
  if (!was.redrives.every((at, index) => is.redrives[index] === at)) return false;
  if (now.position.offset <= then.position.offset) return false;
  if (now.version === null || then.version === null) return now.version === then.version;
  return compareVersions(now.version, then.version) > 0;
}
