/** From what the service released to what is kept of it. */
import { z } from 'zod';
import type { Digest, JsonValue } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import { TidemarkError } from '../../src/errors.js';
import { tokensOfBytes } from '../../src/snapshot/budget.js';
import type { SnapshotResult } from '../../src/snapshot/service.js';
import type { ReleasedValue } from './oracle.js';
import type { Answer, Question, RankedItem } from './types.js';

/** Read as any caller would: nothing but the body is known of an answer. */
const bodySchema = z.object({
  freshness: z.object({ label: z.string(), ageMs: z.number().nullable() }),
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
  retrieval: z.object({ confidence: z.number().optional() }).nullable(),
});

type Body = z.infer<typeof bodySchema>;

/** What of an answer follows from the released bytes alone. */
export interface Reading {
  readonly values: readonly ReleasedValue[];
  readonly kept: Pick<Answer, 'snapshot' | 'content' | 'ranking' | 'items' | 'confidence' | 'freshness' | 'tokens'>;
}

/** `positionOf`: as the stream numbers it. Throws when the service refused: a moment that has been caught up with has an answer. */
export function readAnswer(
  question: Question,
  result: SnapshotResult,
  positionOf: (source: Body['items'][number]['source']) => string,
): Reading {
  if (result.kind === 'not_found') {
    const { label, ageMs } = result.freshness;
    const nothing = { snapshot: null, content: null, ranking: [], items: [], confidence: null, tokens: 0 };
    return { values: [], kept: { ...nothing, freshness: { label, ageMs } } };
  }
  if (result.kind !== 'released') throw refused(question, result.kind);
  const body = bodySchema.parse(JSON.parse(result.body));
  const values = body.items.map(({ ref, value, source, why }): ReleasedValue => {
    return { ref: ref as Ref, hash: source.hash, position: positionOf(source), selected: why.selected, value };
  });
  return { values, kept: keptOf(result, body, values) };
}

function keptOf(
  { id, content }: { readonly id: Digest; readonly content: Digest },
  { freshness, items, retrieval }: Body,
  values: readonly ReleasedValue[],
): Reading['kept'] {
  const retrieved = items.filter(({ why }) => why.selected === 'retrieved');
  return {
    snapshot: id,
    content,
    ranking: retrieved.map(({ ref, why }): RankedItem => {
      return { ref: ref as Ref, score: why.score ?? 0, lexical: why.lexical ?? 0, dense: why.dense ?? null };
    }),
    items: values.map(({ value: _, ...item }) => item),
    confidence: retrieval?.confidence ?? null,
    freshness: { label: freshness.label, ageMs: freshness.ageMs },
    tokens: items.reduce((sum, { value }) => sum + tokensOf(value), 0),
  };
}

/** As the service estimates them: released values are canonical JSON. */
function tokensOf(value: JsonValue): number {
  return tokensOfBytes(Buffer.byteLength(JSON.stringify(value)));
}

function refused({ id }: Question, kind: string): TidemarkError {
  return new TidemarkError({
    code: 'internal',
    message: `question ${id} was not answered: ${kind}`,
    advice: 'Report this: what has arrived was caught up with.',
    retriable: false,
  });
}
