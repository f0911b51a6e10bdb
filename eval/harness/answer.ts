/** From what the service released to what is kept of it. */
import { z } from 'zod';
import type { Digest, JsonValue } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import { TidemarkError } from '../../src/errors.js';
import { tokensOfBytes } from '../../src/snapshot/budget.js';
import type { Freshness } from '../../src/snapshot/freshness.js';
import type { SnapshotResult } from '../../src/snapshot/service.js';
import type { ReleasedValue } from './oracle.js';
import type { Answer, Question, RankedItem } from './types.js';

/** Read as any caller would: nothing but the body is known of an answer. */
const bodySchema = z.object({
  freshness: z.object({
    label: z.string(),
    ageMs: z.number().nullable(),
    reasons: z.array(z.object({ code: z.string() })),
  }),
  items: z.array(
    z.object({
      ref: z.string(),
      value: z.custom<JsonValue>(),
      source: z.object({ topic: z.string(), partition: z.number(), offset: z.string(), hash: z.string() }),
      why: z.object({
        selected: z.string(),
        score: z.number().optional(),
        lexical: z.number().optional(),
        dense: z.number().optional(),
      }),
    }),
  ),
  omitted: z.array(z.object({ ref: z.string(), of: z.string().optional() })),
  retrieval: z
    .object({ confidence: z.number().optional(), pendingScored: z.number(), pendingUnscored: z.number() })
    .nullable(),
});

type Body = z.infer<typeof bodySchema>;

/** What of an answer follows from the released bytes alone. */
export interface Reading {
  readonly values: readonly ReleasedValue[];
  readonly kept: Omit<Answer, 'question' | 'atMs' | 'waitedMs' | 'plain' | 'findings' | 'latencyMs'>;
}

const nothing = { snapshot: null, content: null, ranking: [], items: [], confidence: null, tokens: 0 } as const;

/** `positionOf`: as the stream numbers it. Throws when the past is lost: nothing of a run's own log expires. */
export function readAnswer(
  question: Question,
  result: SnapshotResult,
  positionOf: (source: Body['items'][number]['source']) => string,
): Reading {
  if (result.kind === 'not_found') {
    return { values: [], kept: { ...nothing, freshness: freshnessOf(result.freshness) } };
  }
  if (result.kind === 'refused')
    return {
      values: [],
      kept: { ...nothing, freshness: { label: 'refused', ageMs: null }, refused: { why: result.why } },
    };
  if (result.kind !== 'released') throw notAnswered(question, result.kind);
  const body = bodySchema.parse(JSON.parse(result.body));
  const values = body.items.map(({ ref, value, source, why }): ReleasedValue => {
    return { ref: ref as Ref, hash: source.hash, position: positionOf(source), selected: why.selected, value };
  });
  return { values, kept: keptOf(result, body, values) };
}

function keptOf(
  { id, content }: { readonly id: Digest; readonly content: Digest },
  { freshness, items, omitted, retrieval }: Body,
  values: readonly ReleasedValue[],
): Reading['kept'] {
  const retrieved = items.filter(({ why }) => why.selected === 'retrieved');
  return {
    snapshot: id,
    content,
    ranking: retrieved.flatMap(({ ref, why }) => {
      // What was left out for saying the same was found too, and its text was given: it ranks right behind what stands for it.
      const alike = omitted.filter(({ of }) => of === ref).map((one) => one.ref);
      const scores = { score: why.score ?? 0, lexical: why.lexical ?? 0, dense: why.dense ?? null };
      return [ref, ...alike].map((one): RankedItem => ({ ref: one as Ref, ...scores }));
    }),
    items: values.map(({ value: _, ...item }) => item),
    confidence: retrieval?.confidence ?? null,
    freshness: freshnessOf(freshness),
    ...pendingOf(retrieval),
    tokens: items.reduce((sum, { value }) => sum + tokensOf(value), 0),
  };
}

function freshnessOf({ label, ageMs, reasons }: Body['freshness'] | Freshness): Answer['freshness'] {
  const codes = [...new Set(reasons.map(({ code }) => code))];
  return { label, ageMs, ...(codes.length === 0 ? {} : { reasons: codes }) };
}

function pendingOf(retrieval: Body['retrieval']): Pick<Answer, 'pending'> {
  const { pendingScored: scored = 0, pendingUnscored: unscored = 0 } = retrieval ?? {};
  return scored + unscored === 0 ? {} : { pending: { scored, unscored } };
}

/** As the service estimates them: released values are canonical JSON. */
function tokensOf(value: JsonValue): number {
  return tokensOfBytes(Buffer.byteLength(JSON.stringify(value)));
}

function notAnswered({ id }: Question, kind: string): TidemarkError {
  return new TidemarkError({
    code: 'internal',
    message: `question ${id} was not answered: ${kind}`,
    advice: 'Report this: nothing of the log of a run expires.',
    retriable: false,
  });
}
