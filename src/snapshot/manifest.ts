/**
 * The manifest: the snapshot without its values. Its canonical JSON (RFC 8785) is what the snapshot id is the SHA-256 of, and what
 * the audit log stores. It holds everything the released bytes are a function of; measured inputs (freshness, what was pending) as
 * they were measured. Outside it: the token, the audit position, the request id.
 */
import { canonicalJson, type Digest, digestOf } from '../domain/canonical.js';
import { type PresentEntity, type Ref, refOf } from '../domain/entity.js';
import { type EpochVector, epochsToJson } from '../domain/epochs.js';
import type { Kind } from '../domain/kinds/index.js';
import { type PositionVector, vectorToJson } from '../domain/position.js';
import { instantText } from '../domain/time.js';
import { limits } from '../limits.js';
import type { PromptStamp, Rendered } from '../prompts/prompt.js';
import type { EmbedderIdentity } from '../retrieval/embedder.js';
import type { Freshness } from './freshness.js';
import { type KeyedText, preparedOf } from './prepared.js';
import { listText, withValue } from './render.js';
import type { SnapshotRequest } from './request.js';
import type { Selected } from './select.js';

/** Raised when the same inputs would give other bytes. A replay by other code says so instead of guessing. */
export const assemblerId = 'assembler-4';

/** No masks are applied yet: the digest of the empty list. */
export const emptyMaskSet: Digest = digestOf('[]');

export type Omitted =
  | { readonly ref: Ref; readonly reason: 'token_budget' | 'count_limit' }
  /** `of`: what says the same and ranks before it. */
  | { readonly ref: Ref; readonly reason: 'duplicate'; readonly of: Ref };

export interface Omissions {
  /** The first of them, at most `limits.omittedMax`. */
  readonly named: readonly Omitted[];
  readonly count: number;
}

interface Omittable {
  readonly entity: Pick<PresentEntity, 'key'>;
}

export interface OmittedDuplicate extends Omittable {
  readonly of: Ref;
}

/** In the order in which they are named. */
interface LeftOut {
  readonly token_budget?: readonly Omittable[];
  readonly duplicate?: readonly OmittedDuplicate[];
  readonly count_limit?: readonly Omittable[];
}

/** Only what is named is written out: without a question thousands of policies can be beyond the count. */
export function omissionsOf(left: LeftOut): Omissions {
  const named: Omitted[] = [];
  for (const one of omittedOf(left)) {
    if (named.length === limits.omittedMax) break;
    named.push(one);
  }
  const count = [left.token_budget, left.duplicate, left.count_limit].reduce(
    (sum, some) => sum + (some?.length ?? 0),
    0,
  );
  return { named, count };
}

function* omittedOf({ token_budget = [], duplicate = [], count_limit = [] }: LeftOut): Generator<Omitted> {
  for (const { entity } of token_budget) yield { ref: refOf(entity.key), reason: 'token_budget' };
  for (const { entity, of } of duplicate) yield { ref: refOf(entity.key), reason: 'duplicate', of };
  for (const { entity } of count_limit) yield { ref: refOf(entity.key), reason: 'count_limit' };
}

/** What retrieval saw; null in the manifest when nothing was asked. */
export interface RetrievalFacts {
  /** BM25 statistics used, by the digest of what they were computed from. */
  readonly statistics: Digest;
  /**
   * Policies scored directly because the index may not have had them as they are, and how many more were not scored: beyond the
   * bound, refused by the embedder, or left out by an index that has proven nothing about them within `limits.indexHitsMax`.
   */
  readonly pendingScored: number;
  readonly pendingUnscored: number;
  /** By `confidenceOf`: how sure it is that something of what was found bears on the question. */
  readonly confidence: number;
  /** The index could not be asked, so no policies were retrieved. Absent where it could be, or was not needed. */
  readonly unavailable?: true;
}

export interface Stamp {
  readonly log: string;
  /** Incarnation id per topic. */
  readonly incarnations: Readonly<Record<string, string>>;
  readonly through: PositionVector;
  /** The leader epochs that `through` was read under, where they are not 0. */
  readonly epochs: EpochVector;
  readonly index: {
    readonly generation: string;
    readonly embedder: EmbedderIdentity | null;
    /** `RankingRules.id`: what a question and its candidates were weighed by. */
    readonly ranking: string;
  };
  readonly policySet: Digest;
  /** Absent: no messages were asked for. */
  readonly prompt?: PromptStamp;
}

/** SHA-256 of UTF-8 text. */
export type DigestFunction = (text: string) => Digest;

export interface ManifestParts {
  readonly request: SnapshotRequest;
  readonly evaluatedAtMs: number;
  readonly freshness: Freshness;
  readonly items: readonly Selected[];
  readonly omitted: Omissions;
  readonly retrieval: RetrievalFacts | null;
  readonly stamp: Omit<Stamp, 'prompt'>;
  /** Null or absent: no messages were asked for. */
  readonly rendered?: Rendered | null;
}

/** Canonical JSON in three parts, so that values can be spliced in without parsing: head, one fragment per item, tail. */
export interface ManifestText {
  readonly head: string;
  readonly fragments: readonly string[];
  readonly tail: string;
}

export interface Manifest extends ManifestText {
  /** Canonical JSON. */
  readonly text: string;
  /** Each fragment with its value, as released. */
  readonly items: readonly string[];
  readonly id: Digest;
  /** Digest over what a copilot sees: items, their order and masks, and the messages. Equal content, equal ETag. */
  readonly content: Digest;
  /** Canonical JSON of the messages, outside the manifest: `content` covers them. Null: none were asked for. */
  readonly messages: string | null;
}

