/** A range of Kafka topics as a stream of an evaluation. Nothing is committed and no group is joined: the cluster is only read. */
import { KafkaRemote } from '../../connectors/kafka/remote.js';
import { suiteInvalid } from '../../eval/harness/fault.js';
import type { StreamDraft } from '../../eval/harness/suite-schema.js';
import { byPlace, expiredNotice, logSource, type PartitionRange } from '../../eval/streams/log-source.js';
import type { StreamSource } from '../../eval/streams/source.js';
import { kafkaChoiceOf } from '../config/choices.js';
import { type Config, loadConfig } from '../config.js';
import type { PartitionKey, PositionVector, partitionKey } from '../domain/position.js';
import type { LogRecord } from '../log/port.js';
import type { ReadPoint, RemoteLog, RemoteTopic } from '../log/remote-port.js';
import type { TopicMap } from '../log/topics.js';
import { kafkaSettings } from './kafka.js';
import type { RunEnds } from './run-ends.js';

/** From `from` through `to`, by `topic:partition`; what is not named begins with the first kept record and ends as of when the run began. */
export async function kafkaSource(
  { kafka, from = {}, to = {} }: StreamDraft,
  config: Config,
  ends: RunEnds,
): Promise<StreamSource> {
  const choice = kafkaChoiceOf(loadConfig({ LOG_URL: kafka }));
  if (choice === null) throw suiteInvalid([`${kafka} is no address of a cluster`]);
  return rangeSource(await KafkaRemote.open(kafkaSettings(choice), () => {}), config.topics, { from, to, ends });
}

/** Offsets by `topic:partition`, both ends included. */
export interface Range {
  readonly from: Readonly<Record<string, string>>;
  readonly to: Readonly<Record<string, string>>;
  /** Of the run; absent: as of now. */
  readonly ends?: RunEnds;
}

/** Closes `remote`, at once when the range cannot be read. */
export async function rangeSource(
  remote: RemoteLog,
  { sources }: TopicMap,
  { from, to, ends }: Range,
): Promise<StreamSource> {
  try {
    const topics = await remote.describe(sources.map(({ name }) => name));
    const found = await rangesOf(remote, topics, { from: offsetsOf(from), to: offsetsOf(to) });
    const ranges = ends === undefined ? found.ranges : ends.settled(found.ranges);
    const incarnations = new Map(topics.map(({ name, incarnationId }) => [name, incarnationId]));
    return logSource({
      name: `kafka ${ranges.map(({ topic, partition, from, to }) => `${topic}:${partition}:${from}-${to}`).join(' ')}`,
      ranges,
      scan: (topic, partition, offset, end) =>
        scanned(
          remote,
          { topic, partition, offset, incarnationId: incarnations.get(topic) ?? '', leaderEpoch: null },
          end,
        ),
      notices: found.notices,
      close: () => remote.close(),
    });
  } catch (error) {
    await remote.close();
    throw error;
  }
}

function offsetsOf(named: Readonly<Record<string, string>>): PositionVector {
  return new Map(
    Object.entries(named).map(([key, offset]) => [key as ReturnType<typeof partitionKey>, BigInt(offset)]),
  );
}

interface Ends {
  readonly from: PositionVector;
  readonly to: PositionVector;
}

async function rangesOf(remote: RemoteLog, topics: readonly RemoteTopic[], { from, to }: Ends) {
  const marks = await remote.marks(topics);
  const unknown = [...from.keys(), ...to.keys()].filter((key) => !marks.has(key));
  if (unknown.length > 0) throw suiteInvalid(unknown.map((key) => `the cluster has no partition ${key}`));
  const outside = [...marks].flatMap(([key, { readableEnd }]) => outsideOf(key, readableEnd, { from, to }));
  if (outside.length > 0) throw suiteInvalid(outside);
  const notices: string[] = [];
  const ranges = [...marks].map(([key, { start, readableEnd }]): PartitionRange => {
    const colon = key.lastIndexOf(':');
    const wanted = from.get(key) ?? 0n;
    const last = to.get(key);
    const end = last === undefined ? readableEnd : last + 1n;
    const range = {
      topic: key.slice(0, colon),
      partition: Number(key.slice(colon + 1)),
      from: start > wanted ? start : wanted,
      to: end,
    };
    if (start > wanted) notices.push(expiredNotice(range));
    return range;
  });
  return { ranges: ranges.sort(byPlace), notices };
}

/** A range that was cut to what is there would be another stream than the one that is asked for. */
function outsideOf(key: PartitionKey, end: bigint, { from, to }: Ends): readonly string[] {
  const [first, last] = [from.get(key), to.get(key)];
  const behind = (name: string, offset: bigint | undefined) =>
    offset === undefined || offset < end
      ? []
      : [`"${name}" of ${key} is ${offset}, and the partition ends before ${end}`];
  const faults = [...behind('from', first), ...behind('to', last)];
  if (faults.length > 0 || first === undefined || last === undefined || first <= last) return faults;
  return [`the range of ${key} begins at ${first} and ends before it, at ${last}`];
}

/** One partition, up to but not at `end`; the reading ends with whoever iterates. */
async function* scanned(
  remote: RemoteLog,
  point: ReadPoint,
  end: bigint,
): AsyncGenerator<readonly LogRecord[], void, void> {
  if (point.offset >= end) return;
  const { topic, partition, incarnationId } = point;
  const incarnation = { id: incarnationId, ordinal: 1 };
  const stop = new AbortController();
  try {
    for await (const news of remote.follow([point], stop.signal)) {
      if (news.kind === 'trouble') throw suiteInvalid([`${news.partition} cannot be read: ${news.trouble.kind}`]);
      const within = news.records.filter(({ offset }) => offset < end);
      yield within.map(({ offset, leaderEpoch, ...record }): LogRecord => {
        return { ...record, position: { topic, incarnation, partition, leaderEpoch, offset } };
      });
      if (news.nextOffset >= end) return;
    }
  } finally {
    stop.abort();
  }
}
