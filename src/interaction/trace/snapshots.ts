/** What was known: the snapshots that the story names, replayed, the events that had made their items, and the versions they were made with. */
import type { AuditPlace } from '../../audit/place.js';
import { type Digest, isDigest, type JsonObject, type JsonValue } from '../../domain/canonical.js';
import { isJsonObject } from '../../domain/json.js';
import { positionText } from '../../domain/position.js';
import { limits } from '../../limits.js';
import type { RecordedItem, RecordedManifest } from '../../snapshot/recorded.js';
import { eventHop, gapAt, textAt, textsAt } from './facts.js';
import type { Gap, Hop, Part } from './model.js';
import type { SnapshotReading, TraceReader, TraceVerdict } from './port.js';
import { ofType, type Story } from './story.js';

type Found = Extract<SnapshotReading, { kind: 'found' }> & { readonly id: string; readonly manifest: RecordedManifest };

export async function snapshotPart(reader: TraceReader, story: Story): Promise<Part> {
  const named = snapshotsNamed(story);
  const found: Found[] = [];
  const gaps: Gap[] = [];
  for (const id of named.slice(0, limits.traceSnapshotsMax)) {
    const reading = await reader.snapshot(id);
    const manifest = reading.kind === 'found' ? reading.manifest : undefined;
    if (reading.kind === 'lost') gaps.push(gapAt('snapshot', id, reading.reason, null));
    else if (manifest === undefined) gaps.push(gapAt('snapshot', id, 'damaged', null));
    else found.push({ ...reading, id, manifest });
  }
  for (const id of named.slice(limits.traceSnapshotsMax)) gaps.push(gapAt('snapshot', id, 'left_out', null));
  const state = await statePart(reader, found);
  const prompts = promptPart(story, found);
  const hops = [...state.hops, ...found.map(snapshotHop), ...prompts.hops, ...found.map(policyHop)];
  return { hops, gaps: [...state.gaps, ...gaps, ...found.flatMap(verdictGap), ...prompts.gaps] };
}

function snapshotsNamed({ decision, control, tools }: Story): readonly string[] {
  const called = [...tools.values()].flatMap((chapter) => ofType(chapter, 'tool.called'));
  const naming = [...ofType(decision, 'decision.proposed'), ...called, ...ofType(control, 'task.started')];
  return [...new Set(naming.flatMap(({ event }) => textsAt(event.data, 'snapshots')))];
}

function placeText(place: AuditPlace): string {
  return place.kind === 'logged' ? positionText(place) : `spool:${place.topic}:${place.offset}`;
}

function snapshotHop({ id, place, recordedAtMs, correlationId, manifest, verdict }: Found): Hop {
  const { parsed } = manifest;
  const { mode, account, question, evaluatedAt, content, freshness } = parsed;
  const because = becauseOf(verdict);
  const facts: JsonObject = {
    mode,
    account,
    question,
    evaluatedAt,
    content,
    freshness: freshness.label,
    items: parsed.items.length,
    through: parsed.stamp.through,
    ...(verdict.verdict === 'MATCH' ? { depth: verdict.depth } : {}),
    ...(correlationId === null ? {} : { correlationId }),
    ...(because === undefined ? {} : { because }),
  };
  const at = { position: placeText(place), timeMs: recordedAtMs };
  return { stage: 'snapshot', ref: id, ...at, hash: digestIn(id) ?? content, verdict: verdict.verdict, facts };
}

function digestIn(value: JsonValue | undefined) {
  return typeof value === 'string' && isDigest(value) ? value : undefined;
}

function becauseOf(verdict: TraceVerdict): string | undefined {
  if (verdict.verdict === 'MATCH') return 'because' in verdict ? verdict.because : undefined;
  return verdict.verdict === 'MISMATCH'
    ? `differs at ${verdict.difference.at}`
    : `${verdict.reason}: ${verdict.detail}`;
}

function verdictGap({ id, place, verdict }: Found): readonly Gap[] {
  if (verdict.verdict === 'MATCH') return [];
  const reason = verdict.verdict === 'MISMATCH' ? 'mismatch' : 'unreplayable';
  return [
    { stage: 'snapshot', what: `the replay of ${id}: ${becauseOf(verdict)}`, reason, position: placeText(place) },
  ];
}

/** The versions of the policies that the question found, and the set that they are of. */
function policyHop({ id, place, recordedAtMs, manifest }: Found): Hop {
  const { items, stamp } = manifest.parsed;
  const policies = items.filter(({ ref }) => ref.startsWith('policy/'));
  const told = policies.map(({ ref, source }) => ({ ref, entityVersion: source.entityVersion, hash: source.hash }));
  const at = { position: placeText(place), timeMs: recordedAtMs };
  return { stage: 'policy', ref: 'policySet', ...at, hash: stamp.policySet, facts: { snapshot: id, policies: told } };
}

