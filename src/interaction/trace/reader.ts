/** A trace's records, read from this instance's own copy of the log. */
import type { AuditLog, RecordedEntry } from '../../audit/port.js';
import { digestOf, isDigest } from '../../domain/canonical.js';
import type { Clock } from '../../domain/clock.js';
import { type PositionName, parsePositionText, partitionKey, positionText } from '../../domain/position.js';
import { understand } from '../../domain/step.js';
import { within } from '../../domain/within.js';
import { TidemarkError } from '../../errors.js';
import type { Journal } from '../../journal/journal.js';
import { limits } from '../../limits.js';
import type { EventLog, LogRecord, RecordReading } from '../../log/port.js';
import type { RejectedEvents } from '../../log/rejected-port.js';
import { type SourceTopic, sourceTopic, type TopicMap } from '../../log/topics.js';
import { replayContent, replayItem } from '../../replay/content.js';
import { coverageOf } from '../../replay/coverage.js';
import { type FullReplayParts, replayFull } from '../../replay/full.js';
import { readManifest } from '../../snapshot/recorded.js';
import type { StateReader } from '../../state/port.js';
import type { InteractionLedger } from '../ledger.js';
import type { EventReading, Lost, SnapshotReading, TraceReader, TraceVerdict } from './port.js';

export interface TraceParts {
  readonly engines: {
    readonly log: Pick<EventLog, 'id' | 'ends' | 'epochs'>;
    readonly state: Pick<StateReader, 'through'>;
    readonly clock: Clock;
    readonly topics: TopicMap;
  };
  readonly ledger: Pick<InteractionLedger, 'decision' | 'tool' | 'workflow' | 'correlated' | 'unknownBeforeMs'>;
  readonly journal: Journal;
  readonly rejected: Pick<RejectedEvents, 'decisionOn' | 'find'>;
  readonly audit: Pick<AuditLog, 'find'>;
  readonly replay: FullReplayParts;
}

export function traceReader(parts: TraceParts, tenant: string): TraceReader {
  const { ledger, replay } = parts;
  return {
    decision: (id) => ledger.decision(tenant, id),
    tool: (key) => ledger.tool(tenant, key),
    workflow: (id) => ledger.workflow(tenant, id),
    correlated: (id) => ledger.correlated(tenant, id),
    unknownBeforeMs: (kind) => ledger.unknownBeforeMs(kind),
    event: (at) => eventAt(parts, tenant, at),
    snapshot: (id) => snapshotOf(parts, tenant, id),
    item: (manifest, index) => judged(() => replayItem(replay, manifest, index)),
  };
}

const lost = (reason: Lost['reason']): Lost => ({ kind: 'lost', reason });

/** Who names a position is not asked whether it is theirs: only a record of the tenant is told anything of. */
async function eventAt(parts: TraceParts, tenant: string, at: string): Promise<EventReading> {
  const place = parsePositionText(at);
  const topic = place && sourceTopic(parts.engines.topics, place.topic);
  if (place === undefined || topic === undefined) return lost('not_there');
  if (place.partition >= parts.replay.identity.partitionsOf(place.topic)) return lost('not_there');
  const reading = await readAt(parts, place);
  if (reading.kind === 'found') return eventIn(parts, tenant, { record: reading.record, topic });
  if (reading.why !== 'beyond_end') return lost(reading.why);
  await assertBeyondEnd(parts, place);
  return lost('not_there');
}

async function readAt({ journal }: TraceParts, place: PositionName): Promise<RecordReading | Missing> {
  try {
    return await journal.recordAt(place);
  } catch (error) {
    if (isDamage(error)) return { kind: 'missing', why: 'damaged' };
    throw error;
  }
}

interface Missing {
  readonly kind: 'missing';
  readonly why: 'damaged';
}

/** A copy of a log that others own comes to a record a moment after the log has it. */
async function assertBeyondEnd({ engines }: TraceParts, place: PositionName): Promise<void> {
  const ends = await within(engines.clock, engines.log.ends(), limits.logAskMs);
  const end = ends?.get(partitionKey(place.topic, place.partition)) ?? 0n;
  if (ends === undefined || place.offset < end) throw behind('a record that the decision names is not copied yet');
}

function eventIn(
  { rejected }: TraceParts,
  tenant: string,
  { record, topic }: { readonly record: LogRecord; readonly topic: SourceTopic },
): EventReading {
  const at = positionText(record.position);
  const { parsed } = understand(record, topic, rejected.decisionOn(at));
  if (parsed.kind === 'rejected') return lost(parsed.concern.tenant === tenant ? 'rejected' : 'not_there');
  const { event } = parsed;
  if (event.tenant !== tenant) return lost('not_there');
  const hash = event.about === 'tombstone' ? digestOf(record.key ?? '') : event.digest;
  const letter = rejected.find(at);
  const isRejected = letter !== undefined && letter.decision?.kind !== 'redriven';
  const { position, timestampMs } = record;
  return { kind: 'found', record: { position, timestampMs, hash, event, isRejected } };
}

async function snapshotOf(parts: TraceParts, tenant: string, id: string): Promise<SnapshotReading> {
  const finding = isDigest(id) ? await parts.audit.find(tenant, id) : ({ kind: 'not_found' } as const);
  if (finding.kind === 'not_found') return lost('not_on_record');
  if (finding.kind === 'behind') throw behind('the audit topic could not be read to its end');
  if (finding.kind !== 'found') return lost(finding.kind);
  const { entry } = finding;
  const coverage = await coverageOf({ ...parts.engines, journal: parts.journal }, entry);
  if (coverage.kind === 'behind') throw behind('the state has not reached what a snapshot was built from');
  const { position: place, recordedAtMs, correlationId = null, manifest } = entry;
  const verdict = await judged(() => replayed(parts.replay, entry));
  return { kind: 'found', place, recordedAtMs, correlationId, manifest: readManifest(manifest), verdict };
}

/** Why a full replay may not be had where one of the content may. */
const rankingOnly: readonly string[] = ['model_missing', 'code_version', 'retrieval_partial'];

async function replayed(replay: FullReplayParts, entry: RecordedEntry): Promise<TraceVerdict> {
  const full = await replayFull(replay, entry);
  if (full.verdict !== 'UNREPLAYABLE' || !rankingOnly.includes(full.reason)) return full;
  const content = await replayContent(replay, entry);
  return content.verdict === 'MATCH' ? { ...content, because: `${full.reason}: ${full.detail}` } : content;
}

async function judged(replay: () => Promise<TraceVerdict>): Promise<TraceVerdict> {
  try {
    return await replay();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { verdict: 'UNREPLAYABLE', reason: 'damaged', detail: 'a record of the log that it rests on is damaged' };
  }
}

/** A log that finds its own record damaged says so by throwing. */
function isDamage(error: unknown): boolean {
  return error instanceof TidemarkError && error.code === 'log_damaged';
}

function behind(message: string): TidemarkError {
  const advice = 'Ask again in a moment: this instance is catching up with its log.';
  return new TidemarkError({ code: 'behind', message, advice, retriable: true });
}
