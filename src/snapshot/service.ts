/**
 * The snapshot service: reach the consistency asked for, assemble, judge the freshness, write the manifest, record it, release it.
 * Nothing is released before its audit record is durable (P9).
 */

import { auditPlaceJson } from '../audit/place.js';
import type { AuditLog, ReleasedTo } from '../audit/port.js';
import type { Digest } from '../domain/canonical.js';
import type { Clock } from '../domain/clock.js';
import type { PartitionKey, PositionVector } from '../domain/position.js';
import type { LogIdentity } from '../domain/token.js';
import type { TopicMap } from '../log/topics.js';
import { indexUnavailable } from '../retrieval/unavailable.js';
import type { StateReader, StateStore } from '../state/port.js';
import { freshnessAsOf, instantOf, type LostRecord, type Past, reachPast } from './as-of.js';
import { type Assembled, type Assembly, assemble } from './assemble.js';
import { type Reached, reach } from './consistency.js';
import { type Freshness, judge } from './freshness.js';
import { type DigestFunction, type Manifest, manifestOf, type Stamp } from './manifest.js';
import { OneReading } from './one-reading.js';
import { messagesFor } from './prompted.js';
import { type Envelope, renderReleased } from './render.js';
import type { SnapshotReport } from './report.js';
import type { SnapshotRequest } from './request.js';
import type { Retrieval, Retriever } from './retriever.js';
import { Stamps } from './stamps.js';
import type { Witness } from './witness.js';

export interface SnapshotParts {
  readonly state: StateStore;
  /** The live generation; it may be another one for the next snapshot, so each asks once. `of`: that one, while it is open. */
  readonly retrieval: (of?: Stamp['index']) => Retrieval;
  readonly past: Past;
  readonly report: SnapshotReport;
  readonly witness: Witness;
  readonly audit: AuditLog;
  /** `best-effort`: a snapshot whose record could not be written is released all the same, with `audit: null`. */
  readonly auditing: 'required' | 'best-effort';
  readonly clock: Clock;
  readonly identity: LogIdentity;
  readonly topics: TopicMap;
  /** Told of each answer as of now to a question, when its record is written and before it is handed over: to take a note, no more. */
  readonly released?: (answer: ReleasedAnswer) => void;
  /** SHA-256 when not given. The bench puts a constant here to tell what hashing costs; such snapshots can be neither found nor replayed. */
  readonly digest?: DigestFunction;
}

/** A released answer with what it was made of, so that it can be asked what would have come of it otherwise. */
export interface ReleasedAnswer {
  readonly id: Digest;
  readonly request: SnapshotRequest;
  /** The state as the answer read it. */
  readonly reading: StateReader;
  readonly evaluatedAtMs: number;
  readonly assembled: Assembled;
}

/** Of the HTTP request or the tool call, for the audit record. */
export interface Caller extends ReleasedTo {
  readonly requestId: string;
  readonly traceparent: string | null;
  /** The interaction it belongs to, as the caller names it. */
  readonly correlationId?: string | undefined;
}

export type SnapshotResult =
  | {
      readonly kind: 'released';
      readonly body: string;
      readonly id: Digest;
      readonly content: Digest;
      readonly recorded: boolean;
    }
  | {
      readonly kind: 'not_found';
      /** `deleted`: there was such an account. */
      readonly status: 'unknown' | 'deleted';
      readonly freshness: Freshness;
      readonly token: string;
    }
  | Refused
  | PastLost;

type Refused = Extract<Reached, { kind: 'refused' }>;

/** Time travel to a past whose records are no longer all kept. */
interface PastLost {
  readonly kind: 'past_lost';
  readonly record: LostRecord;
}

interface Answered {
  readonly kind: 'answered';
  /** What it was answered with, and from. */
  readonly retriever: Retriever;
  readonly reading: StateReader;
  readonly assembly: Assembly;
  readonly evaluatedAtMs: number;
  readonly freshness: Freshness;
}

export interface Reassembled {
  readonly assembly: Assembly;
  readonly freshness: Freshness;
  /** Covers what the assembly was read from. */
  readonly token: string;
}

