/** What the decision wrote back, and what the task says it left behind: positions that are named, read and hashed. */
import { positionText } from '../../domain/position.js';
import { limits } from '../../limits.js';
import { eventHop, textsAt, tombstoneHop } from './facts.js';
import type { Gap, GapReason, Hop, Part } from './model.js';
import type { ReadRecord, TraceReader } from './port.js';
import { ofType, type Story, type StoryRecord } from './story.js';

export interface Written extends Part {
  /** Position of the event that names it, for each hop. */
  readonly namedBy: ReadonlyMap<Hop, string>;
}

export async function writtenPart(reader: TraceReader, story: Story): Promise<Written> {
  const namedBy = new Map<Hop, string>();
  const gaps: Gap[] = [];
  const budget = { records: limits.traceRecordsMax };
  // Records of the interaction itself are hops of their own.
  const seen = positionsIn(story);
  for (const writer of ofType(story.decision, 'decision.executed', 'decision.compensated')) {
    const named = await readNamed(reader, budget, { by: writer, member: 'wrote' });
    gaps.push(...named.gaps);
    for (const [at, record] of named.read) {
      if (record.event.about !== 'interaction') namedBy.set(hopOf(record, writer), positionText(writer.position));
      else if (!seen.has(at)) gaps.push(gapOf(writer, at, 'no_entity'));
      seen.add(at);
    }
  }
  for (const task of ofType(story.control, 'task.finished', 'task.failed')) {
    const named = await readNamed(reader, budget, { by: task, member: 'records' });
    gaps.push(...named.gaps);
    for (const [at, record] of named.read) {
      if (isOfAnother(record, story)) gaps.push(gapOf(task, at, 'other_correlation'));
      else if (!seen.has(at)) namedBy.set(hopOf(record, task), positionText(task.position));
    }
  }
  return { hops: [...namedBy.keys()], gaps, namedBy };
}

interface Named {
  readonly read: ReadonlyMap<string, ReadRecord>;
  readonly gaps: readonly Gap[];
}

async function readNamed(
  reader: TraceReader,
  budget: { records: number },
  { by, member }: { readonly by: StoryRecord; readonly member: string },
): Promise<Named> {
  const read = new Map<string, ReadRecord>();
  const gaps: Gap[] = [];
  for (const at of new Set(textsAt(by.event.data, member))) {
    if (budget.records === 0) {
      gaps.push(gapOf(by, at, 'left_out'));
      continue;
    }
    budget.records--;
    const reading = await reader.event(at);
    if (reading.kind === 'lost') gaps.push(gapOf(by, at, reading.reason));
    else read.set(at, reading.record);
    if (reading.kind === 'found' && reading.record.isRejected) gaps.push(gapOf(by, at, 'rejected'));
  }
  return { read, gaps };
}

function gapOf({ event }: StoryRecord, at: string, reason: GapReason): Gap {
  return { stage: 'written', what: `a record that ${event.type} names`, reason, position: at };
}

function positionsIn({ decision, control, tools }: Story): Set<string> {
  const chapters = [decision, control, ...tools.values()];
  return new Set(chapters.flatMap(({ read }) => read.map(({ position }) => positionText(position))));
}

function hopOf(record: ReadRecord, by: StoryRecord): Hop {
  const { event, isRejected } = record;
  const more = { by: by.event.type, ...(isRejected ? { rejected: true } : {}) };
  return event.about === 'tombstone'
    ? tombstoneHop('written', { ...record, event }, more)
    : eventHop('written', { ...record, event }, more);
}

/** A record without one may be of any interaction: systems beside the copilot write what they wrote before. */
function isOfAnother({ event }: ReadRecord, { correlationIds }: Story): boolean {
  if (event.about === 'tombstone' || correlationIds.size === 0) return false;
  return event.correlationId !== null && !correlationIds.has(event.correlationId);
}
