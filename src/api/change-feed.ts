/**
 * What one change stream tells, pulled by its reader: nothing is made before it is asked for, so a slow reader gets fewer, newer
 * messages instead of a queue. The state's listener only takes notes; looking again happens in the pull.
 */
import type { RecordedEntry } from '../audit/port.js';
import { covers, type PositionVector, splitPartitionKey } from '../domain/position.js';
import { limits } from '../limits.js';
import type { ChangedBy } from '../replay/compare.js';
import { coverageOf } from '../replay/coverage.js';
import { type Validity, type ValidityParts, validityOf } from '../replay/validity.js';
import { isIndexUnavailable } from '../retrieval/unavailable.js';
import type { StateMove } from '../state/port.js';
import { tokenOf } from './reads.js';
import type { ApiService } from './service.js';
import { nextEdgeMs } from './windows.js';

/** A released snapshot that is watched until it stops being valid. */
export interface WatchedSnapshot {
  readonly entry: RecordedEntry;
  readonly account: string | null;
}

export interface Watch {
  readonly tenant: string;
  readonly accounts: readonly string[];
  readonly snapshots: readonly WatchedSnapshot[];
  /** Where the client stands; accounts that have moved past it are told at once. */
  readonly from: PositionVector | null;
}

export interface FeedMessage {
  readonly event: 'open' | 'account' | 'snapshot' | 'ping';
  /** A client that reconnects passes the last one as Last-Event-ID. */
  readonly token: string | null;
  readonly data: object;
}

interface SnapshotState extends WatchedSnapshot {
  due: boolean;
  /** Built from more than is applied, after a restart: until it is covered any move may be the one that covers it. */
  isBehind: boolean;
  /** Wall time of the next validity window that opens or closes. */
  edgeMs: number;
}

interface WatchedAccounts {
  readonly due: Set<string>;
  /** Those that have not moved past the client's token yet: until then only what lies beyond it counts. */
  readonly fromToken: Set<string>;
  /** Wall time at which what this instance's journal could not tell yet is looked at again: nothing moves when it can. */
  againAtMs: number;
}

type InvalidBy = ChangedBy | { readonly kind: 'account_gone' } | { readonly kind: 'unreplayable' };

export class ChangeFeed {
  readonly #service: ApiService;
  readonly #watch: Watch;
  readonly #pingMs: number;
  readonly #accounts: WatchedAccounts;
  readonly #snapshots = new Map<string, SnapshotState>();
  readonly #stopWatching: () => void;
  #wake = new AbortController();

  constructor(service: ApiService, watch: Watch, pingMs: number) {
    this.#service = service;
    this.#watch = watch;
    this.#pingMs = pingMs;
    const fromToken = new Set(watch.from === null ? [] : watch.accounts);
    this.#accounts = { due: new Set(fromToken), fromToken, againAtMs: Number.MAX_SAFE_INTEGER };
    for (const one of watch.snapshots)
      this.#snapshots.set(one.entry.id, { ...one, due: true, isBehind: false, edgeMs: 0 });
    this.#stopWatching = service.engines.state.watch((moves) => this.#note(moves));
  }

  close(): void {
    this.#stopWatching();
    this.#wake.abort();
  }

