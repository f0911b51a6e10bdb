/**
 * What steered the interaction: tasks begun and ended, approvals asked for, retries put off.
 *
 * A task that has begun and not ended is open, which is no gap while its decision is: it goes on. Once the decision is settled it is
 * one, since the log cannot tell a task that goes on from one whose last record was lost.
 */
import { courseOf, isSettled } from './course.js';
import { eventHop, gapAt } from './facts.js';
import type { Gap, Hop, Part } from './model.js';
import type { Noted } from './port.js';
import type { Story, StoryRecord } from './story.js';

const ends = ['task.finished', 'task.failed'];

/** Begin the story, belong into it, or end it. */
export interface ControlPart extends Part {
  readonly opening: readonly Hop[];
  readonly closing: readonly Hop[];
}

export function controlPart(story: Story): ControlPart {
  const { read, lost, known } = story.control;
  const hopsOf = (wanted: (record: StoryRecord) => boolean) =>
    read.filter(wanted).map((one) => eventHop('control', one));
  const isStart = ({ event }: StoryRecord) => event.type === 'task.started';
  const isEnd = ({ event }: StoryRecord) => ends.includes(event.type);
  const settled = isSettled(courseOf(story.decision));
  const tasks = [...byWorkflow(known)].flatMap(([workflow, records]) => taskGaps(workflow, records, settled));
  return {
    opening: hopsOf(isStart),
    hops: hopsOf((record) => !isStart(record) && !isEnd(record)),
    closing: hopsOf(isEnd),
    gaps: [...lost.map(({ noted, reason }) => gapAt('control', noted.type, reason, noted)), ...tasks],
  };
}

function byWorkflow(known: readonly Noted[]): ReadonlyMap<string, readonly Noted[]> {
  const workflows = new Map<string, Noted[]>();
  for (const one of known) {
    const records = workflows.get(one.subject);
    if (records === undefined) workflows.set(one.subject, [one]);
    else records.push(one);
  }
  return workflows;
}

/** An interaction need not have tasks; what belongs to a task must have its beginning and, some day, its end. */
function taskGaps(workflow: string, records: readonly Noted[], settled: boolean): readonly Gap[] {
  const [started] = records.filter(({ type }) => type === 'task.started');
  const [ended] = records.filter(({ type }) => ends.includes(type));
  const gaps: Gap[] = [];
  if (started === undefined && ended !== undefined)
    gaps.push(gapAt('control', `task.started of ${workflow}`, 'missing', ended));
  if (started !== undefined && ended === undefined && settled)
    gaps.push(gapAt('control', `task.finished or task.failed of ${workflow}`, 'unfinished', started));
  return gaps;
}
