/** A decision's trace, put together from its stages in the order of the story. */
import { controlPart } from './control.js';
import { decisionPart } from './decision.js';
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
  if (story.leftOut > 0) gaps.push(leftOut(story.leftOut));
  return { id, correlationId: story.correlationId, complete: gaps.length === 0, gaps, hops };
}

function leftOut(records: number): Gap {
  return { stage: 'control', what: `${records} more records of the interaction`, reason: 'left_out', position: null };
}
