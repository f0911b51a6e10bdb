/** Replay at content depth: every item is folded again from its own records up to its stamped position, and the bytes are compared. */

import type { RecordedEntry } from '../audit/port.js';
import { type Digest, digestOf } from '../domain/canonical.js';
import type { Entity, EntityKey, PresentEntity } from '../domain/entity.js';
import { epochsFromJson, isInHistory } from '../domain/epochs.js';
import { isKind } from '../domain/kinds/index.js';
import { parsePositionText, partitionKey, positionText, vectorFromJson } from '../domain/position.js';
import type { LogIdentity } from '../domain/token.js';
import type { Journal, JournalLoss, Place } from '../journal/journal.js';
import type { DecisionLookup } from '../journal/rebuild.js';
import { decodeRejectedEntry } from '../log/dead-letter.js';
import type { PromptCall } from '../prompts/prompt.js';
import type { PromptSet } from '../prompts/prompt-set.js';
import { assemblerId, contentOf, itemFragment } from '../snapshot/manifest.js';
import { messagesFor } from '../snapshot/prompted.js';
import { type RecordedItem, type RecordedManifest, readManifest } from '../snapshot/recorded.js';
import { renderBody } from '../snapshot/render.js';
import type { Selected } from '../snapshot/select.js';
import { decisionsThrough } from './past.js';
import { promptBehind } from './prompted.js';
import type { Difference, UnreplayableReason, Verdict } from './verdict.js';

export interface ReplayParts {
  readonly journal: Journal;
  readonly decisionOn: DecisionLookup;
  readonly identity: LogIdentity;
  readonly prompts: PromptSet;
}

export type Rebuilt =
  | {
      readonly kind: 'rebuilt';
      readonly manifest: RecordedManifest;
      readonly items: readonly Selected[];
      /** The prompt it was released with, if any. */
      readonly prompt: PromptCall | undefined;
      readonly body: string;
    }
  | { readonly kind: 'failed'; readonly verdict: Exclude<Verdict, { verdict: 'MATCH' }> };

/** What of an audit record a replay goes by. */
export type Replayable = Pick<RecordedEntry, 'id' | 'tenant' | 'manifest'>;

export async function replayContent(parts: ReplayParts, entry: Replayable): Promise<Verdict> {
  const rebuilt = await rebuildSnapshot(parts, entry);
  if (rebuilt.kind === 'failed') return rebuilt.verdict;
  return { verdict: 'MATCH', depth: 'content', items: rebuilt.items.length };
}

/** The released body, made again from the journal and held against the manifest at every step. */
export async function rebuildSnapshot(parts: ReplayParts, entry: Replayable): Promise<Rebuilt> {
  const actualId = digestOf(entry.manifest);
  if (actualId !== entry.id) return mismatch({ at: '', expected: entry.id, actual: actualId });
  const manifest = readManifest(entry.manifest);
  if (manifest === undefined || manifest.parsed.tenant !== entry.tenant) {
    return unreplayable('audit_damaged', 'the recorded manifest has another shape than this code reads');
  }
  const foreign = provenance(parts.identity, manifest);
  if (foreign !== undefined) return foreign;
  const prompted = promptBehind(parts.prompts, manifest);
  if (prompted.kind === 'gone') return unreplayable(prompted.reason, prompted.detail);
  const prompt = prompted.kind === 'found' ? prompted.call : undefined;
  const items: Selected[] = [];
  for (const [index, recorded] of manifest.parsed.items.entries()) {
    const lost = lostPlace(parts.identity, manifest, recorded);
    if (lost !== undefined) return unreplayable('truncated', `${lost} is another record by now`);
    const item = await rebuildItem(parts, manifest, { recorded, index });
    if ('kind' in item) return item;
    items.push(item);
  }
  const { question, freshness } = manifest.parsed;
  const messages = (await messagesFor(prompt, { items, question, freshness }))?.messages ?? null;
  const content = contentOf(items, messages);
  if (content !== manifest.parsed.content)
    return mismatch({ at: '/content', expected: manifest.parsed.content, actual: content });
  return {
    kind: 'rebuilt',
    manifest,
    items,
    prompt,
    body: renderBody(
      entry.id,
      manifest,
      items.map(({ entity }) => entity.json),
      messages,
    ),
  };
}

export type Failed = Extract<Rebuilt, { kind: 'failed' }>;

function mismatch(difference: Difference): Failed {
  return { kind: 'failed', verdict: { verdict: 'MISMATCH', difference } };
}

export function unreplayable(reason: UnreplayableReason, detail: string): Failed {
  return { kind: 'failed', verdict: { verdict: 'UNREPLAYABLE', reason, detail } };
}

function provenance(identity: LogIdentity, { parsed }: RecordedManifest): Failed | undefined {
  const { assembler, log, incarnations } = parsed.stamp;
  if (assembler !== assemblerId)
    return unreplayable('code_version', `assembled by ${assembler}, this is ${assemblerId}`);
  if (log !== identity.id) return unreplayable('recreated', 'the stamp names another log');
  for (const [topic, incarnation] of Object.entries(incarnations)) {
    if (identity.incarnationOf(topic) !== incarnation)
      return unreplayable('recreated', `topic ${topic} has been made anew`);
  }
  return undefined;
}

