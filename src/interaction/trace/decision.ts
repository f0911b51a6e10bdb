/** The decision itself: proposed, approved or overridden by a person, executed, compensated. */
import { approvalTypes } from '../../domain/interaction/decision.js';
import { positionText } from '../../domain/position.js';
import { courseOf, isSettled } from './course.js';
import { eventHop, gapAt, textAt } from './facts.js';
import type { Gap, Hop, Part } from './model.js';
import { has, type Story, type StoryRecord } from './story.js';

export function decisionPart(story: Story): Part {
  const { decision } = story;
  const hops = decision.read.map((record) => hopOf(record));
  const lost = decision.lost.map(({ noted, reason }) =>
    gapAt(approvalTypes.includes(noted.type) ? 'approval' : 'decision', noted.type, reason, noted),
  );
  return { hops, gaps: [...lost, ...absences(story), ...dangling(story)] };
}

function hopOf(record: StoryRecord): Hop {
  return eventHop(approvalTypes.includes(record.event.type) ? 'approval' : 'decision', record);
}

/** What the records that are there demand of those that are not. */
function absences({ decision, control }: Story): readonly Gap[] {
  const course = courseOf(decision);
  const { executions, word, isApprovalRequired, isCompensated } = course;
  const [[first], [last]] = [executions, decision.known.slice(-1)];
  const isOver = has(control, 'task.finished');
  const isJudged = word !== 'none';
  const gaps: Gap[] = [];
  const missing = (stage: Gap['stage'], what: string, reason: Gap['reason'] = 'missing') =>
    gaps.push(gapAt(stage, what, reason, last ?? null));

  if (!has(decision, 'decision.proposed')) missing('decision', 'decision.proposed');
  if (isCompensated && first === undefined) missing('decision', 'decision.executed');
  if (isOver && !isSettled(course)) {
    if (isApprovalRequired && !isJudged) missing('approval', 'decision.approved or decision.overridden', 'pending');
    else missing('decision', 'decision.executed');
  }
  if (isApprovalRequired && first?.word === 'none') missing('approval', 'decision.approved or decision.overridden');
  for (const { noted } of executions.filter((one) => one.word === 'overruled'))
    gaps.push(gapAt('approval', 'decision.approved: it was overridden with nothing in its place', 'overruled', noted));
  const isToBeAsked = first !== undefined || isJudged || isOver;
  if (isApprovalRequired && isToBeAsked && !has(control, 'approval.requested'))
    missing('control', 'approval.requested');
  return gaps;
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
