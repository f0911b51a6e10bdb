/**
 * Replay at full depth: the state is rebuilt as of the stamped positions, the request is selected, retrieved, ranked and cut again as
 * of its own instant, and the manifest that comes out is compared with the one on record, byte for byte. Measured inputs (freshness,
 * how much was pending, that the index could not be asked) are taken as recorded; everything else is computed.
 */
import { canonicalJson, type JsonValue } from '../domain/canonical.js';
import { epochsFromJson, isInHistory } from '../domain/epochs.js';
import { isJsonObject } from '../domain/json.js';
import { type PositionVector, splitPartitionKey, vectorFromJson } from '../domain/position.js';
import { parseInstant } from '../domain/time.js';
import type { Rendered } from '../prompts/prompt.js';
import { rerankerIn } from '../retrieval/reranker.js';
import { type Assembled, assemble } from '../snapshot/assemble.js';
import { manifestOf, type Stamp } from '../snapshot/manifest.js';
import { messagesFor } from '../snapshot/prompted.js';
import type { RecordedManifest } from '../snapshot/recorded.js';
import type { Retriever } from '../snapshot/retriever.js';
import { lossAt, lossReason, type Replayable, type ReplayParts, rebuildSnapshot, unreplayable } from './content.js';
import { type OpenedPast, openPast } from './past.js';
import { requestOf } from './request.js';
import type { Difference, Verdict } from './verdict.js';

export interface FullReplayParts extends ReplayParts {
  /** Ranks every policy there was; the same scorer as live. */
  readonly retriever: Retriever;
  /** Absent: there is no other generation than that of `retriever`. */
  readonly generations?: {
    /** That of the generation which a stamp names; `dropped`: there was one, and it is not kept; undefined: none is known. */
    pastOf(index: Stamp['index']): Retriever | 'dropped' | undefined;
    /** Until what it returns is called, nothing of that generation is closed. */
    holdOf(index: Stamp['index']): () => void;
  };
}

export async function replayFull(parts: FullReplayParts, entry: Replayable): Promise<Verdict> {
  const content = await rebuildSnapshot(parts, entry);
  if (content.kind === 'failed') return content.verdict;
  const letGo = parts.generations?.holdOf(content.manifest.parsed.stamp.index);
  try {
    return await rankedAgain(parts, content);
  } finally {
    letGo?.();
  }
}

type Rebuilt = Exclude<Awaited<ReturnType<typeof rebuildSnapshot>>, { readonly kind: 'failed' }>;

async function rankedAgain(parts: FullReplayParts, { manifest, items, prompt }: Rebuilt): Promise<Verdict> {
  const chosen = retrieverFor(parts, manifest);
  if ('verdict' in chosen) return chosen;
  const through = vectorFromJson(manifest.parsed.stamp.through);
  const lost = lostOf(parts, manifest);
  if (lost !== undefined) return unreplayable('truncated', `${lost} is another record by now, or none`).verdict;
  const { tenant, account: accountId } = manifest.parsed;
  const past = await openPast(parts, { tenant, accountId }, through);
  if (past.kind === 'lost') return lostVerdict(past);
  if (past.ofOtherCode !== null) return lostVerdict(past.ofOtherCode);
  const evaluatedAtMs = parseInstant(manifest.parsed.evaluatedAt) ?? Number.NaN;
  const isUnavailable = manifest.parsed.retrieval?.unavailable === true;
  const retriever = isUnavailable ? chosen.withoutIndex() : chosen;
  const assembly = await assemble(past.state, retriever, requestOf(manifest), evaluatedAtMs);
  if (assembly.kind === 'not_found') {
    const difference = { at: '/account', expected: 'present', actual: assembly.status };
    return (await lossWithin(parts, through)) ?? { verdict: 'MISMATCH', difference };
  }
  const { question, freshness } = manifest.parsed;
  const rendered = await messagesFor(prompt, { items: assembly.assembled.items, question, freshness });
  const text = manifestAgain(chosen, manifest, { assembled: assembly.assembled, evaluatedAtMs, rendered });
  if (text === manifest.text) return { verdict: 'MATCH', depth: 'full', items: items.length };
  const difference = firstDifference(JSON.parse(manifest.text), JSON.parse(text), '');
  return (await lossWithin(parts, through)) ?? { verdict: 'MISMATCH', difference };
}

function lostVerdict({ why, topic, partition, offset }: Extract<OpenedPast, { kind: 'lost' }>): Verdict {
  return unreplayable(lossReason(why), `${topic}:${partition}:${offset}`).verdict;
}

