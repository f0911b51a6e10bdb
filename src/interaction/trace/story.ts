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
  readonly correlationId: string | null;
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

/** Undefined where no decision of that id is on record. */
export async function gather(reader: TraceReader, id: string): Promise<Story | undefined> {
  const noted = reader.decision(id);
  if (noted.length === 0) return undefined;
  const budget = { records: limits.traceRecordsMax, leftOut: 0 };
  const decision = await readAll(reader, noted, budget);
  const correlationId = noted.map((one) => one.correlationId).find((name) => name !== null) ?? null;
  const correlated = correlationId === null ? [] : reader.correlated(correlationId);
  const workflows = new Set(correlated.filter(({ kind }) => kind === 'control').map(({ subject }) => subject));
  const within = (one: Noted) => one.correlationId === null || one.correlationId === correlationId;
  const inControl = [...workflows].flatMap((workflow) => reader.workflow(workflow)).filter(within);
  const control = concerning(await readAll(reader, inControl, budget), id);
  const named = [
    ...ofType(decision, 'decision.proposed', 'decision.executed').flatMap(({ event }) =>
      textsAt(event.data, 'toolCalls'),
    ),
    ...ofType(control, 'tool.retry_scheduled').flatMap(({ event }) => textAt(event.data, 'idempotencyKey') ?? []),
  ];
  const beside = correlated.filter(({ kind }) => kind === 'tool').map(({ subject }) => subject);
  const tools = new Map<string, Chapter>();
  for (const key of new Set([...named, ...beside])) {
    const chapter = await readAll(reader, reader.tool(key), budget);
    if (named.includes(key) || !isOfAnother(chapter, id)) tools.set(key, chapter);
  }
  return { id, correlationId, decision, control, tools, leftOut: budget.leftOut };
}

async function readAll(
  reader: TraceReader,
  known: readonly Noted[],
  budget: { records: number; leftOut: number },
): Promise<Chapter> {
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
