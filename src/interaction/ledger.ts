/**
 * What agents did, as the log says it: follows the topics of control, tool and decision events in this instance's own copy of the log
 * and keeps where each record is. Claims and traces need no store of their own: every instance has the whole log, and the order of a
 * key is that of its partition.
 *
 * It is made from the log at every start: the newest `limits.ledgerRecordsMax` offsets, shared equally among the partitions, of what
 * retention has left. Of what is older it knows the idempotency keys alone, among the newest `limits.claimedOffsetsMax` offsets of tool
 * events (`claimed-keys.ts`). Records that are rejected do not count, and are not redriven: what a claimant was told is not taken back.
 * Of records with one (source, id) in a partition the first counts.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SharedQuestion } from '../audit/shared-question.js';
import type { Clock } from '../domain/clock.js';
import { type InteractionKind, interactionKinds } from '../domain/event.js';
import { parseRecord } from '../domain/parse.js';
import {
  type PartitionKey,
  type Position,
  type PositionName,
  partitionKey,
  positionText,
  splitPartitionKey,
} from '../domain/position.js';
import { recordKeyOn } from '../domain/record-key.js';
import { within } from '../domain/within.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import { Bell } from '../log/delivery.js';
import { partitionOf } from '../log/partitioner.js';
import type { EventLog, LogBatch, LogRecord } from '../log/port.js';
import { type SourceTopic, sourceTopic, type TopicMap } from '../log/topics.js';
import { ClaimedKeys } from './claimed-keys.js';
import type { KnownClaim, LedgerRecord } from './ledger-record.js';
import { correlationKey, LedgerWindow, subjectKey } from './ledger-window.js';

export type { KnownClaim, LedgerRecord } from './ledger-record.js';

export interface LedgerParts {
  readonly log: EventLog;
  readonly topics: TopicMap;
  readonly clock: Clock;
  /** The topics could not be read on; it is tried again. */
  readonly onFailure?: (error: TidemarkError) => void;
  /** `limits.ledgerRecordsMax` unless given. */
  readonly recordsMax?: number;
  /** `limits.claimedOffsetsMax` unless given. Instances with another number may come to other answers about keys that are that old. */
  readonly claimedOffsetsMax?: number;
}

interface Bounds {
  /** Where each partition began when it was opened. */
  readonly starts: ReadonlyMap<PartitionKey, bigint>;
  /** Offsets of a partition in the window. */
  readonly share: bigint;
  /** Where the window of each partition began when it was opened. */
  readonly windowFrom: ReadonlyMap<PartitionKey, bigint>;
  /** Partitions of tool events, and the offsets of a generation of their keys. */
  readonly claimable: readonly PartitionKey[];
  readonly generation: bigint;
  readonly next: Map<PartitionKey, bigint>;
}

export class InteractionLedger {
  readonly #parts: LedgerParts;
  readonly #topics: readonly SourceTopic[];
  readonly #window: LedgerWindow;
  readonly #claimed: ClaimedKeys;
  readonly #bounds: Pick<Bounds, 'starts' | 'share' | 'windowFrom'>;
  /** The next offset that has not been taken, per partition. */
  readonly #next: Map<PartitionKey, bigint>;
  readonly #bell = new Bell();
  readonly #ends: SharedQuestion<ReadonlyMap<PartitionKey, bigint>>;

  private constructor(parts: LedgerParts, topics: readonly SourceTopic[], bounds: Bounds) {
    this.#parts = parts;
    this.#topics = topics;
    this.#window = new LedgerWindow(bounds.share);
    this.#claimed = new ClaimedKeys(bounds.claimable, bounds.generation);
    this.#next = bounds.next;
    this.#bounds = bounds;
    this.#ends = new SharedQuestion(() => parts.log.ends(), parts.clock, limits.ledgerEndAskMs);
  }

  /** Knows nothing until it runs. Rejects when the log cannot be asked where its topics begin and end. */
  static async open(parts: LedgerParts): Promise<InteractionLedger> {
    const topics = parts.topics.sources.filter(({ about }) => interactionKinds.some((kind) => kind === about));
    const partitions = topics.flatMap(partitionsOf);
    const claimable = topics.filter(({ about }) => about === 'tool').flatMap(partitionsOf);
    const [starts, ends] = await Promise.all([parts.log.starts(), parts.log.ends()]);
    const share = shareOf(parts.recordsMax ?? limits.ledgerRecordsMax, partitions.length);
    // Two generations are kept.
    const generation = shareOf(parts.claimedOffsetsMax ?? limits.claimedOffsetsMax, 2 * claimable.length);
    const windowFrom = new Map(partitions.map((key) => [key, (ends.get(key) ?? 0n) - share] as const));
    const next = new Map(
      [...windowFrom].map(([key, from]) => {
        const start = starts.get(key) ?? 0n;
        const keysFrom = claimable.includes(key) ? ClaimedKeys.readFrom(ends.get(key) ?? 0n, generation) : from;
        const first = keysFrom < from ? keysFrom : from;
        return [key, first > start ? first : start] as const;
      }),
    );
    return new InteractionLedger(parts, topics, { starts, share, windowFrom, claimable, generation, next });
  }

