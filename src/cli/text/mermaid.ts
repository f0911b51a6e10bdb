/** A decision's trace as a Mermaid flowchart (mermaid.js.org, flowchart syntax). */
import type { JsonObject } from '../../domain/canonical.js';
import { objectOf, objectsOf, stringsAt, textAt } from '../json-read.js';
import { type Line, line } from './line.js';

export function mermaidText(trace: JsonObject): readonly Line[] {
  const [hops, gaps] = [objectsOf(trace.hops), objectsOf(trace.gaps)];
  const nodes = hops.map((hop, n) => `h${n}["${labelOf(hop)}"]:::${classOf(textAt(hop, 'stage'))}`);
  const missing = gaps.map((gap, n) => `g${n}["${gapLabel(gap)}"]:::gap`);
  return [
    'flowchart TD',
    ...[...nodes, ...missing, ...edgesOf(hops), ...gapEdges(hops, gaps)].map((text) => `  ${text}`),
    '  classDef gap stroke-dasharray:5 5,stroke:#c00,color:#c00',
  ].map((text) => line([text.trimStart()], text.length - text.trimStart().length));
}

function classOf(stage: string): string {
  return /^[a-z]+$/.test(stage) ? stage : 'other';
}

function labelOf(hop: JsonObject): string {
  const verdict = textAt(hop, 'verdict');
  const parts = [textAt(hop, 'ref').slice(0, 60), ...(verdict === '' ? [] : [verdict]), textAt(hop, 'position')];
  return parts.map(escaped).join('<br>');
}

function gapLabel(gap: JsonObject): string {
  const [what, reason] = [textAt(gap, 'what').slice(0, 100), textAt(gap, 'reason')];
  return (reason === 'pending' ? [reason, what] : ['missing', what, reason]).map(escaped).join('<br>');
}

/** Whatever could end a label or begin markup becomes an entity code, `#35;` for `#`: names may be a customer's. */
function escaped(text: string): string {
  return text.toWellFormed().replace(/[^A-Za-z0-9 ._:/-]/gu, (one) => `#${one.codePointAt(0)};`);
}

/** From what was known to who named it, from calls to outcomes, and along the decision. */
function edgesOf(hops: readonly JsonObject[]): readonly string[] {
  const snapshots = new Map(
    hops.flatMap((hop, n) => (textAt(hop, 'stage') === 'snapshot' ? [[textAt(hop, 'ref'), n]] : [])),
  );
  const events = new Map<string, number>();
  for (const [n, hop] of hops.entries()) {
    const id = textAt(objectOf(hop.facts), 'eventId');
    if (id !== '') events.set(id, n);
  }
  const edges: string[] = [];
  let decided: number | undefined;
  for (const [n, hop] of hops.entries()) {
    const [facts, stage] = [objectOf(hop.facts), textAt(hop, 'stage')];
    const data = objectOf(facts.data);
    for (const id of stringsAt(data, 'snapshots')) edges.push(...edge(snapshots.get(id), n));
    if (stage === 'state') for (const id of stringsAt(facts, 'snapshots')) edges.push(...edge(n, snapshots.get(id)));
    if (stage === 'prompt' || stage === 'policy') edges.push(...edge(n, snapshots.get(textAt(facts, 'snapshot'))));
    if (stage === 'tool') edges.push(...callEdges(hops, n));
    if (stage === 'decision' || stage === 'approval') {
      for (const key of stringsAt(data, 'toolCalls')) edges.push(...edge(lastOf(hops, key), n));
      edges.push(...edge(events.get(textAt(data, 'follows')) ?? decided, n));
      decided = n;
    }
    if (stage === 'written') edges.push(...edge(decided, n));
  }
  return edges;
}

function edge(from: number | undefined, to: number | undefined): readonly string[] {
  return from === undefined || to === undefined || from === to ? [] : [`h${from} --> h${to}`];
}

function callEdges(hops: readonly JsonObject[], n: number): readonly string[] {
  const key = subjectOf(hops[n]);
  const call = hops.findIndex((hop) => textAt(hop, 'ref') === 'tool.called' && subjectOf(hop) === key);
  return call < 0 ? [] : edge(call, n);
}

/** The last record of a call. */
function lastOf(hops: readonly JsonObject[], key: string): number | undefined {
  const at = hops.findLastIndex((hop) => textAt(hop, 'stage') === 'tool' && subjectOf(hop) === key);
  return at < 0 ? undefined : at;
}

function subjectOf(hop: JsonObject | undefined): string {
  return textAt(objectOf(hop?.facts), 'subject');
}

/** A gap hangs on the record that names it, where that is a hop. */
function gapEdges(hops: readonly JsonObject[], gaps: readonly JsonObject[]): readonly string[] {
  return gaps.flatMap((gap, n) => {
    const at = hops.findIndex((hop) => textAt(hop, 'position') === textAt(gap, 'position'));
    return at < 0 ? [] : [`h${at} -.- g${n}`];
  });
}