/** The first partition whose stamped past is not that of the log as it is now: what was read there is gone. */
function lostOf({ identity }: FullReplayParts, { parsed }: RecordedManifest): string | undefined {
  const readUnder = epochsFromJson(parsed.stamp.epochs);
  for (const [key, offset] of vectorFromJson(parsed.stamp.through)) {
    if (!isInHistory(identity.epochs, key, { leaderEpoch: readUnder.get(key) ?? 0, offset })) return `${key}:${offset}`;
  }
  return undefined;
}

/**
 * What the log has lost of the stamped past, at either end of a partition. The index may not know what is gone, so a past that was
 * rebuilt without it differs from the record for want of it, which is no mismatch.
 */
async function lossWithin({ journal }: FullReplayParts, through: PositionVector): Promise<Verdict | undefined> {
  for (const [key, last] of through) {
    for (const offset of [last, 0n]) {
      const lost = await lossAt(journal, { ...splitPartitionKey(key), offset });
      if (lost !== undefined) return lost.verdict;
    }
  }
  return undefined;
}

/** That of the generation which the stamp names, which need not be the live one; or why it cannot be replayed. */
function retrieverFor({ retriever, generations }: FullReplayParts, manifest: RecordedManifest): Retriever | Verdict {
  const { question, stamp } = manifest.parsed;
  const found = question === null ? undefined : generations?.pastOf(stamp.index);
  if (found === 'dropped') {
    const detail = `ranked by ${stamp.index.generation}, a generation that is not open here: start it again with \`tidemark shadow start\``;
    return unreplayable('model_missing', detail).verdict;
  }
  const chosen = found ?? retriever;
  return notComparable(chosen, manifest) ?? chosen;
}

/** What would make a comparison meaningless is said before it is made. */
function notComparable(retriever: Retriever, { parsed }: RecordedManifest): Verdict | undefined {
  const [then, now] = [parsed.stamp.index, retriever.identity];
  if (parsed.question !== null && canonicalJson(then.embedder) !== canonicalJson(now.embedder)) {
    const wanted = then.embedder === null ? 'none' : `${then.embedder.id} ${then.embedder.revision}`;
    return unreplayable('model_missing', `ranked with the embedder ${wanted}, this service has another`).verdict;
  }
  if (parsed.question !== null && then.generation !== now.generation) {
    return unreplayable('code_version', `ranked by ${then.generation}, this is ${now.generation}`).verdict;
  }
  if (parsed.question !== null && then.ranking !== now.ranking) {
    const why = rerankerIn(then.ranking) === rerankerIn(now.ranking) ? 'code_version' : 'model_missing';
    return unreplayable(why, `weighed by ${then.ranking}, this is ${now.ranking}`).verdict;
  }
  const unscored = parsed.retrieval?.pendingUnscored ?? 0;
  return unscored > 0 ? unreplayable('retrieval_partial', `${unscored} entities`).verdict : undefined;
}

function manifestAgain(
  { identity }: Pick<Retriever, 'identity'>,
  { parsed }: RecordedManifest,
  again: { readonly assembled: Assembled; readonly evaluatedAtMs: number; readonly rendered: Rendered | null },
): string {
  const { items, omitted, retrieval, policies, through } = again.assembled;
  const { log, incarnations } = parsed.stamp;
  const { pendingScored = 0, pendingUnscored = 0 } = parsed.retrieval ?? {};
  return manifestOf({
    request: requestOf({ parsed }),
    evaluatedAtMs: again.evaluatedAtMs,
    freshness: parsed.freshness,
    items,
    omitted,
    retrieval: retrieval === null ? null : { ...retrieval, pendingScored, pendingUnscored },
    stamp: {
      log,
      incarnations,
      through,
      epochs: epochsFromJson(parsed.stamp.epochs),
      index: parsed.question === null ? parsed.stamp.index : identity,
      policySet: policies.digest,
    },
    rendered: again.rendered,
  }).text;
}

/** The first place, in document order, where two documents part; a missing member counts as null. */
export function firstDifference(expected: JsonValue, actual: JsonValue, at: string): Difference {
  const names = memberNames(expected, actual);
  for (const name of names) {
    const [left, right] = [memberOf(expected, name), memberOf(actual, name)];
    if (JSON.stringify(left) !== JSON.stringify(right)) {
      return firstDifference(left, right, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    }
  }
  return { at, expected: JSON.stringify(expected), actual: JSON.stringify(actual) };
}

/** None unless both are objects, or both are lists: then the difference is the value itself. */
function memberNames(a: JsonValue, b: JsonValue): readonly string[] {
  const alike = (isJsonObject(a) && isJsonObject(b)) || (Array.isArray(a) && Array.isArray(b));
  return alike ? [...new Set([...Object.keys(Object(a)), ...Object.keys(Object(b))])] : [];
}

function memberOf(value: JsonValue, name: string): JsonValue {
  const members: Readonly<Record<string, JsonValue>> = Object(value);
  return members[name] ?? null;
}
