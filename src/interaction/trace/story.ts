/**
 * The records that belong to one decision: its own, those of the tools it names or that were called for it, and the control events of
 * its interaction. Of each the ledger knows the position; the body is read from the log, and what cannot be read stays known.
 */
import type { InteractionEvent } from '../../domain/event.js';
import { positionText } from '../../domain/position.js';
import { limits } from '../../limits.js';
import { textAt, textsAt } from './facts.js';
import type { GapReason } from './model.js';
import type { Noted, ReadRecord, TraceReader } from './port.js';

export type StoryRecord = ReadRecord<InteractionEvent>;

/** Records of one subject matter. */
export interface Chapter {
  /** All that the ledger knows of, in the order of the log. */
  readonly known: readonly Noted[];
  /** Those that could be read. */
  readonly read: readonly StoryRecord[];
  readonly lost: readonly { readonly noted: Noted; readonly reason: GapReason }[];
}

export interface Story {
  readonly id: string;
  /** The first of its own records. */
  readonly correlationId: string | null;
  /** Of all of its own records: who carries a decision out may do so in another interaction than who proposed it. */
  readonly correlationIds: ReadonlySet<string>;
  readonly decision: Chapter;
  readonly control: Chapter;
  /** By idempotency key. A key that is named and that no record has is there, with nothing. */
  readonly tools: ReadonlyMap<string, Chapter>;
  /** Records beyond what one trace reads. */
  readonly leftOut: number;
}

export function has({ known }: Chapter, ...types: readonly string[]): boolean {
  return known.some(({ type }) => types.includes(type));
}

export function ofType({ read }: Chapter, ...types: readonly string[]): readonly StoryRecord[] {
  return read.filter(({ event }) => types.includes(event.type));
}

/** What one trace may still read, and what it has not: an interaction may come to more than anybody reads. */
interface Budget {
  records: number;
  leftOut: number;
}

/** Undefined where no decision of that id is on record. */
export async function gather(reader: TraceReader, id: string): Promise<Story | undefined> {
  const noted = reader.decision(id);
  if (noted.length === 0) return undefined;
  const budget: Budget = { records: limits.traceRecordsMax, leftOut: 0 };
  const decision = await readAll(reader, noted, budget);
  const correlationIds = new Set(noted.flatMap((one) => one.correlationId ?? []));
  const [correlationId = null] = correlationIds;
  const correlated = [...correlationIds].flatMap((one) => reader.correlated(one));
  // What the decision names is read before what only lies beside it.
  const tools = new Map<string, Chapter>();
  for (const key of cut(keysNamed(decision), budget)) tools.set(key, await readAll(reader, reader.tool(key), budget));
  const workflows = cut(subjectsOf(correlated, 'control'), budget);
  const within = (one: Noted) => one.correlationId === null || correlationIds.has(one.correlationId);
  const inControl = workflows.flatMap((workflow) => reader.workflow(workflow)).filter(within);
  const control = concerning(await readAll(reader, inControl, budget), id);
  const retried = new Set(
    ofType(control, 'tool.retry_scheduled').flatMap(({ event }) => textAt(event.data, 'idempotencyKey') ?? []),
  );
  const beside = new Map([...retried].map((key) => [key, 0]));
  for (const [key, count] of subjectsOf(correlated, 'tool')) beside.set(key, count);
  for (const key of tools.keys()) beside.delete(key);
  for (const key of cut(beside, budget, tools.size)) {
    const chapter = await readAll(reader, reader.tool(key), budget);
    // Of a call that was not read nobody can tell whose it is.
    const isOurs = chapter.read.length + chapter.lost.length > 0 && !isOfAnother(chapter, id);
    if (retried.has(key) || isOurs) tools.set(key, chapter);
  }
  return { id, correlationId, correlationIds, decision, control, tools, leftOut: budget.leftOut };
}

function keysNamed(decision: Chapter): ReadonlyMap<string, number> {
  const proposing = ofType(decision, 'decision.proposed', 'decision.executed');
  return new Map(proposing.flatMap(({ event }) => textsAt(event.data, 'toolCalls')).map((key) => [key, 1]));
}

/** What the records of one class are about, each with how many they are. */
function subjectsOf(records: readonly Noted[], wanted: Noted['kind']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, subject } of records) if (kind === wanted) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return counts;
}

/** Those of the first that may be asked for; the records of the others are left out. */
function cut(subjects: ReadonlyMap<string, number>, budget: Budget, taken = 0): readonly string[] {
  const kept = Math.max(0, limits.traceRecordsMax - taken);
  for (const count of [...subjects.values()].slice(kept)) budget.leftOut += count;
  return [...subjects.keys()].slice(0, kept);
}

async function readAll(reader: TraceReader, known: readonly Noted[], budget: Budget): Promise<Chapter> {
  const read: StoryRecord[] = [];
  const lost: Chapter['lost'][number][] = [];
  for (const noted of known) {
    if (budget.records === 0) {
      budget.leftOut++;
      continue;
    }
    budget.records--;
    const reading = await reader.event(positionText(noted.position));
    if (reading.kind === 'lost') lost.push({ noted, reason: reading.reason });
    else if (isSame(reading.record, noted)) read.push(reading.record);
    else lost.push({ noted, reason: 'truncated' });
  }
  return { known, read, lost };
}

/** A log that has lost its end writes other records where the lost ones stood. */
function isSame(record: ReadRecord, noted: Noted): record is StoryRecord {
  const { event } = record;
  return event.about === 'interaction' && event.type === noted.type && event.subject === noted.subject;
}

/** One interaction may come to several decisions: what control events say of another one is not of this story. */
function concerning(control: Chapter, id: string): Chapter {
  const others = new Set(
    control.read
      .filter(({ event }) => (textAt(event.data, 'decision') ?? id) !== id)
      .map(({ position }) => positionText(position)),
  );
  const isOurs = ({ position }: Pick<Noted, 'position'>) => !others.has(positionText(position));
  return { ...control, known: control.known.filter(isOurs), read: control.read.filter(isOurs) };
}

function isOfAnother({ read }: Chapter, id: string): boolean {
  const decisions = read.flatMap(({ event }) => textAt(event.data, 'decision') ?? []);
  return decisions.length > 0 && !decisions.includes(id);
}
