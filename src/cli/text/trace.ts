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
  const pending = gaps.filter(isPending).length;
  const isPendingOnly = gaps.length > 0 && pending === gaps.length;
  const incomplete = isPendingOnly ? span('PENDING', 'warn') : span('INCOMPLETE', 'bad');
  const word = isComplete ? span('COMPLETE', 'good') : incomplete;
  const correlationId = textAt(trace, 'correlationId');
  const of = correlationId === '' ? '' : ` · interaction ${correlationId}`;
  const counts = [
    ...(isPendingOnly ? [] : [`${gaps.length - pending} missing`]),
    ...(pending === 0 ? [] : [`${pending} pending`]),
  ];
  const missing = isComplete ? 'nothing is missing' : counts.join(', ');
  const head = line([
    word,
    ' · decision ',
    span(textAt(trace, 'id'), 'strong'),
    ` · ${hops.length} records, ${missing}${of}`,
  ]);
  return [head, ...treeLines(nested(hops), ''), ...gaps.map(gapLine)];
}

/** What made a snapshot, and what it was made with, hangs under it; what came of a call under its first claim; what was written under its writer. */
function nested(hops: readonly JsonObject[]): readonly Node[] {
  const roots: Node[] = [];
  const parents = new Map<string, Node>();
  const nodes = hops.map((hop) => ({ hop, under: [] as Node[] }));
  for (const node of nodes) {
    const name = nameOf(node.hop);
    if (name !== undefined && !parents.has(name)) parents.set(name, node);
  }
  for (const node of nodes) {
    const stage = textAt(node.hop, 'stage');
    const parent = stage === 'written' ? roots.at(-1) : parents.get(parentOf(node.hop, stage) ?? '');
    if (parent === undefined || parent === node) roots.push(node);
    else parent.under.push(node);
  }
  return roots;
}

/** Under which a hop's children find it. */
function nameOf(hop: JsonObject): string | undefined {
  if (textAt(hop, 'stage') === 'snapshot') return textAt(hop, 'ref');
  return textAt(hop, 'ref') === 'tool.called' ? callOf(hop) : undefined;
}

function parentOf(hop: JsonObject, stage: string): string | undefined {
  const facts = objectOf(hop.facts);
  if (stage === 'state') return stringsAt(facts, 'snapshots')[0];
  if (stage === 'tool') return callOf(hop);
  return stage === 'prompt' || stage === 'policy' ? textAt(facts, 'snapshot') : undefined;
}

function callOf(hop: JsonObject): string {
  return `call ${textAt(objectOf(hop.facts), 'subject')}`;
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
      span(` · ${[textAt(hop, 'position'), textAt(hop, 'time'), ...hashOf(hop)].join(' · ')}`, 'dim'),
    ],
    0,
    branch.length + 2,
  );
}

/** Of a snapshot it is the id, which stands there already. */
function hashOf(hop: JsonObject): readonly string[] {
  const hash = textAt(hop, 'hash');
  return hash === textAt(hop, 'ref') ? [] : [shownHash(hash)];
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
    const value = data[name] ?? (name === 'by' ? undefined : facts[name]);
    if (value === undefined || value === null) return [];
    return [`${name} ${shortened(scalarText(value) ?? JSON.stringify(value), TOLD_CHARS_MAX)}`];
  });
  return [...parts, textAt(facts, 'because')].filter((part) => part !== '').join(', ');
}

/** It awaits a person, and nothing is lost. */
function isPending(gap: JsonObject): boolean {
  return textAt(gap, 'reason') === 'pending';
}

function gapLine(gap: JsonObject): Line {
  const position = textAt(gap, 'position');
  const at = position === '' ? [] : [`at ${position}`];
  const why = isPending(gap) ? [] : [textAt(gap, 'reason').replaceAll('_', ' ')];
  const head = isPending(gap) ? span('pending ', 'warn') : span('missing ', 'bad');
  return line([head, `${textAt(gap, 'stage')}: ${[textAt(gap, 'what'), ...why, ...at].join(' · ')}`], 0, 2);
}
