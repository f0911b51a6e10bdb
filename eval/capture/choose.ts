/**
 * Which released snapshots a data set can have, and in which order they were released. Left out, and counted with the reason, is what
 * a played stream cannot bring about again: the look of another moment than the stream's, or what an operator or an outage made of it.
 */
import { decodeAudit, idInKey } from '../../src/audit/record.js';
import { isDigest } from '../../src/domain/canonical.js';
import { isKind } from '../../src/domain/kinds/index.js';
import { type PositionVector, partitionKey, splitPartitionKey, vectorFromJson } from '../../src/domain/position.js';
import { parseInstant } from '../../src/domain/time.js';
import { decodeRejectedEntry } from '../../src/log/dead-letter.js';
import type { LogRecord } from '../../src/log/port.js';
import { sourceTopic, type TopicMap } from '../../src/log/topics.js';
import type { KeptLog } from '../../src/replay/fixture/kept-log.js';
import type { KeptPast } from '../../src/replay/fixture/past-of.js';
import { recordsBehind } from '../../src/replay/fixture/rests-on.js';
import { type RecordedManifest, readManifest } from '../../src/snapshot/recorded.js';

export interface CaptureRange {
  /** Of the instant that a snapshot is about, milliseconds since 1970: at or after, before. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: of all. */
  readonly tenant: string | null;
}

export interface Chosen {
  readonly id: string;
  readonly atMs: number;
  readonly manifest: RecordedManifest;
  /** Of topics about entities. */
  readonly through: PositionVector;
  readonly records: readonly LogRecord[];
}

export interface Choice {
  readonly chosen: readonly Chosen[];
  /** How many were left out, by why. */
  readonly left: ReadonlyMap<string, number>;
}

interface Released {
  readonly id: string;
  readonly atMs: number;
  readonly manifest: RecordedManifest;
}

export async function choose(log: KeptLog, topics: TopicMap, { past, range }: { past: KeptPast; range: CaptureRange }) {
  const left = new Map<string, number>();
  const chosen: Chosen[] = [];
  for (const one of await releasedIn(log, topics.context, range)) {
    const through = entityPart(vectorFromJson(one.manifest.parsed.stamp.through), topics);
    const records = await recordsBehind({ log, past, rejected: topics.rejected }, one.manifest, 'full');
    const fault = faultOf(one.manifest) ?? decisionFault(records) ?? orderFault(chosen.at(-1), { ...one, through });
    if (fault === undefined) chosen.push({ ...one, through, records: records.filter(isOfEntities(topics)) });
    else left.set(fault, (left.get(fault) ?? 0) + 1);
  }
  return { chosen, left } satisfies Choice;
}

/** In the order of their instants; two of one instant by id. */
async function releasedIn(log: KeptLog, topic: string, range: CaptureRange): Promise<readonly Released[]> {
  const key = partitionKey(topic, 0);
  const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
  const found = new Map<string, Released>();
  for await (const records of log.scan(topic, 0, starts.get(key) ?? 0n, ends.get(key) ?? 0n)) {
    for (const record of records) {
      const id = idInKey(record);
      const entry = isDigest(id) ? decodeAudit(record, id) : undefined;
      const manifest = entry && readManifest(entry.manifest);
      if (manifest === undefined) continue;
      const atMs = parseInstant(manifest.parsed.evaluatedAt) ?? Number.NaN;
      const isWanted = range.tenant === null || range.tenant === manifest.parsed.tenant;
      if (isWanted && atMs >= range.fromMs && atMs < range.toMs) found.set(id, { id, atMs, manifest });
    }
  }
  return [...found.values()].sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

function faultOf({ parsed: { question, retrieval } }: RecordedManifest): string | undefined {
  if (question === null) return 'asked no question';
  const isPartial = retrieval?.unavailable === true || (retrieval?.pendingUnscored ?? 0) > 0;
  return isPartial ? 'were retrieved in part only' : undefined;
}

function decisionFault(records: readonly LogRecord[]): string | undefined {
  const isDecided = records.some((record) => decodeRejectedEntry(record)?.entry === 'decision');
  return isDecided ? "rest on an operator's decision about a rejected event" : undefined;
}

/** A stream goes one way, and has one state at an instant. */
function orderFault(last: Chosen | undefined, next: Pick<Chosen, 'atMs' | 'through'>): string | undefined {
  if (last === undefined) return undefined;
  const isBehind = [...last.through].some(([partition, offset]) => (next.through.get(partition) ?? -1n) < offset);
  if (isBehind) return 'looked at an older past than one before them';
  const isAhead = [...next.through].some(([partition, offset]) => (last.through.get(partition) ?? -1n) < offset);
  return isAhead && last.atMs === next.atMs ? 'share their instant with one of another past' : undefined;
}

function entityPart(through: PositionVector, topics: TopicMap): PositionVector {
  return new Map([...through].filter(([partition]) => isAboutEntities(topics, splitPartitionKey(partition).topic)));
}

function isOfEntities(topics: TopicMap): (record: LogRecord) => boolean {
  return ({ position }) => isAboutEntities(topics, position.topic);
}

function isAboutEntities(topics: TopicMap, name: string): boolean {
  return isKind(sourceTopic(topics, name)?.about ?? '');
}