/** A position that the item rests on and that the log has lost since, whatever stands there now. */
function lostPlace(
  { epochs }: LogIdentity,
  { parsed }: RecordedManifest,
  { source }: RecordedItem,
): string | undefined {
  const { topic, partition, leaderEpoch } = source;
  const offset = BigInt(source.offset);
  if (!isInHistory(epochs, partitionKey(topic, partition), { leaderEpoch, offset })) {
    return positionText({ topic, partition, offset });
  }
  // Decisions are named without their epoch. What the stamp covers was read in one history: before its end, all is as it was.
  return (source.redrives ?? []).find((at) => {
    const decided = parsePositionText(at);
    if (decided === undefined) return false;
    const key = partitionKey(decided.topic, decided.partition);
    const readUnder = epochsFromJson(parsed.stamp.epochs).get(key) ?? 0;
    return !isInHistory(epochs, key, { leaderEpoch: readUnder, offset: decided.offset });
  });
}

/** One item held against its record, for whoever is to tell which of a snapshot that did not match still do. */
export async function replayItem(parts: ReplayParts, manifest: RecordedManifest, index: number): Promise<Verdict> {
  const recorded = manifest.parsed.items[index];
  if (recorded === undefined) throw new Error('a manifest has no item of that number');
  const lost = lostPlace(parts.identity, manifest, recorded);
  if (lost !== undefined) return unreplayable('truncated', `${lost} is another record by now`).verdict;
  const item = await rebuildItem(parts, manifest, { recorded, index });
  return 'kind' in item ? item.verdict : { verdict: 'MATCH', depth: 'content', items: 1 };
}

interface PlacedItem {
  readonly recorded: RecordedItem;
  readonly index: number;
}

async function rebuildItem(
  parts: ReplayParts,
  manifest: RecordedManifest,
  { recorded, index }: PlacedItem,
): Promise<Selected | Failed> {
  const key = keyOfRef(manifest.parsed.tenant, recorded.ref);
  if (key === undefined) return unreplayable('audit_damaged', `item ${index} names no known kind`);
  const { source } = recorded;
  const place = { topic: source.topic, partition: source.partition, offset: BigInt(source.offset) };
  const redrives = source.redrives ?? [];
  const through = vectorFromJson(manifest.parsed.stamp.through);
  // Without versions nothing of another partition was folded into it, in whatever order they were read.
  const beside = source.entityVersion === null ? [] : through;
  // Not those it names alone: a redrive may have taken an applied record out of force, and have come to nothing itself.
  const decided = decisionsThrough(parts.decisionOn, through);
  const found = await parts.journal.entityAt(key, { ...place, beside }, decided, redrives);
  if (found.kind === 'lost')
    return unreplayable(lossReason(found.why), `${found.topic}:${found.partition}:${found.offset}`);
  const expected = { at: `/items/${index}`, hash: source.hash, fragment: manifest.fragments[index] ?? '{}' };
  const item = itemAsRecorded(found.entity, expected);
  return 'entity' in item ? item : ((await lossBehind(parts.journal, place, source.redrives ?? [])) ?? mismatch(item));
}

/** The item, made again from the entity; or in what it differs from the one on record. */
function itemAsRecorded(
  entity: Entity | undefined,
  { at, hash, fragment }: { readonly at: string; readonly hash: Digest; readonly fragment: string },
): Selected | Difference {
  if (!isPresent(entity)) return { at: `${at}/status`, expected: 'present', actual: entity?.status ?? 'absent' };
  if (entity.hash !== hash) return { at: `${at}/source/hash`, expected: hash, actual: entity.hash };
  // `why` and the successor are inputs of the content depth; everything else of the fragment is recomputed.
  const item: Selected = { entity, ...selectionOf(fragment) };
  const actual = itemFragment(item);
  return actual === fragment ? item : { at, expected: fragment, actual };
}

/** Records that are gone may have left the index without a trace: before calling it a mismatch, look for what is missing. */
async function lossBehind(journal: Journal, place: Place, redrives: readonly string[]): Promise<Failed | undefined> {
  for (const offset of [place.offset, 0n]) {
    const lost = await lossAt(journal, { ...place, offset });
    if (lost !== undefined) return lost;
  }
  for (const at of redrives) {
    const decided = parsePositionText(at);
    if (decided === undefined) continue;
    const lost = await lossAt(journal, decided);
    if (lost !== undefined) return lost;
    // A log that lost its end writes its next records where the lost ones were: one of another kind betrays that.
    const reading = await journal.recordAt(decided);
    const entry = reading.kind === 'found' ? decodeRejectedEntry(reading.record) : undefined;
    if (reading.kind === 'found' && entry?.entry !== 'decision')
      return unreplayable('truncated', `${at} holds no decision any more`);
  }
  return undefined;
}

/** What has expired is no reason where that is known: whatever rests on it was not rebuilt, or was on the base that stands for it. */
export async function lossAt(
  journal: Pick<Journal, 'recordAt' | 'isIndexWhole'>,
  place: Place,
): Promise<Failed | undefined> {
  const reading = await journal.recordAt(place);
  if (reading.kind === 'found' || (reading.why === 'expired' && journal.isIndexWhole)) return undefined;
  return unreplayable(lossReason(reading.why), positionText(place));
}

function isPresent(entity: Entity | undefined): entity is PresentEntity {
  return entity?.status === 'present';
}

function selectionOf(fragment: string): Pick<Selected, 'why' | 'successor'> {
  const { why, successor } = JSON.parse(fragment) as { why: Selected['why']; successor?: Selected['successor'] };
  return { why, successor: successor ?? null };
}

export function keyOfRef(tenant: string, ref: string): EntityKey | undefined {
  const slash = ref.indexOf('/');
  const kind = ref.slice(0, Math.max(0, slash));
  return isKind(kind) ? { tenant, kind, id: ref.slice(slash + 1) } : undefined;
}

export function lossReason(why: JournalLoss): UnreplayableReason {
  return why === 'beyond_end' ? 'truncated' : why;
}