  #note(moves: readonly StateMove[]): void {
    for (const state of this.#snapshots.values()) state.due ||= state.isBehind;
    for (const move of moves) {
      if (move === 'anything') this.#noteAnything();
      else if (move.tenant === this.#watch.tenant) this.#noteMove(move.accountId);
    }
    if (this.#isDue()) this.#wake.abort();
  }

  #noteMove(accountId: string | null): void {
    if (accountId !== null && this.#watch.accounts.includes(accountId)) this.#accounts.due.add(accountId);
    for (const state of this.#snapshots.values()) {
      if (accountId === null || accountId === state.account) state.due = true;
    }
  }

  /** Told once too often is harmless, once too seldom is not. */
  #noteAnything(): void {
    for (const accountId of this.#watch.accounts) this.#accounts.due.add(accountId);
    for (const state of this.#snapshots.values()) state.due = true;
  }

  #isDue(): boolean {
    return this.#accounts.due.size > 0 || [...this.#snapshots.values()].some(({ due }) => due);
  }

  /** The first message: where the stream begins. */
  async open(): Promise<FeedMessage> {
    const token = tokenOf(this.#service, await this.#service.engines.state.through());
    return { event: 'open', token, data: { token } };
  }

  /** The next message; a ping when nothing has happened for as long as a ping is due. */
  async next(signal: AbortSignal): Promise<FeedMessage | undefined> {
    const { clock } = this.#service.engines;
    const pingAtMs = clock.monotonicMs() + this.#pingMs;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const message = await this.#look();
      if (message !== undefined) return message;
      const leftMs = pingAtMs - clock.monotonicMs();
      if (leftMs <= 0) return { event: 'ping', token: null, data: {} };
      // A note taken while we looked has aborted the wait already.
      const woken = AbortSignal.any([this.#wake.signal, signal]);
      await clock.sleep(Math.min(leftMs, Math.max(0, this.#edgeMs() - clock.wallMs())), woken);
    }
    return undefined;
  }

  #edgeMs(): number {
    return Math.min(this.#accounts.againAtMs, ...[...this.#snapshots.values()].map(({ edgeMs }) => edgeMs));
  }

  /** When the journal of this instance may have come to what another one has applied. */
  #soonMs(): number {
    return this.#service.engines.clock.wallMs() + limits.feedJournalWaitMs;
  }

  async #look(): Promise<FeedMessage | undefined> {
    if (this.#accounts.againAtMs <= this.#service.engines.clock.wallMs()) {
      this.#accounts.againAtMs = Number.MAX_SAFE_INTEGER;
      for (const accountId of this.#accounts.fromToken) this.#accounts.due.add(accountId);
    }
    for (const accountId of this.#accounts.due) {
      this.#accounts.due.delete(accountId);
      const message = await this.#accountMessage(accountId);
      if (message !== undefined) return message;
    }
    const nowMs = this.#service.engines.clock.wallMs();
    for (const state of this.#snapshots.values()) {
      if (!state.due && state.edgeMs > nowMs) continue;
      state.due = false;
      const message = await this.#snapshotMessage(state);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Undefined when the client has a token and nothing of the account lies beyond it. */
  async #accountMessage(accountId: string): Promise<FeedMessage | undefined> {
    const { from } = this.#watch;
    const through = await this.#service.engines.state.through();
    if (from !== null && this.#accounts.fromToken.has(accountId)) {
      const isPast = this.#isPast(accountId, from, through);
      // What another instance has applied is told by the journal, which may come to it a moment later.
      const isKnown = isPast || covers(await this.#service.journal.through(), this.#told(through));
      if (!isKnown) this.#accounts.againAtMs = this.#soonMs();
      // Once everything the token names is applied, the next move is past it; a redrive moves without a record of its own.
      if (isPast || (isKnown && covers(through, from))) this.#accounts.fromToken.delete(accountId);
      if (!isPast) return undefined;
    }
    const token = tokenOf(this.#service, through);
    return { event: 'account', token, data: { account: accountId, token } };
  }

  /** Of the state, what the journal's index is told of. */
  #told(through: PositionVector): PositionVector {
    const { sources } = this.#service.engines.topics;
    const names = new Set(sources.map(({ name }) => name));
    return new Map([...through].filter(([partition]) => names.has(splitPartitionKey(partition).topic)));
  }

  /** Whether an applied record of the account's entities lies beyond the vector. */
  #isPast(accountId: string, vector: PositionVector, through: PositionVector): boolean {
    const { index } = this.#service.journal;
    return index.keysOfAccount(this.#watch.tenant, accountId).some((key) =>
      index.recordsOf(key).some(({ partition, offsets }) => {
        const applied = through.get(partition) ?? -1n;
        const newest = offsets.findLast((offset) => offset <= applied) ?? -1n;
        return newest > (vector.get(partition) ?? -1n);
      }),
    );
  }

  /** Undefined while it is valid, and while nobody can tell. */
  async #snapshotMessage(state: SnapshotState): Promise<FeedMessage | undefined> {
    state.isBehind =
      (await coverageOf({ ...this.#service.engines, journal: this.#service.journal }, state.entry)).kind === 'behind';
    if (state.isBehind) {
      state.edgeMs = this.#soonMs();
      return undefined;
    }
    const { tenant } = this.#watch;
    const { state: store, clock } = this.#service.engines;
    const view = state.account === null ? await store.tenant(tenant) : await store.account(tenant, state.account);
    state.edgeMs = nextEdgeMs(view, clock.wallMs());
    const validity = await validityWithin(this.#service.replay, state.entry);
    // Nothing moves when the index is back, so that is looked for.
    if (validity === undefined) state.edgeMs = Math.min(state.edgeMs, clock.wallMs() + limits.indexRetryMs);
    if (validity === undefined || validity.kind === 'valid') return undefined;
    this.#snapshots.delete(state.entry.id);
    const token = 'token' in validity ? validity.token : null;
    return { event: 'snapshot', token, data: { id: state.entry.id, valid: false, by: reasonOf(validity), token } };
  }
}

/** Undefined while the index cannot be asked. */
async function validityWithin(replay: ValidityParts, entry: RecordedEntry): Promise<Validity | undefined> {
  try {
    return await validityOf(replay, entry);
  } catch (error) {
    if (isIndexUnavailable(error)) return undefined;
    throw error;
  }
}

function reasonOf(validity: Exclude<Validity, { kind: 'valid' }>): InvalidBy | null {
  switch (validity.kind) {
    case 'superseded':
      return validity.changes[0]?.by ?? null;
    case 'account_gone':
      return { kind: 'account_gone' };
    case 'failed':
      return { kind: 'unreplayable' };
  }
}
