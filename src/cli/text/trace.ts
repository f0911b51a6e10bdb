/** A decision's trace as a tree, for a person. What came of a hop hangs under it; what is missing stands at the end. */
import type { JsonObject } from '../../domain/canonical.js';
import { objectOf, objectsOf, scalarText, stringsAt, textAt } from '../json-read.js';
import { type Line, line, type Style, shortened, span } from './line.js';

interface Node {
  readonly hop: JsonObject;
  readonly under: Node[];
}

const verdictStyles: Readonly<Record<string, Style>> = { MATCH: 'good', MISMATCH: 'bad', UNREPLAYABLE: 'warn' };

export function traceLines(trace: JsonObject): readonly Line[] {
  const [hops, gaps] = [objectsOf(trace.hops), objectsOf(trace.gaps)];
  const isComplete = trace.complete === true;
  const word = isComplete ? span('COMPLETE', 'good') : span('INCOMPLETE', 'bad');
  const correlationId = textAt(trace, 'correlationId');
  const of = correlationId === '' ? '' : ` · interaction ${correlationId}`;
  const missing = isComplete ? 'nothing is missing' : `${gaps.length} missing`;
  const head = line([
    word,
    ' · decision ',
    span(textAt(trace, 'id'), 'strong'),
    ` · ${hops.length} records, ${missing}${of}`,
  ]);
  return [head, ...treeLines(nested(hops), ''), ...gaps.map(gapLine)];
}

/** What made a snapshot, and what it was made with, hangs under it; an outcome under its call; what was written under its writer. */
function nested(hops: readonly JsonObject[]): readonly Node[] {
  const roots: Node[] = [];
  const snapshots = new Map<string, Node>();
  const nodes = hops.map((hop) => ({ hop, under: [] as Node[] }));
  for (const node of nodes) if (textAt(node.hop, 'stage') === 'snapshot') snapshots.set(textAt(node.hop, 'ref'), node);
  for (const [index, node] of nodes.entries()) {
    const facts = objectOf(node.hop.facts);
    const snapshot = snapshots.get(stringsAt(facts, 'snapshots')[0] ?? textAt(facts, 'snapshot'));
    const last = roots.at(-1);
    if (snapshot !== undefined && ['state', 'prompt', 'policy'].includes(textAt(node.hop, 'stage')))
      snapshot.under.push(node);
    else if (index > 0 && last !== undefined && isOutcome(node.hop, last.hop)) last.under.push(node);
    else roots.push(node);
  }
  return roots;
}

function isOutcome(hop: JsonObject, of: JsonObject): boolean {
  if (textAt(hop, 'stage') === 'written') return true;
  const [subject, ofSubject] = [hop, of].map((one) => textAt(objectOf(one.facts), 'subject'));
  return textAt(of, 'ref') === 'tool.called' && textAt(hop, 'ref') !== 'tool.called' && subject === ofSubject;
}

function treeLines(nodes: readonly Node[], before: string): readonly Line[] {
  return nodes.flatMap(({ hop, under }, index) => {
    const isLast = index === nodes.length - 1;
    return [
      hopLine(hop, `${before}${isLast ? '└─' : '├─'} `),
      ...treeLines(under, `${before}${isLast ? '   ' : '│  '}`),
    ];
  });
}

function hopLine(hop: JsonObject, branch: string): Line {
  const verdict = textAt(hop, 'verdict');
  const told = toldOf(hop);
  return line(
    [
      span(branch, 'dim'),
      span(shownRef(textAt(hop, 'ref')), 'strong'),
      ...(told === '' ? [] : [` · ${told}`]),
      ...(verdict === '' ? [] : [' · ', span(verdict, verdictStyles[verdict] ?? 'bad')]),
      span(` · ${textAt(hop, 'position')} · ${textAt(hop, 'time')} · ${shownHash(textAt(hop, 'hash'))}`, 'dim'),
    ],
    0,
    branch.length + 2,
  );
}

function shownRef(ref: string): string {
  return ref.startsWith('sha256-') ? `snapshot ${shownHash(ref)}` : ref;
}

function shownHash(hash: string): string {
  return shortened(hash, 'sha256-'.length + 13);
}

const TOLD_CHARS_MAX = 100;

/** What a person recognises a record by. */
const telling = [
  'tool',
  'claim',
  'action',
  'by',
  'reason',
  'replacement',
  'outcome',
  'account',
  'freshness',
  'version',
];

function toldOf(hop: JsonObject): string {
  const facts = objectOf(hop.facts);
  const data = objectOf(facts.data);
  const parts = telling.flatMap((name) => {
    const value = data[name] ?? facts[name];
    if (value === undefined || value === null) return [];
    return [`${name} ${shortened(scalarText(value) ?? JSON.stringify(value), TOLD_CHARS_MAX)}`];
  });
  return [...parts, textAt(facts, 'because')].filter((part) => part !== '').join(', ');
}

function gapLine(gap: JsonObject): Line {
  const position = textAt(gap, 'position');
  const at = position === '' ? '' : ` · at ${position}`;
  const said = `${textAt(gap, 'what')} · ${textAt(gap, 'reason').replaceAll('_', ' ')}${at}`;
  return line([span('missing ', 'bad'), `${textAt(gap, 'stage')}: ${said}`], 0, 2);
}
