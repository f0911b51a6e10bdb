/** A decision's trace, put together from its stages in the order of the story. */
import { limits } from '../../limits.js';
import { controlPart } from './control.js';
import { decisionPart } from './decision.js';
import { withLeft } from './horizon.js';
import type { DecisionTrace, Gap, Hop } from './model.js';
import type { TraceReader } from './port.js';
import { snapshotPart } from './snapshots.js';
import { gather } from './story.js';
import { toolPart } from './tools.js';
import { writtenPart } from './written.js';

/** Undefined where no decision of this id is on record. Throws `behind` while this instance has not come to all of it. */
export async function traceDecision(reader: TraceReader, id: string): Promise<DecisionTrace | undefined> {
  const story = await gather(reader, id);
  if (story === undefined) return undefined;
  const known = await snapshotPart(reader, story);
  const written = await writtenPart(reader, story);
  const [control, tools, decision] = [controlPart(story), toolPart(story), decisionPart(story)];
  const writtenBy = (hop: Hop) => written.hops.filter((one) => written.namedBy.get(one) === hop.position);
  const decided = [...decision.hops.flatMap((hop) => [hop, ...writtenBy(hop)])];
  const closing = control.closing.flatMap((hop) => [hop, ...writtenBy(hop)]);
  const hops = [...control.opening, ...known.hops, ...tools.hops, ...control.hops, ...decided, ...closing];
  const gaps = [control, known, tools, decision, written].flatMap((part) => part.gaps);
  const told = bounded(withLeft(reader, story, gaps), story.leftOut);
  return { id, correlationId: story.correlationId, complete: told.length === 0, gaps: told, hops };
}

/** What was not read, and the gaps beyond those that a person can use, are one gap more. */
function bounded(gaps: readonly Gap[], leftOut: number): readonly Gap[] {
  const more = gaps.length - limits.traceRecordsMax;
  const what = [
    ...(leftOut > 0 ? [`${leftOut} more records of the interaction`] : []),
    ...(more > 0 ? [`${more} more gaps`] : []),
  ];
  if (what.length === 0) return gaps;
  const rest: Gap = { stage: 'control', what: what.join(', '), reason: 'left_out', position: null };
  return [...gaps.slice(0, limits.traceRecordsMax), rest];
}
