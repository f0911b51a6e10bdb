/** What Qdrant answers, checked before it is believed: what a point says of itself has to agree with its id and with what was asked. */
import { z } from 'zod';
import type { IndexScope } from '../../src/retrieval/port.js';
import type { Proposal, Proposals } from './bounds.js';
import { QdrantFailure } from './calls.js';
import { keyOf, type PointPayload, payloadOf } from './points.js';

const queried = z.object({ points: z.array(z.object({ id: z.unknown(), score: z.number(), payload: z.unknown() })) });
const scrolled = z.object({
  points: z.array(z.object({ id: z.unknown(), payload: z.unknown() })),
  next_page_offset: z.string().nullish(),
});
const retrieved = z.array(z.object({ payload: z.unknown() }));
const named = z.array(z.object({ id: z.string(), payload: z.unknown() }));
const counted = z.object({ count: z.int().nonnegative() });

export interface Page {
  readonly points: readonly { readonly id?: unknown; readonly payload?: unknown }[];
  readonly next: string | undefined;
}

export interface Read {
  readonly list: Proposals;
  /** Points that were left out: of another tenant or kind, deleted, or no passage as this service writes them. */
  readonly dropped: number;
}

/** `limit`: how many were asked for. A list that is shorter holds all that match. */
export function proposalsOf(answer: unknown, { tenant, kind }: IndexScope, limit: number): Read {
  const { points } = checked(queried, answer);
  const proposals: Proposal[] = [];
  for (const { id, score, payload } of points) {
    const passage = payloadOf(id, payload);
    const isAsked = passage !== null && passage.tenant === tenant && passage.kind === kind && !passage.deleted;
    if (isAsked && passage.hash !== null && typeof id === 'string') {
      proposals.push({ id, key: keyOf(passage), entityHash: passage.hash, revision: passage.rev, score });
    }
  }
  const floor = points.length < limit ? null : points.reduce((least, { score }) => Math.min(least, score), Infinity);
  return { list: { proposals, floor }, dropped: points.length - proposals.length };
}

export function pageOf(answer: unknown): Page {
  const { points, next_page_offset } = checked(scrolled, answer);
  return { points, next: next_page_offset ?? undefined };
}

/** The payloads of a page that are passages, by the entity's key text. */
export function heldOf(pages: readonly Page[]): Map<string, PointPayload[]> {
  const held = new Map<string, PointPayload[]>();
  for (const { id, payload } of pages.flatMap(({ points }) => points)) {
    const passage = payloadOf(id, payload);
    if (passage === null) continue;
    const known = held.get(passage.entity);
    if (known === undefined) held.set(passage.entity, [passage]);
    else known.push(passage);
  }
  return held;
}

/** Of points that were asked for by their ids: those that are there. */
export function identified(answer: unknown): readonly { readonly id: string; readonly payload?: unknown }[] {
  return checked(named, answer);
}

/** The payload of the one point that was asked for; undefined when it is not there. */
export function onlyPayloadOf(answer: unknown): unknown {
  return checked(retrieved, answer)[0]?.payload;
}

export function countOf(answer: unknown): number {
  return checked(counted, answer).count;
}

export function checked<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  // The answer is not told: it may hold what a customer wrote.
  if (!parsed.success) throw new QdrantFailure('failing', 'an answer that Qdrant does not give');
  return parsed.data;
}