export class SnapshotService {
  readonly #parts: SnapshotParts;
  readonly #stamps: Stamps;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    this.#stamps = new Stamps(parts.identity, parts.topics);
  }

  async snapshot(request: SnapshotRequest, caller: Caller): Promise<SnapshotResult> {
    const { asOf } = request;
    const answered = asOf === null ? await this.#now(request) : await this.#asOf(request, asOf);
    if (answered.kind !== 'answered') return answered;
    const { assembly, freshness } = answered;
    if (assembly.kind === 'not_found') {
      const { status, view } = assembly;
      return { kind: 'not_found', status, freshness, token: this.#stamps.tokenOf(request, view.through) };
    }
    const { assembled } = assembly;
    const manifest = await this.#manifest(request, assembled, answered);
    const audit = await this.#record(manifest, request.tenant, caller);
    const token = this.#stamps.tokenOf(request, assembled.through);
    if (asOf === null && request.question !== null) this.#tell(request, assembled, { ...answered, id: manifest.id });
    return {
      kind: 'released',
      body: renderReleased(manifest, { token, audit }),
      id: manifest.id,
      content: manifest.content,
      recorded: audit !== null,
    };
  }

  #tell(
    request: SnapshotRequest,
    assembled: Assembled,
    { id, reading, evaluatedAtMs }: Answered & { id: Digest },
  ): void {
    this.#parts.released?.({ id, request, reading, evaluatedAtMs, assembled });
  }

  async #now(request: SnapshotRequest): Promise<Answered | Refused> {
    const { witness, clock } = this.#parts;
    const state = new OneReading(this.#parts.state, request);
    const reached = await reach({ state, witness, clock }, request.consistency, this.partitionsOf(request));
    if (reached.kind === 'refused') return reached;
    const tokensCovered = reached.kind === 'met' || reached.tokensCovered;
    const evaluatedAtMs = clock.wallMs();
    const { retriever, assembly } = await this.#withLive(async ({ live }) => ({
      retriever: live,
      assembly: await assemble(state, live, request, evaluatedAtMs),
    }));
    if (request.consistency.onViolation === 'refuse') refuseWithoutIndex(assembly);
    const seen = assembly.kind === 'not_found' ? assembly.view : assembly.assembled;
    const freshness = this.#judge(request, { ...seen, tokensCovered });
    return { kind: 'answered', retriever, reading: state, assembly, evaluatedAtMs, freshness };
  }

  /** Reads the journal of the account and the tenant's policies, up to what the token names and the answer can come from. */
  async #asOf(request: SnapshotRequest, asOf: PositionVector): Promise<Answered | Refused | PastLost> {
    const refused = await reachPast(this.#parts, asOf, request.consistency);
    if (refused !== undefined) return refused;
    const { past } = this.#parts;
    const evaluatedAtMs = await instantOf(past, asOf);
    if (typeof evaluatedAtMs !== 'number') return { kind: 'past_lost', record: evaluatedAtMs };
    const subject = { tenant: request.tenant, accountId: request.account };
    const opened = await past.open(subject, this.#stamps.within(request, asOf));
    if (opened.kind === 'lost') return { kind: 'past_lost', record: opened };
    const { retriever, assembly } = await this.#withLive(async ({ past: retriever }) => ({
      retriever,
      assembly: await assemble(opened.state, retriever, request, evaluatedAtMs),
    }));
    return {
      kind: 'answered',
      retriever,
      reading: opened.state,
      assembly,
      evaluatedAtMs,
      freshness: freshnessAsOf,
    };
  }

  /** With the generation that is live as it begins, or that asked for; it is not closed before it has ended. */
  async #withLive<Result>(ask: (retrieval: Retrieval) => Promise<Result>, by?: Stamp['index']): Promise<Result> {
    const retrieval = this.#parts.retrieval(by);
    const letGo = retrieval.hold?.();
    try {
      return await ask(retrieval);
    } finally {
      letGo?.();
    }
  }

  async #record(manifest: Manifest, tenant: string, caller: Caller): Promise<Envelope['audit']> {
    const { audit, auditing } = this.#parts;
    const { subject, scopes, requestId, traceparent, correlationId } = caller;
    const entry = {
      id: manifest.id,
      tenant,
      manifest: manifest.text,
      releasedTo: { subject, scopes },
      requestId,
      traceparent,
      correlationId,
    };
    try {
      return auditPlaceJson(await audit.record(entry));
    } catch (error) {
      if (auditing === 'required') throw error;
      this.#parts.report.unrecorded(error);
      return null;
    }
  }

  async #manifest(
    request: SnapshotRequest,
    assembled: Assembled,
    { retriever, evaluatedAtMs, freshness }: Answered,
  ): Promise<Manifest> {
    const { items, omitted, retrieval, policies, through } = assembled;
    const stamp = this.#stamps.stampOf(request, through, { policySet: policies.digest, index: retriever.identity });
    const call = request.mode === 'context' ? request.prompt : undefined;
    const rendered = await messagesFor(call, { items, question: request.question, freshness });
    return manifestOf(
      { request, evaluatedAtMs, freshness, items, omitted, retrieval, stamp, rendered },
      this.#parts.digest,
    );
  }

  /**
   * Assembles again as of now, recording and releasing nothing, and judges how fresh that is: for validity and diff. `by`: with the
   * generation that the snapshot was made with, while it is open, so that what differs is due to what was written. Throws
   * `index_unavailable` while nobody can tell which policies would be retrieved.
   */
  async reassemble(request: SnapshotRequest, evaluatedAtMs: number, by?: Stamp['index']): Promise<Reassembled> {
    const { state, witness } = this.#parts;
    await witness.look();
    const assembly = await this.#withLive(({ live }) => assemble(state, live, request, evaluatedAtMs), by);
    refuseWithoutIndex(assembly);
    const seen = assembly.kind === 'not_found' ? assembly.view : assembly.assembled;
    const { through } = seen;
    const freshness = this.#judge(request, { ...seen, tokensCovered: true });
    return { assembly, freshness, token: this.#stamps.tokenOf(request, through) };
  }

  #judge(
    request: SnapshotRequest,
    seen: Pick<Assembled, 'through' | 'blocked'> & Partial<Assembled> & { readonly tokensCovered: boolean },
  ): Freshness {
    const { witness } = this.#parts;
    const partitions = this.partitionsOf(request);
    const kinds = this.#stamps.kindsBehind(request);
    const blocked = seen.blocked.filter(({ concern }) => concern.kind === null || kinds.has(concern.kind));
    return judge({
      ages: witness.ages(partitions, seen.through),
      troubles: witness.troubles(partitions),
      blocked,
      maxStalenessMs: request.consistency.maxStalenessMs,
      tokensCovered: seen.tokensCovered,
      retrieval: seen.retrieval ?? null,
    });
  }

  /** Every partition a request's answer can come from. */
  partitionsOf(request: SnapshotRequest): readonly PartitionKey[] {
    return this.#stamps.partitionsOf(request);
  }
}

function refuseWithoutIndex(assembly: Assembly): void {
  if (assembly.kind === 'assembled' && assembly.assembled.retrieval?.unavailable === true) throw indexUnavailable();
}
