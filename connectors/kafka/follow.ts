/**
 * Follows partitions of a log from given points on. Brokers are asked by topic id, by the epoch of their leadership and by that of
 * the last record read, so that each answer proves that it goes on from what was read; nothing is reset, and what does not go on is
 * told as a trouble. One question per broker is under way while its last answer is given out.
 */
import { protocolErrorsCodesById } from '@platformatic/kafka';
import type { PartitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import type { ReadPoint, RemoteLog, RemoteNews } from '../../src/log/remote-port.js';
import type { PartitionTrouble } from '../../src/log/trouble.js';
import { scanBatches, type WireBatch } from './batches.js';
import type { Cluster, ClusterTopic } from './cluster.js';
import type { FetchAnswer, FetchedPartition, PartitionAsk } from './fetch-wire.js';
import { Inbox } from './inbox.js';
import { NodeLinks } from './node-links.js';
import { Place, partedAt, troubleOf } from './place.js';
import { slicesOf } from './records.js';
import type { KafkaSettings } from './settings.js';

export type RetryReason =
  | 'unreachable'
  | 'leader_unknown'
  | 'leader_moved'
  | 'topic_unknown'
  | 'unreadable'
  | 'refused'
  | 'out_of_range';

/** A partition is tried again, forever if need be. */
export interface Retry {
  readonly partition: PartitionKey;
  readonly why: RetryReason;
  /** Since it was last read. */
  readonly attempts: number;
  readonly cause?: unknown;
}

export interface FollowOptions {
  /** Asked for now, of no cache. */
  readonly cluster: Pick<Cluster, 'describe'>;
  readonly probe: Pick<RemoteLog, 'marks' | 'epochEnd'>;
  readonly settings: KafkaSettings;
  readonly signal: AbortSignal;
  readonly onRetry: (retry: Retry) => void;
}

export async function* follow(from: readonly ReadPoint[], options: FollowOptions): AsyncGenerator<RemoteNews, void> {
  const reading = new Reading(from, options);
  try {
    for (;;) {
      reading.goOn();
      const news = await reading.next();
      if (news === undefined) return;
      for (const item of news) {
        yield item;
        if (options.signal.aborted) return;
      }
    }
  } finally {
    reading.close();
  }
}

const refusals: Readonly<Record<string, RetryReason>> = {
  NOT_LEADER_OR_FOLLOWER: 'leader_moved',
  FENCED_LEADER_EPOCH: 'leader_moved',
  UNKNOWN_LEADER_EPOCH: 'leader_moved',
  LEADER_NOT_AVAILABLE: 'leader_unknown',
  UNKNOWN_TOPIC_OR_PARTITION: 'topic_unknown',
  UNKNOWN_TOPIC_ID: 'topic_unknown',
  INCONSISTENT_TOPIC_ID: 'topic_unknown',
  OFFSET_OUT_OF_RANGE: 'out_of_range',
  CORRUPT_MESSAGE: 'unreadable',
};

interface Question {
  readonly nodeId: number;
  readonly asked: readonly { readonly place: Place; readonly ask: PartitionAsk }[];
}

class Reading {
  private readonly places: readonly Place[];
  private readonly links: NodeLinks;
  private readonly inbox: Inbox<() => Iterable<RemoteNews>>;
  private looking = false;
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;

  constructor(
    from: readonly ReadPoint[],
    private readonly options: FollowOptions,
  ) {
    this.places = from.map((point) => new Place(point));
    this.links = new NodeLinks(options.settings);
    this.inbox = new Inbox(options.signal);
  }

  async next(): Promise<Iterable<RemoteNews> | undefined> {
    return (await this.inbox.take())?.();
  }

  /** Starts whatever can be started. */
  goOn(): void {
    const nowMs = performance.now();
    const lost = this.places.flatMap((place) => (place.stage.kind === 'lost' ? [place.stage.retryAtMs] : []));
    clearTimeout(this.timer);
    if (lost.length > 0 && !this.looking) {
      const inMs = Math.min(...lost) - nowMs;
      if (inMs <= 0) this.look(nowMs);
      else this.timer = setTimeout(() => this.inbox.put(() => []), Math.ceil(inMs));
    }
    const ready = new Set(this.places.flatMap(({ stage }) => (stage.kind === 'ready' ? [stage.leader.node] : [])));
    for (const nodeId of ready) {
      if (this.links.isFree(nodeId)) this.ask(nodeId);
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.links.drop();
  }

  private look(nowMs: number): void {
    this.looking = true;
    const due = this.places.filter(({ stage }) => stage.kind === 'lost' && stage.retryAtMs <= nowMs);
    this.options.cluster.describe([...new Set(due.map(({ point }) => point.topic))]).then(
      (topics) => this.inbox.put(() => this.onView(due, topics)),
      (cause: unknown) => this.inbox.put(() => this.onNoView(due, cause)),
    );
  }

  private onNoView(due: readonly Place[], cause: unknown): readonly RemoteNews[] {
    this.looking = false;
    for (const place of due) this.retry(place, 'unreachable', cause);
    return [];
  }

  private onView(due: readonly Place[], topics: readonly ClusterTopic[]): readonly RemoteNews[] {
    this.looking = false;
    const byName = new Map(topics.map((topic) => [topic.name, topic]));
    const nowMs = performance.now();
    return due.flatMap((place) => {
      const topic = byName.get(place.point.topic);
      if (topic?.incarnationId !== place.point.incarnationId) {
        const trouble = place.suspect(topic?.incarnationId ?? null, nowMs);
        if (trouble !== null) return [this.end(place, trouble)];
        this.retry(place, 'topic_unknown');
        return [];
      }
      const leader = topic.leaders[place.point.partition] ?? null;
      if (leader === null) {
        this.retry(place, 'leader_unknown');
      } else {
        this.links.locate(leader);
        place.found(leader);
      }
      return [];
    });
  }

  /** Bytes are given to partitions in the order of the question: each is the first in turn. */
  private ask(nodeId: number): void {
    const mine = this.places.flatMap((place) =>
      place.stage.kind === 'ready' && place.stage.leader.node === nodeId ? [{ place, leader: place.stage.leader }] : [],
    );
    const first = this.turn++ % mine.length;
    const turned = [...mine.slice(first), ...mine.slice(0, first)];
    const asked = turned.map(({ place, leader }) => ({ place, ask: place.ask(leader) }));
    const question: Question = { nodeId, asked };
    this.links
      .fetch(
        nodeId,
        asked.map(({ ask }) => ask),
      )
      .then(
        (answer) => this.inbox.put(() => this.onAnswer(question, answer)),
        (cause: unknown) => this.inbox.put(() => this.onNoAnswer(question, cause)),
      );
  }

  private onNoAnswer({ nodeId, asked }: Question, cause: unknown): readonly RemoteNews[] {
    this.links.release(nodeId);
    for (const { place, ask } of asked) {
      if (isCurrent(place, ask)) this.retry(place, 'unreachable', cause);
    }
    return [];
  }

  /** What is to be asked next follows from the heads, so the next question is under way before the first record is unpacked. */
  private *onAnswer({ nodeId, asked }: Question, { partitions }: FetchAnswer): Generator<RemoteNews> {
    this.links.release(nodeId);
    const answered = new Map(partitions.map((fetched) => [`${fetched.topicId}:${fetched.partition}`, fetched]));
    const pending: Generator<RemoteNews>[] = [];
    for (const { place, ask } of asked) {
      if (!isCurrent(place, ask)) continue;
      const fetched = answered.get(`${ask.topicId}:${ask.partition}`);
      if (fetched === undefined) this.retry(place, 'refused');
      else pending.push(...this.onPartition(place, ask, fetched));
    }
    this.goOn();
    for (const news of pending) yield* news;
  }

  private onPartition(place: Place, ask: PartitionAsk, fetched: FetchedPartition): Generator<RemoteNews>[] {
    if (fetched.errorCode !== 0) return this.onError(place, fetched.errorCode);
    if (fetched.diverging !== null) return [once(this.end(place, partedAt(fetched.diverging.end, ask.offset)))];
    const { batches, damage } = scanBatches(fetched.bytes);
    const last = batches.at(-1);
    if (last !== undefined && last.end > place.offset) {
      place.offset = last.end;
      place.lastEpoch = last.leaderEpoch;
    }
    if (damage !== undefined) {
      this.retry(place, 'unreadable', damage);
    } else {
      if (last === undefined) place.attempts = 0;
      if (place.stage.kind === 'asked') place.stage = { kind: 'ready', leader: place.stage.leader };
    }
    return last === undefined ? [] : [this.records(place, ask, { batches, fetched })];
  }

  private *records(
    place: Place,
    ask: PartitionAsk,
    { batches, fetched }: { batches: readonly WireBatch[]; fetched: FetchedPartition },
  ): Generator<RemoteNews> {
    const { topic, partition } = place.point;
    let nextOffset = ask.offset;
    try {
      const answer = { batches, aborted: fetched.aborted, fetchOffset: ask.offset };
      for (const slice of slicesOf(answer, limits.copiedRecordsMax)) {
        yield { kind: 'records', topic, partition, ...slice };
        nextOffset = slice.nextOffset;
      }
      place.attempts = 0;
    } catch (damage) {
      // An answer that is under way goes on from behind the damage, and is not looked at: the place no longer waits for it.
      place.offset = nextOffset;
      place.lastEpoch = batches.findLast(({ end }) => end <= nextOffset)?.leaderEpoch ?? ask.lastEpoch;
      this.retry(place, 'unreadable', damage);
    }
  }

  private onError(place: Place, errorCode: number): Generator<RemoteNews>[] {
    const name = protocolErrorsCodesById[errorCode] ?? String(errorCode);
    const why = refusals[name] ?? 'refused';
    if (why === 'out_of_range') this.judge(place);
    else this.retry(place, why, name);
    return [];
  }

  private judge(place: Place): void {
    place.stage = { kind: 'judged' };
    this.verdictOn(place).then(
      (trouble) => this.inbox.put(() => this.onVerdict(place, trouble)),
      (cause: unknown) => this.inbox.put(() => this.onNoVerdict(place, cause)),
    );
  }

  private async verdictOn({ point, key, offset, lastEpoch }: Place): Promise<PartitionTrouble | null> {
    const { cluster, probe } = this.options;
    const topics = await cluster.describe([point.topic]);
    const same = topics.filter(({ incarnationId }) => incarnationId === point.incarnationId);
    const marks = (await probe.marks(same)).get(key);
    if (marks === undefined) return null;
    const epochEnd = lastEpoch === null ? null : await probe.epochEnd(point, lastEpoch);
    return troubleOf({ offset, lastEpoch, marks, epochEnd });
  }

  private onVerdict(place: Place, trouble: PartitionTrouble | null): readonly RemoteNews[] {
    if (trouble !== null) return [this.end(place, trouble)];
    this.retry(place, 'out_of_range');
    return [];
  }

  private onNoVerdict(place: Place, cause: unknown): readonly RemoteNews[] {
    this.retry(place, 'unreachable', cause);
    return [];
  }

  private end(place: Place, trouble: PartitionTrouble): RemoteNews {
    place.stage = { kind: 'ended' };
    return { kind: 'trouble', partition: place.key, trouble };
  }

  private retry(place: Place, why: RetryReason, cause?: unknown): void {
    place.lose(performance.now());
    this.options.onRetry({
      partition: place.key,
      why,
      attempts: place.attempts,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function isCurrent(place: Place, ask: PartitionAsk): boolean {
  return place.stage.kind === 'asked' && place.stage.ask === ask;
}

function* once(news: RemoteNews): Generator<RemoteNews> {
  yield news;
}
