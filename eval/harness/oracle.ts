/**
 * The oracle: what is true at a moment, and what is wrong with an answer of that moment. It is handed every record as it is played and
 * nothing else, so it knows no more of the future than the service may, and it shares none of the service's decisions (`oracle/truth.ts`).
 */
import type { JsonValue } from '../../src/domain/canonical.js';
import type { DecisionEntry } from '../streams/source.js';
import { factFindings } from './oracle/facts.js';
import { type Applicant, applicantOf, isActive, unmet, versionInForce } from './oracle/force.js';
import { hashOf, ownerOf, type State, type StreamRecord, Truth } from './oracle/truth.js';
import type { Finding, FindingKind, Question, ReleasedItem } from './types.js';

export type { StreamRecord } from './oracle/truth.js';

export interface ReleasedValue extends ReleasedItem {
  /** As the answer has it. */
  readonly value: JsonValue;
}

export interface JudgedAnswer {
  readonly question: Pick<Question, 'tenant' | 'account' | 'expect'>;
  /** The virtual instant, milliseconds since 1970. */
  readonly atMs: number;
  readonly items: readonly ReleasedValue[];
}

export class Oracle {
  readonly #truth: Truth;
  /** The positions of what has been taken. Not the highest of each partition: a stream may have them in any order, and with holes. */
  readonly #arrived = new Set<string>();

  /** `isDecided`: operators will decide about records, so they are kept. */
  constructor(isDecided = false) {
    this.#truth = new Truth(isDecided);
  }

  /** The next record of the stream. */
  take(record: StreamRecord): void {
    this.#arrived.add(record.position);
    this.#truth.take(record);
  }

  /** What an operator has decided about a record that had been rejected. One that is discarded says nothing, as before. */
  decide(decision: DecisionEntry['decision']): void {
    if (decision.kind === 'redriven' && decision.repaired !== null)
      this.#truth.repair(decision.about, decision.repaired);
  }

  /** Everything that is wrong with an answer of now: first item by item, in their order, then the facts. */
  judge({ question, atMs, items }: JudgedAnswer): readonly Finding[] {
    const { tenant, account, expect } = question;
    const scope: Scope = { tenant, account, atMs, applicant: this.#applicant(tenant, account, atMs) };
    const ofItems = items.flatMap((item) => this.#judgeItem(item, scope));
    const values = items.map(({ value }) => value);
    return [...ofItems, ...factFindings(values, expect)];
  }

  /** Whether anything has ever been said of it, its deletion included. */
  knowsRef(tenant: string, ref: string): boolean {
    return this.#truth.state(tenant, ...splitRef(ref)) !== undefined;
  }

  knowsTenant(tenant: string): boolean {
    return this.#truth.knowsTenant(tenant);
  }

  #applicant(tenant: string, account: string | null, atMs: number): Applicant | null {
    if (account === null) return null;
    return applicantOf(this.#truth.state(tenant, 'account', account), this.#truth.membersOf(tenant, account), atMs);
  }

  #judgeItem(item: ReleasedValue, scope: Scope): readonly Finding[] {
    const found = (kind: FindingKind, detail: string): Finding => ({
      kind,
      ref: item.ref,
      detail: `${item.ref} ${detail}`,
    });
    if (isPosition(item.position) && !this.#arrived.has(item.position)) {
      return [found('future_record', `is of ${item.position}, which had not arrived`)];
    }
    const [kind, id] = splitRef(item.ref);
    const state = this.#truth.state(scope.tenant, kind, id);
    const findings = staleness(item, state).map((detail) => found('stale_hit', detail));
    if (state?.hash !== item.hash) {
      const strangers = this.#truth.holdersOf(item.hash);
      if (strangers.length > 0 && !strangers.includes(scope.tenant)) {
        findings.push(found('cross_tenant_leak', 'has a value that only another tenant ever had'));
      }
    }
    if (state) findings.push(...this.#judgeState(state, scope).map(([what, detail]) => found(what, detail)));
    return findings;
  }

  #judgeState(state: State, { tenant, account, atMs, applicant }: Scope): readonly (readonly [FindingKind, string])[] {
    const findings: [FindingKind, string][] = [];
    if (state.kind === 'policy') {
      const inForce = versionInForce(this.#truth.versionsOf(tenant, String(state.data.policyId)), atMs);
      const which = inForce === undefined ? 'no version' : `policy/${inForce.id}`;
      if (inForce?.id !== state.id) findings.push(['wrong_policy_version', `was released, and in force was ${which}`]);
      const condition = applicant === null ? undefined : unmet(state, applicant);
      if (condition !== undefined)
        findings.push(['entitlement_leak', `is for other ${condition} than the account has`]);
      return findings;
    }
    const owner = ownerOf(state);
    if (owner !== account) findings.push(['cross_tenant_leak', 'belongs to another account than the one asked about']);
    if (state.kind === 'entitlement' && !isActive(state, atMs)) findings.push(['entitlement_leak', 'was not active']);
    return findings;
  }
}

interface Scope {
  readonly tenant: string;
  readonly account: string | null;
  readonly atMs: number;
  /** Null: nobody in particular asks, and conditions of policies do not count. */
  readonly applicant: Applicant | null;
}

/** In which ways an item is not the newest state. */
function staleness({ hash, position, value }: ReleasedValue, state: State | null | undefined): readonly string[] {
  if (state === undefined) return ['was released, and nothing had been said of it'];
  if (state === null) return ['was released after it had been deleted'];
  if (state.hash !== hash) return [`is of ${position}, and the newest state was of ${state.position}`];
  if (hashOf(value) !== hash) return ['has a value that is not what its hash says'];
  return state.position === position ? [] : [`is stamped with ${position} and is of ${state.position}`];
}

function splitRef(ref: string): readonly [kind: string, id: string] {
  const slash = ref.indexOf('/');
  return [ref.slice(0, slash), ref.slice(slash + 1)];
}

function isPosition(text: string): boolean {
  return /:\d{1,19}$/.test(text);
}