/**
 * Written by hand in canonical member order: canonicalising 8 KB costs more than the whole read. `manifest.test.ts` holds it against
 * the library.
 */
export function manifestOf(parts: ManifestParts, digest: DigestFunction = digestOf): Manifest {
  const { account, kinds: kindsAsked, limits: counts, mode, purpose, question, tenant, tokenBudget } = parts.request;
  const { history } = parts.request;
  const texts = parts.items.map(itemTexts);
  const fragments = texts.map(({ fragment }) => fragment);
  const { rendered = null } = parts;
  const messages = rendered === null ? null : rendered.messages;
  const content = contentOf(parts.items, messages, digest);
  const stamp = rendered === null ? parts.stamp : { ...parts.stamp, prompt: rendered.stamp };
  const { named, count } = parts.omitted;
  const head =
    `{"account":${JSON.stringify(account)},"content":"${content}","evaluatedAt":"${evaluatedText(parts.evaluatedAtMs)}",` +
    `"format":1,"freshness":${freshnessText(parts.freshness)},` +
    `${history === undefined ? '' : `"history":${canonicalJson(history)},`}"items":[`;
  const tail =
    `],"kinds":${kindsText(kindsAsked)},"limits":{"policies":${counts.policies},"tickets":${counts.tickets}},` +
    `"mode":"${mode}","omitted":${named.length === 0 ? '[]' : canonicalJson(named)},` +
    `"omittedCount":${count},"purpose":${JSON.stringify(purpose)},` +
    `"question":${JSON.stringify(question)},"retrieval":${parts.retrieval === null ? 'null' : canonicalJson(parts.retrieval)},` +
    `"stamp":${stampText(stamp)},"tenant":${JSON.stringify(tenant)},"tokenBudget":${tokenBudget}}`;
  const text = listText(head, fragments, tail);
  return { head, fragments, items: texts.map(({ item }) => item), tail, text, id: digest(text), content, messages };
}

// A busy service makes dozens of snapshots in one millisecond, and writing out an instant is a twentieth of making one.
let lastInstant = { ms: 0, text: instantText(0) };

function evaluatedText(ms: number): string {
  if (lastInstant.ms !== ms) lastInstant = { ms, text: instantText(ms) };
  return lastInstant.text;
}

/** By the list: nearly every request has the one that stands for all of them. */
const kindsTexts = new WeakMap<readonly Kind[], string>();

function kindsText(kinds: readonly Kind[]): string {
  const known = kindsTexts.get(kinds) ?? JSON.stringify(kinds);
  kindsTexts.set(kinds, known);
  return known;
}

function freshnessText(freshness: Freshness): string {
  const { ageMs, label, reasons } = freshness;
  return reasons.length > 0 ? canonicalJson(freshness) : `{"ageMs":${ageMs},"label":"${label}","reasons":[]}`;
}

// Between two writes every snapshot of the same kinds has the same stamp.
const stampTexts = new WeakMap<Stamp, string>();

function stampText(stamp: Stamp): string {
  const known = stampTexts.get(stamp) ?? textOfStamp(stamp);
  stampTexts.set(stamp, known);
  return known;
}

function textOfStamp(stamp: Stamp): string {
  const { log, incarnations, through, epochs, index, policySet, prompt } = stamp;
  return canonicalJson({
    assembler: assemblerId,
    ...(epochs.size === 0 ? {} : { epochs: epochsToJson(epochs) }),
    incarnations,
    index,
    log,
    maskSet: emptyMaskSet,
    policySet,
    ...(prompt === undefined ? {} : { prompt }),
    through: vectorToJson(through),
  });
}

/**
 * The digest of one line per item: the digest of its value, its reference, and the successor it names. No masks yet, so none are
 * named. Of messages, one line more: it begins as no item's does.
 */
export function contentOf(
  items: readonly Pick<Selected, 'entity' | 'successor'>[],
  messages: string | null = null,
  digest: DigestFunction = digestOf,
): Digest {
  let lines = '';
  for (const { entity, successor } of items) {
    const { contentLine } = preparedOf(entity);
    lines += successor === null ? `${contentLine}\n` : `${contentLine} ${canonicalJson(successor)}\n`;
  }
  if (messages !== null) lines += `messages ${digest(messages)}\n`;
  return digest(lines);
}

/** One item in canonical form, without its value. */
export function itemFragment(selected: Selected): string {
  return itemTexts(selected).fragment;
}

/** One item in canonical form, and as it is released. */
function itemTexts({ entity, why, successor }: Selected): Pick<KeyedText, 'fragment' | 'item'> {
  const known = preparedOf(entity);
  const isKeyed = successor === null && why.selected !== 'retrieved';
  if (isKeyed && known.keyed?.selected === why.selected) return known.keyed;
  const next = successor === null ? '' : `"successor":${canonicalJson(successor)},`;
  const reason = why.selected === 'retrieved' ? canonicalJson(why) : `{"selected":"${why.selected}"}`;
  const fragment = `${known.head},${next}"trust":"${known.trust}","why":${reason}}`;
  const texts = { selected: why.selected, fragment, item: withValue(fragment, entity.json) };
  if (isKeyed) known.keyed = texts;
  return texts;
}