interface Shown {
  readonly item: RecordedItem;
  readonly index: number;
  /** The first that shows it. */
  readonly in: Found;
  readonly snapshots: string[];
}

/** One event is one hop, however many snapshots show what it made. */
async function statePart(reader: TraceReader, found: readonly Found[]): Promise<Part> {
  const shown = new Map<string, Shown>();
  for (const one of found) {
    for (const [index, item] of one.manifest.parsed.items.entries()) {
      const at = sourceText(item);
      const known = shown.get(at);
      if (known === undefined) shown.set(at, { item, index, in: one, snapshots: [one.id] });
      else if (!known.snapshots.includes(one.id)) known.snapshots.push(one.id);
    }
  }
  const hops: Hop[] = [];
  const gaps: Gap[] = [];
  for (const [at, entry] of [...shown].slice(0, limits.traceRecordsMax)) {
    const made = await stateHop(reader, at, entry);
    if ('reason' in made) gaps.push(made);
    else hops.push(made);
  }
  for (const [at, { item }] of [...shown].slice(limits.traceRecordsMax))
    gaps.push({ stage: 'state', what: item.ref, reason: 'left_out', position: at });
  return { hops, gaps };
}

function sourceText({ source }: RecordedItem): string {
  return positionText({ topic: source.topic, partition: source.partition, offset: BigInt(source.offset) });
}

async function stateHop(
  reader: TraceReader,
  at: string,
  { item, index, in: found, snapshots }: Shown,
): Promise<Hop | Gap> {
  const { ref, source } = item;
  const gap = (reason: Gap['reason']): Gap => ({ stage: 'state', what: ref, reason, position: at });
  const reading = await reader.event(at);
  if (reading.kind === 'lost') return gap(reading.reason);
  const { event } = reading.record;
  // A log that has lost its end writes other records where the lost ones stood.
  if (event.about !== 'entity' || `${event.key.kind}/${event.key.id}` !== ref) return gap('truncated');
  // The replay of the whole holds every item against its hash; one that failed leaves each to be told on its own.
  const matched = found.verdict.verdict === 'MATCH';
  const { verdict } = matched ? found.verdict : await reader.item(found.manifest, index);
  const redrives = source.redrives ?? [];
  const facts: JsonObject = {
    entityHash: source.hash,
    entityVersion: source.entityVersion,
    snapshots,
    ...(redrives.length === 0 ? {} : { redrives }),
  };
  return { ...eventHop('state', { ...reading.record, event }, facts), verdict };
}

interface Prompt {
  readonly id: string;
  readonly version: string | null;
  readonly hash: Digest;
}

/** Those stamped, and the one that the decision names: under one id they are one text. */
function promptPart(story: Story, found: readonly Found[]): Part {
  const stamped = found.flatMap(({ id: snapshot, manifest, place, recordedAtMs }) => {
    const { prompt } = manifest.parsed.stamp;
    if (prompt === undefined) return [];
    const at = { position: placeText(place), timeMs: recordedAtMs };
    return [{ prompt, hop: promptHop(prompt, at, { snapshot }) }];
  });
  const hops = stamped.map(({ hop }) => hop);
  const gaps: Gap[] = [];
  for (const { event, position, timestampMs } of ofType(story.decision, 'decision.proposed')) {
    const named = promptIn(event.data.prompt);
    if (named === undefined) continue;
    const at = { position: positionText(position), timeMs: timestampMs };
    const same = stamped.filter(({ prompt }) => prompt.id === named.id);
    if (same.length === 0) hops.push(promptHop(named, at, { namedBy: event.type }));
    else if (!same.some(({ prompt }) => prompt.hash === named.hash))
      gaps.push({
        stage: 'prompt',
        what: `the prompt ${named.id} as decided with`,
        reason: 'mismatch',
        position: at.position,
      });
  }
  return { hops, gaps };
}

function promptIn(value: JsonValue | undefined): Prompt | undefined {
  if (!isJsonObject(value)) return undefined;
  const [id, hash, version = null] = [textAt(value, 'id'), digestIn(value.hash), textAt(value, 'version')];
  return id === undefined || hash === undefined ? undefined : { id, hash, version };
}

function promptHop({ id, hash, version }: Prompt, at: Pick<Hop, 'position' | 'timeMs'>, facts: JsonObject): Hop {
  return { stage: 'prompt', ref: id, ...at, hash, facts: { ...facts, version } };
}
