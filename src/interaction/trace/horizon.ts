/**
 * What this instance no longer knows of a story: of each class the ledger keeps the newest records, and what has left it may still be in
 * the log. Then nobody here can tell whether there was more, and a trace that said nothing would be complete by ignorance.
 */
import type { InteractionKind } from '../../domain/event.js';
import { instantText } from '../../domain/time.js';
import { gapAt } from './facts.js';
import type { Gap, Stage } from './model.js';
import type { TraceReader } from './port.js';
import { has, type Story } from './story.js';

const classes: Readonly<Partial<Record<Stage, InteractionKind>>> = {
  control: 'control',
  tool: 'tool',
  decision: 'decision',
  approval: 'decision',
};

/** Of a class that records may have left nothing is called missing; that they may have is one gap more. */
export function withLeft(reader: Pick<TraceReader, 'unknownBeforeMs'>, story: Story, gaps: readonly Gap[]): Gap[] {
  const isMissing =
    (kind: InteractionKind) =>
    ({ stage, reason }: Gap) =>
      reason === 'missing' && classes[stage] === kind;
  const left = new Map<InteractionKind, number>();
  for (const kind of ['control', 'tool', 'decision'] as const) {
    const beforeMs = reader.unknownBeforeMs(kind);
    if (beforeMs === null) continue;
    // The records of a decision lie in one partition, in order: where its first is known, so are the others.
    const mayHaveLeft =
      kind === 'decision'
        ? !has(story.decision, 'decision.proposed')
        : sinceMs(story) < beforeMs || gaps.some(isMissing(kind));
    if (mayHaveLeft) left.set(kind, beforeMs);
  }
  const told = gaps.map((gap): Gap => {
    const isLeft = [...left.keys()].some((kind) => isMissing(kind)(gap));
    return isLeft ? { ...gap, reason: 'left_out' } : gap;
  });
  return [...told, ...[...left].map(([kind, beforeMs]) => gapAt(kind, whatLeft(kind, beforeMs), 'left_out', null))];
}

/** Of its oldest record that is known. */
function sinceMs({ decision, control, tools }: Story): number {
  const known = [decision, control, ...tools.values()].flatMap((chapter) => chapter.known);
  return known.reduce((least, { timestampMs }) => Math.min(least, timestampMs), Number.POSITIVE_INFINITY);
}

function whatLeft(kind: InteractionKind, beforeMs: number): string {
  const when = Number.isFinite(beforeMs) ? ` before ${instantText(beforeMs)}` : '';
  return `records of ${kind} events${when}: they are in the log, and are not traced any more`;
}
