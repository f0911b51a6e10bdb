/**
 * Where a result comes from, in `_meta` under `tidemark/provenance`. An agent that is told nothing must be able to tell "there is
 * nothing" from "it has not been loaded": that is `readiness`.
 */
import { z } from 'zod';
import { freshnessSchema, vectorSchema } from '../api/schemas.js';
import type { JsonObject, JsonValue } from '../domain/canonical.js';
import { isJsonObject } from '../domain/json.js';
import type { Asking } from './asking.js';

export const PROVENANCE = 'tidemark/provenance';

/** `loading`: what the log has is not all applied yet. `degraded`: something keeps it from being applied, or looked through. */
export const readinesses = ['ready', 'loading', 'degraded'] as const;
export type Readiness = (typeof readinesses)[number];

export const provenanceSchema = z.strictObject({
  /** Of what the result was read from, or of what was written; null where a result has none. */
  token: z.string().nullable(),
  /** Positions by topic and partition; absent where the token alone tells them. */
  through: vectorSchema.optional(),
  freshness: freshnessSchema.nullable(),
  /** Id of the snapshot the result is, or is about. */
  snapshot: z.string().nullable(),
  readiness: z.enum(readinesses),
});

export type Provenance = z.infer<typeof provenanceSchema>;

/** `value`: a reply of the API, or a problem; both carry what is known where it is known. */
export async function provenanceOf(value: JsonObject, asking: Asking, about: string | null): Promise<Provenance> {
  const { stamp, freshness, token } = value;
  const isSnapshot = isJsonObject(stamp) && typeof value.id === 'string';
  const through = isJsonObject(stamp) && isJsonObject(stamp.through) ? { through: stamp.through } : {};
  const known = isJsonObject(freshness) ? freshness : null;
  const readiness = known === null ? await readinessNow(value, asking) : readinessOf(known);
  return {
    token: typeof token === 'string' ? token : null,
    ...(through as Pick<Provenance, 'through'>),
    freshness: known as Provenance['freshness'],
    snapshot: isSnapshot ? String(value.id) : about,
    readiness,
  };
}

/** What waiting mends. */
const passing: readonly JsonValue[] = ['behind', 'tokens_not_covered'];

/** Of an answer with a freshness label. */
export function readinessOf({ label, reasons }: JsonObject): Readiness {
  const codes = (Array.isArray(reasons) ? reasons : []).map((reason) =>
    isJsonObject(reason) ? reason.code : undefined,
  );
  if (codes.includes('never_caught_up')) return 'loading';
  // A past that was asked for is whole: that it is no present is no fault of it.
  if (label === 'fresh' || codes.every((code) => code === 'as_of')) return 'ready';
  return codes.every((code) => code !== undefined && passing.includes(code)) ? 'loading' : 'degraded';
}

/** Of an answer without one: how the service is now. */
async function readinessNow({ code }: JsonObject, asking: Asking): Promise<Readiness> {
  if (code === 'behind') return 'loading';
  const reply = await asking.get('/readyz');
  if (reply.kind === 'refused') return 'degraded';
  return readinessSaid(reply.value.status);
}

/** `status`: of GET /readyz. */
export function readinessSaid(status: JsonValue | undefined): Readiness {
  if (status === 'ready' || status === 'empty') return 'ready';
  return status === 'catching_up' ? 'loading' : 'degraded';
}
