/**
 * The state as it was at a position vector, for one tenant and one account: only their own records are read, and none that is later.
 * Decisions about rejected records count when they stand at or before the vector too.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entity, EntityKey, PresentEntity } from '../domain/entity.js';
import { entityKeyText } from '../domain/entity.js';
import { type PositionVector, parsePositionText, partitionKey } from '../domain/position.js';
import type { Decision } from '../domain/step.js';
import { foreignPlace, type Journal, type KeyHistory } from '../journal/journal.js';
import type { DecisionLookup } from '../journal/rebuild.js';
import { limits } from '../limits.js';
import { PolicySet } from '../state/policy-set.js';
import type { AccountView, StateReader, TenantView } from '../state/port.js';

export interface PastParts {
  readonly journal: Journal;
  readonly decisionOn: DecisionLookup;
}

export type OpenedPast =
  | {
      readonly kind: 'opened';
      readonly state: PastState;
      /** The place of an expired record that other code folded; null where this code has folded all. */
      readonly ofOtherCode: Extract<KeyHistory, { kind: 'lost' }> | null;
    }
  /** A record is no longer kept: that past cannot be told. */
  | Extract<KeyHistory, { kind: 'lost' }>;

/** `accountId` null: the tenant's policies alone. */
export async function openPast(
  { journal, decisionOn }: PastParts,
  subject: { readonly tenant: string; readonly accountId: string | null },
  through: PositionVector,
): Promise<OpenedPast> {
  const { tenant, accountId } = subject;
  const ofAccount = accountId === null ? [] : journal.index.keysOfAccount(tenant, accountId);
  const entities = new Map<string, Entity>();
  let ofOtherCode: Extract<KeyHistory, { kind: 'lost' }> | null = null;
  for (const [read, key] of [...ofAccount, ...journal.index.policiesOf(tenant)].entries()) {
    // What lies in memory is read without a wait: others get their turn all the same.
    if (read % limits.scoredSliceCandidates === limits.scoredSliceCandidates - 1) await nextTurn();
    const history = await journal.historyOf(key, decisionsThrough(decisionOn, through), through);
    if (history.kind === 'lost') return history;
    ofOtherCode ??= foreignPlace(history) ?? null;
    if (history.entity !== undefined) entities.set(entityKeyText(key), history.entity);
  }
  return { kind: 'opened', state: new PastState(through, entities), ofOtherCode };
}

/** What had been decided by then: a chain of decisions is cut after the last one that stands within the vector. */
export function decisionsThrough(decisionOn: DecisionLookup, through: PositionVector): DecisionLookup {
  const madeBy = (decision: Decision | undefined): Decision | undefined => {
    if (decision === undefined) return undefined;
    const at = parsePositionText(decision.at);
    const last = at === undefined ? undefined : through.get(partitionKey(at.topic, at.partition));
    return at !== undefined && last !== undefined && at.offset <= last ? decision : madeBy(decision.before);
  };
  return (rejected) => madeBy(decisionOn(rejected));
}

/** Answers for the tenant and account it was opened for, and about what it can know: nothing is pending, nothing is judged fresh. */
export class PastState implements StateReader {
  readonly #through: PositionVector;
  readonly #entities: ReadonlyMap<string, Entity>;
  readonly #policies: PolicySet;

  constructor(through: PositionVector, entities: ReadonlyMap<string, Entity>) {
    this.#through = through;
    this.#entities = entities;
    this.#policies = new PolicySet(0, [...entities.values()].filter(isPresent));
  }

  async account(tenant: string, accountId: string): Promise<AccountView> {
    const members = [...this.#entities.values()]
      .filter(isPresent)
      .filter((entity) => entity.accountId === accountId && entity.key.kind !== 'account');
    const account = this.#entities.get(entityKeyText({ tenant, kind: 'account', id: accountId }));
    return { account, members, version: 0, ...(await this.tenant()) };
  }

  async tenant(): Promise<TenantView> {
    return { policies: this.#policies, blocked: [], through: this.#through };
  }

  async entities(keys: readonly EntityKey[]): Promise<readonly (Entity | undefined)[]> {
    return keys.map((key) => this.#entities.get(entityKeyText(key)));
  }

  async pendingKeys(): Promise<readonly EntityKey[]> {
    return [];
  }

  async through(): Promise<PositionVector> {
    return this.#through;
  }
}

function isPresent(entity: Entity): entity is PresentEntity {
  return entity.status === 'present';
}
