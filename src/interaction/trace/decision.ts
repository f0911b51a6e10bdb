/** The decision itself: proposed, approved or overridden by a person, executed, compensated. */
import { positionText } from '../../domain/position.js';
import { eventHop, gapAt, textAt } from './facts.js';
import type { Gap, Hop, Part } from './model.js';
import { type Chapter, has, ofType, type Story, type StoryRecord } from './story.js';

const approvals = ['decision.approved', 'decision.overridden'];

/** Carried out, taken back, or overruled with nothing put in its place: no more is to be expected of it. */
export function isSettled({ decision }: Story): boolean {
  return has(decision, 'decision.executed', 'decision.compensated') || isVoid(decision);
}

function isVoid(decision: Chapter): boolean {
  const [overridden] = ofType(decision, 'decision.overridden').slice(-1);
  return overridden !== undefined && (overridden.event.data.replacement ?? null) === null;
}

export function decisionPart(story: Story): Part {
  const { decision } = story;
  const hops = decision.read.map((record) => hopOf(record));
  const lost = decision.lost.map(({ noted, reason }) =>
    gapAt(approvals.includes(noted.type) ? 'approval' : 'decision', noted.type, reason, noted),
  );
  return { hops, gaps: [...lost, ...absences(story), ...dangling(story)] };
}

function hopOf(record: StoryRecord): Hop {
  return eventHop(approvals.includes(record.event.type) ? 'approval' : 'decision', record);
}

/** What the records that are there demand of those that are not. */
function absences({ decision, control }: Story): readonly Gap[] {
  const gaps: Gap[] = [];
  const [last] = decision.known.slice(-1);
  const missing = (stage: Gap['stage'], what: string) => gaps.push(gapAt(stage, what, 'missing', last ?? null));
  if (!has(decision, 'decision.proposed')) missing('decision', 'decision.proposed');
  const isExecuted = has(decision, 'decision.executed');
  if (has(decision, 'decision.compensated') && !isExecuted) missing('decision', 'decision.executed');
  const isOver = has(control, 'task.finished');
  if (isOver && !isExecuted && !has(decision, 'decision.compensated') && !isVoid(decision))
    missing('decision', 'decision.executed');
  if (!isApprovalRequired(decision)) return gaps;
  const isApproved = isApprovedInTime(decision);
  if (isExecuted && !isApproved) missing('approval', 'decision.approved or decision.overridden');
  if ((isExecuted || isApproved || isOver) && !has(control, 'approval.requested'))
    missing('control', 'approval.requested');
  return gaps;
}

function isApprovalRequired(decision: Chapter): boolean {
  return ofType(decision, 'decision.proposed').some(({ event }) => event.data.approval === 'required');
}

/** What came after the fact allowed nothing. The records of one decision lie in one partition, in order. */
function isApprovedInTime({ known }: Chapter): boolean {
  const approved = known.findIndex(({ type }) => approvals.includes(type));
  const executed = known.findIndex(({ type }) => type === 'decision.executed');
  return approved >= 0 && (executed < 0 || approved < executed);
}

/** `follows` names the event that a later one goes on from: an id that nobody has is a hop that is missing. */
function dangling({ decision, control }: Story): readonly Gap[] {
  const ids = new Set([...decision.known, ...control.known].map((noted) => noted.id));
  return decision.read.flatMap(({ event, position }) => {
    const follows = textAt(event.data, 'follows');
    if (follows === undefined || ids.has(follows)) return [];
    const what = `the event ${follows} that ${event.type} follows`;
    return [{ stage: 'decision', what, reason: 'missing', position: positionText(position) } as const];
  });
}
