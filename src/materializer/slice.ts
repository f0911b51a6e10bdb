/** One slice of one partition, folded in memory: pure. What it returns is written in one atomic step or not at all. */
import { type Entity, type EntityKey, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { positionText } from '../domain/position.js';
import { accountNamedIn, countOf, keyOf, type Step, step, type Understood } from '../domain/step.js';
import type { LogRecord } from '../log/port.js';
import type { DeadLetter } from '../log/rejected-port.js';
import type { BlockedMark, EntityChange, OutcomeCounts, ProgressMade, StateWrite } from '../state/port.js';

export interface PlacedStep {
  readonly record: LogRecord;
  readonly understood: Understood;
}

/** What the journal's index is told about one record. */
export interface JournalNote {
  readonly key: EntityKey;
  readonly record: LogRecord;
  /** Accounts the record touched or names: the one the entity was in before it, the one it is in after, the one in its data. */
  readonly accounts: readonly string[];
}

export interface FoldedSlice {
  readonly write: StateWrite;
  readonly letters: readonly DeadLetter[];
  readonly notes: readonly JournalNote[];
}

/** The keys whose entities must be read before folding, each once. */
export function keysOf(steps: readonly PlacedStep[]): readonly EntityKey[] {
  const keys = new Map<EntityKeyText, EntityKey>();
  for (const { understood } of steps) {
    const key = keyOf(understood);
    if (key !== undefined) keys.set(entityKeyText(key), key);
  }
  return [...keys.values()];
}

/** `stored` holds what the state store has for `keysOf(steps)`; keys it does not have are absent. */
export function foldSlice(
  progress: Omit<ProgressMade, 'counts'>,
  steps: readonly PlacedStep[],
  stored: ReadonlyMap<EntityKeyText, Entity>,
): FoldedSlice {
  const slice = new SliceFold(stored);
  for (const placed of steps) slice.take(placed);
  return slice.result(progress);
}

class SliceFold {
  readonly #stored: ReadonlyMap<EntityKeyText, Entity>;
  readonly #current: Map<EntityKeyText, Entity>;
  readonly #counts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  readonly #replaced = new Map<EntityKeyText, EntityKey>();
  readonly #letters: DeadLetter[] = [];
  readonly #notes: JournalNote[] = [];
  #block: BlockedMark[] = [];

  constructor(stored: ReadonlyMap<EntityKeyText, Entity>) {
    this.#stored = stored;
    this.#current = new Map(stored);
  }

  take({ record, understood }: PlacedStep): void {
    const key = keyOf(understood);
    const text = key === undefined ? undefined : entityKeyText(key);
    const before = text === undefined ? undefined : this.#current.get(text);
    const taken = step(before, understood);
    this.#counts[countOf(taken.outcome)]++;
    if (taken.outcome === 'applied' && text !== undefined) {
      this.#current.set(text, taken.entity);
      if (taken.replacesAll) this.#replace(text, taken.entity.key);
    }
    if (taken.outcome === 'rejected') this.#reject(record, taken);
    if (key !== undefined) this.#notes.push({ key, record, accounts: accountsOf(before, taken, understood) });
  }

  /** A full state, a delete or a tombstone: what was rejected before it no longer matters to this key. */
  #replace(text: EntityKeyText, key: EntityKey): void {
    this.#replaced.set(text, key);
    this.#block = this.#block.filter(({ concern }) => {
      const { tenant, kind, id } = concern;
      return tenant === null || kind === null || id === null || entityKeyText({ tenant, kind, id }) !== text;
    });
  }

  #reject(record: LogRecord, taken: Extract<Step, { outcome: 'rejected' }>): void {
    const { rejection, concern } = taken;
    this.#letters.push({ record, rejection, concern });
    const mark = blockedBy(record, taken);
    if (mark !== undefined) this.#block.push(mark);
  }

  result(progress: Omit<ProgressMade, 'counts'>): FoldedSlice {
    const changes: EntityChange[] = [];
    for (const [text, entity] of this.#current) {
      const stored = this.#stored.get(text);
      if (entity === stored) continue;
      changes.push(
        stored === undefined ? { entity, expected: null } : { entity, expected: stored.watermark, foldedOn: stored },
      );
    }
    const counts: OutcomeCounts = { ...this.#counts };
    const write = {
      progress: [{ ...progress, counts }],
      changes,
      replaced: [...this.#replaced.values()],
      decided: [],
      block: this.#block,
    };
    return { write, letters: this.#letters, notes: this.#notes };
  }
}

/** Undefined where nothing is missing from any answer: an interaction event folds into no entity, and neither would this one have. */
export function blockedBy(record: LogRecord, taken: Step): BlockedMark | undefined {
  if (taken.outcome !== 'rejected' || taken.discarded || taken.concern.kind === null) return undefined;
  return { rejected: positionText(record.position), concern: taken.concern };
}

function accountsOf(before: Entity | undefined, taken: Step, understood: Understood): readonly string[] {
  const after = taken.outcome === 'applied' ? taken.entity : before;
  const accounts: string[] = [];
  for (const id of [before?.accountId, after?.accountId, accountNamedIn(understood)]) {
    if (id !== undefined && id !== null && !accounts.includes(id)) accounts.push(id);
  }
  return accounts;
}
