/** A manifest read back from an audit record: checked for shape, split again for rendering. */
import { z } from 'zod';
import { canonicalJson, type Digest, isDigest, type JsonValue } from '../domain/canonical.js';
import { isKind, type Kind } from '../domain/kinds/index.js';
import type { Freshness } from './freshness.js';
import type { ManifestText } from './manifest.js';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));
const offset = z.string().regex(/^(0|[1-9][0-9]*)$/);
const kind = z.custom<Kind>((value) => typeof value === 'string' && isKind(value));

const item = z.looseObject({
  ref: z.string(),
  status: z.literal('present'),
  masked: z.array(z.string()),
  source: z.looseObject({
    topic: z.string(),
    partition: z.number().int(),
    leaderEpoch: z.number().int(),
    offset,
    entityVersion: z.string().nullable(),
    eventTime: z.string().nullable(),
    hash: digest,
    redrives: z.array(z.string()).optional(),
  }),
});

const manifest = z.looseObject({
  format: z.literal(1),
  tenant: z.string(),
  mode: z.enum(['context', 'search']),
  account: z.string().nullable(),
  limits: z.object({ policies: z.number().int(), tickets: z.number().int() }),
  question: z.string().nullable(),
  /** Absent where nothing was said before the question. */
  history: z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() })).optional(),
  purpose: z.string().nullable(),
  kinds: z.array(kind),
  tokenBudget: z.number().int(),
  evaluatedAt: z.string(),
  content: digest,
  /** Measured inputs: a replay takes them as they are. */
  freshness: z.custom<Freshness>((value) => typeof value === 'object' && value !== null),
  retrieval: z
    .object({
      statistics: digest,
      pendingScored: z.number().int(),
      pendingUnscored: z.number().int(),
      /** Absent where the index could be asked. */
      unavailable: z.literal(true).optional(),
    })
    .nullable(),
  items: z.array(item),
  stamp: z.looseObject({
    assembler: z.string(),
    log: z.string(),
    incarnations: z.record(z.string(), z.string()),
    policySet: digest,
    /** Absent where no messages were asked for. */
    prompt: z
      .object({
        id: z.string(),
        variant: z.string().optional(),
        version: z.string(),
        hash: digest,
        input: z.record(z.string(), z.string()),
        renderer: z.string(),
      })
      .optional(),
    index: z.object({
      generation: z.string(),
      embedder: z.object({ id: z.string(), revision: z.string(), dimensions: z.number().int() }).nullable(),
      /** Up to assembler-2 there was one ranking, without a name. */
      ranking: z.string().default(''),
    }),
    through: z.record(z.string(), z.record(z.string(), offset)),
    /** Absent where all are 0. */
    epochs: z.record(z.string(), z.record(z.string(), z.number().int())).optional(),
  }),
});

export type RecordedItem = z.infer<typeof item>;

export interface RecordedManifest extends ManifestText {
  readonly text: string;
  readonly parsed: z.infer<typeof manifest>;
}

/** Undefined when the text is no manifest of a format this code knows. Never throws. */
export function readManifest(text: string): RecordedManifest | undefined {
  let json: { readonly items?: readonly JsonValue[] };
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = manifest.safeParse(json);
  if (!result.success) return undefined;
  const fragments = (json.items ?? []).map((entry) => canonicalJson(entry));
  // The text is canonical and strings escape their quotes, so this run of members occurs once.
  const items = `"items":[${fragments.join(',')}],"kinds":`;
  const at = text.indexOf(items);
  if (at < 0) return undefined;
  const start = at + '"items":['.length;
  const end = at + items.length - '],"kinds":'.length;
  return { text, parsed: result.data, head: text.slice(0, start), fragments, tail: text.slice(end) };
}