  /** Follows the topics until `signal` aborts. What the log cannot read is tried again: until then whoever waits for it is told `behind`. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, clock, onFailure } = this.#parts;
    const names = this.#topics.map(({ name }) => name);
    while (!signal.aborted) {
      try {
        for await (const batch of log.subscribe(names, this.#next, signal)) {
          this.#take(batch);
          // At start millions of records may come, a slice at a time: requests have their turns between them.
          if (batch.records.length >= limits.sliceRecordsMax) await nextTurn();
        }
        return;
      } catch (error) {
        if (!(error instanceof TidemarkError)) throw error;
        onFailure?.(error);
        await clock.sleep(limits.copyRetryMs, signal);
      }
    }
  }

  /** Whether everything that the topics held at the time of the call has been taken; false when that could not be had in time. */
  async catchUp(deadlineMs: number = limits.ledgerCatchUpMs): Promise<boolean> {
    const { clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const ends = await within(clock, this.#ends.ask(), deadlineMs);
    if (ends === undefined) return false;
    const wanted = [...this.#next.keys()].map((key) => [key, ends.get(key) ?? 0n] as const);
    const hasAll = () => wanted.every(([key, end]) => (this.#next.get(key) ?? 0n) >= end);
    return this.#until(hasAll, deadlineMs - (clock.monotonicMs() - startedMs));
  }

  /** Whether the record at this position, and all before it in its partition, have been taken. */
  covers({ topic, partition, offset }: Pick<Position, 'topic' | 'partition' | 'offset'>): boolean {
    return (this.#next.get(partitionKey(topic, partition)) ?? 0n) > offset;
  }

  /** Waits for it; false when it takes longer than `deadlineMs`. */
  reached(position: Pick<Position, 'topic' | 'partition' | 'offset'>, deadlineMs: number): Promise<boolean> {
    return this.#until(() => this.covers(position), deadlineMs);
  }

  /** What the log says of an idempotency key; undefined when no record of it is known. */
  claimOf(tenant: string, idempotencyKey: string): KnownClaim | undefined {
    const known = this.#partitionsFor(tenant, idempotencyKey).flatMap((key) => {
      const remembered = this.#claimed.find(key, tenant, idempotencyKey);
      return remembered === undefined ? [] : [{ ...remembered, at: splitPartitionKey(key) }];
    });
    const [home] = known;
    if (home === undefined) return undefined;
    const ended = known.find(({ status }) => status === 'returned') ?? known.find(({ status }) => status === 'failed');
    const first = { ...home.at, offset: home.first };
    return {
      first,
      holder: home.isFirstCertain ? this.#holderAt(subjectKey(tenant, 'tool', idempotencyKey), first) : null,
      status: ended?.status ?? 'unknown',
      outcome: ended === undefined || ended.outcome === null ? null : { ...ended.at, offset: ended.outcome },
    };
  }

  /** Records of one decision, in order. */
  decision(tenant: string, id: string): readonly LedgerRecord[] {
    return this.#about(tenant, 'decision', id);
  }

  /** Records of one tool call, by its idempotency key, in order. */
  tool(tenant: string, idempotencyKey: string): readonly LedgerRecord[] {
    return this.#about(tenant, 'tool', idempotencyKey);
  }

  /** Records of one workflow, in order. */
  workflow(tenant: string, id: string): readonly LedgerRecord[] {
    return this.#about(tenant, 'control', id);
  }

  /** Records of all classes under one correlation id: those of a partition in order, partitions interleaved as they were read. */
  correlated(tenant: string, correlationId: string): readonly LedgerRecord[] {
    return eachOnce(this.#window.of(correlationKey(tenant, correlationId)));
  }

  /** Whether it has every record of this class that the log had kept when it was opened, and all since. */
  knowsAll(kind: InteractionKind): boolean {
    return this.#shortened(kind).length === 0;
  }

  /**
   * When the log took the oldest record that is still known everywhere: of this class, older ones may have left, milliseconds since 1970.
   * Null when none has; infinite when a partition has nothing left.
   */
  unknownBeforeMs(kind: InteractionKind): number | null {
    const oldest = this.#shortened(kind).map((key) => this.#window.oldestMs(key) ?? Number.POSITIVE_INFINITY);
    return oldest.length === 0 ? null : Math.max(...oldest);
  }

  /** Partitions of which records have left the window. */
  #shortened(kind: InteractionKind): readonly PartitionKey[] {
    const { starts, share } = this.#bounds;
    return this.#topics
      .filter(({ about }) => about === kind)
      .flatMap(partitionsOf)
      .filter((key) => (this.#next.get(key) ?? 0n) - share > (starts.get(key) ?? 0n));
  }

  /** Offsets it has still to read of what the log held when it was opened, of all classes or of one: until then it cannot say "no". */
  unread(kind?: InteractionKind): bigint {
    const { share, windowFrom } = this.#bounds;
    return this.#topics
      .filter(({ about }) => kind === undefined || about === kind)
      .flatMap(partitionsOf)
      .map((key) => (windowFrom.get(key) ?? -share) + share - (this.#next.get(key) ?? 0n))
      .reduce((sum, left) => (left > 0n ? sum + left : sum), 0n);
  }

  /** Records it holds, repetitions included. */
  get count(): number {
    return this.#window.count;
  }

  /** The one where a key lies, and then those where only what was produced another way can be: it has no order there. */
  #partitionsFor(tenant: string, idempotencyKey: string): readonly PartitionKey[] {
    return this.#topics
      .filter(({ about }) => about === 'tool')
      .flatMap((topic) => {
        const home = partitionOf(recordKeyOn(topic, tenant, idempotencyKey), topic.partitions);
        const all = partitionsOf(topic);
        return [...all.slice(home, home + 1), ...all.slice(0, home), ...all.slice(home + 1)];
      });
  }

  #holderAt(subject: string, first: PositionName): KnownClaim['holder'] {
    const at = positionText(first);
    const record = this.#window.of(subject).find(({ position }) => positionText(position) === at);
    if (record === undefined) return 'on_record';
    return record.type === 'tool.called' ? record : null;
  }

  #about(tenant: string, kind: InteractionKind, subject: string): readonly LedgerRecord[] {
    return eachOnce(this.#window.of(subjectKey(tenant, kind, subject)));
  }

  #take({ topic, partition, records, nextOffset }: LogBatch): void {
    const key = partitionKey(topic, partition);
    const rules = sourceTopic(this.#parts.topics, topic);
    const next = this.#next.get(key) ?? 0n;
    const windowFrom = this.#bounds.windowFrom.get(key) ?? 0n;
    for (const record of records) {
      // A record that is delivered again has been taken.
      if (record.position.offset < next || rules === undefined) continue;
      const found = interactionIn(record, rules);
      if (found === undefined) continue;
      // What is read for its key alone would be dropped from the window again, a hundred thousand times over.
      if (record.position.offset >= windowFrom) this.#window.take(key, found.tenant, found.record);
      if (found.record.kind === 'tool') this.#claimed.take(key, found.tenant, found.record);
    }
    if (nextOffset > next) this.#next.set(key, nextOffset);
    this.#window.passed(key, nextOffset - 1n);
    this.#claimed.passed(key, nextOffset - 1n);
    this.#bell.ring();
  }

  async #until(isSo: () => boolean, deadlineMs: number): Promise<boolean> {
    const { clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    for (;;) {
      const rung = this.#bell.next();
      if (isSo()) return true;
      const leftMs = deadlineMs - (clock.monotonicMs() - startedMs);
      if (leftMs <= 0) return false;
      await within(clock, rung, Math.min(leftMs, limits.followPauseMs));
    }
  }
}

function partitionsOf({ name, partitions }: SourceTopic): readonly PartitionKey[] {
  return Array.from({ length: partitions }, (_, partition) => partitionKey(name, partition));
}

function shareOf(offsets: number, parts: number): bigint {
  return BigInt(Math.max(1, Math.floor(offsets / Math.max(1, parts))));
}

function interactionIn(record: LogRecord, rules: SourceTopic): { tenant: string; record: LedgerRecord } | undefined {
  const parsed = parseRecord(record, rules);
  if (parsed.kind === 'rejected' || parsed.event.about !== 'interaction') return undefined;
  const { tenant, kind, type, subject, source, id, digest, correlationId, causationId } = parsed.event;
  const { position, timestampMs } = record;
  return {
    tenant,
    record: { position, kind, type, subject, source, id, digest, correlationId, causationId, timestampMs },
  };
}

/** The first of each name in each partition. */
function eachOnce(taken: readonly LedgerRecord[]): readonly LedgerRecord[] {
  const names = new Set<string>();
  const records: LedgerRecord[] = [];
  for (const record of taken) {
    const { source, id, position } = record;
    const name = `${position.topic}:${position.partition} ${source.length}:${source}${id}`;
    if (!names.has(name)) records.push(record);
    names.add(name);
  }
  return records;
}
