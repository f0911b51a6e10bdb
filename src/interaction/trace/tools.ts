/** Tool calls and what came of them. Each key is one call: the first record by position is the one that acted. */
import { eventHop, gapAt } from './facts.js';
import type { Gap, Part } from './model.js';
import { type Chapter, has, type Story } from './story.js';

const outcomes = ['tool.returned', 'tool.failed'];

export function toolPart(story: Story): Part {
  const parts = [...story.tools].map(([key, chapter]) => ofKey(key, chapter));
  return { hops: parts.flatMap(({ hops }) => hops), gaps: parts.flatMap(({ gaps }) => gaps) };
}

function ofKey(key: string, chapter: Chapter): Part {
  const [first] = chapter.known.filter(({ type }) => type === 'tool.called');
  const hops = chapter.read.map((record) => {
    const isClaim = record.event.type === 'tool.called';
    const isFirst = record.position.offset === first?.position.offset;
    return eventHop('tool', record, isClaim ? { claim: isFirst ? 'first' : 'duplicate' } : {});
  });
  const lost = chapter.lost.map(({ noted, reason }) => gapAt('tool', `${noted.type} ${key}`, reason, noted));
  return { hops, gaps: [...lost, ...absences(key, chapter)] };
}

function absences(key: string, chapter: Chapter): readonly Gap[] {
  const [known] = chapter.known;
  if (!has(chapter, 'tool.called')) return [gapAt('tool', `tool.called ${key}`, 'missing', known ?? null)];
  if (has(chapter, ...outcomes)) return [];
  return [gapAt('tool', `tool.returned or tool.failed ${key}`, 'unknown_outcome', known ?? null)];
}
