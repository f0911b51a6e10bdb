/**
 * The records of index generations: which were started, promoted and dropped, as the topic of the class `model` holds them. The value
 * is JSON, the key is the generation. Only the service writes them; what is not one of them is left alone.
 */
import { z } from 'zod';
import { canonicalJson, sha256Hex } from '../domain/canonical.js';
import { limits } from '../limits.js';
import type { LogRecord, NewRecord } from '../log/port.js';
import { type ModelReading, modelDtypes, modelPoolings } from '../retrieval/model-reading.js';
import type { Stamp } from '../snapshot/manifest.js';

/** What a snapshot's stamp says of the generation it was made with: all of it that makes a difference. */
export type GenerationIdentity = Stamp['index'];

/** Names a generation in records, addresses and commands: equal identities have equal names, everywhere. */
export function generationId({ generation, embedder, ranking }: GenerationIdentity): string {
  return sha256Hex(canonicalJson({ generation, embedder, ranking })).slice(0, 12);
}

const id = z.string().regex(/^[0-9a-f]{12}$/);
const person = z.string().max(limits.idLengthMax);

const prefix = z.string().max(limits.modelPrefixMax);

const model = z.object({
  dtype: z.enum(modelDtypes),
  pooling: z.enum(modelPoolings),
  questionPrefix: prefix,
  passagePrefix: prefix,
}) satisfies z.ZodType<ModelReading>;

export const generationEvents = {
  'generation.started': z.object({
    type: z.literal('generation.started'),
    generation: id,
    /** As the setting EMBEDDER takes it. */
    method: z.string().min(1).max(limits.methodTextMax),
    /** How its model is read. Absent: it has none, or the record is older than this and goes by the configuration. */
    model: model.optional(),
    index: z.object({
      generation: z.string(),
      embedder: z.object({ id: z.string(), revision: z.string(), dimensions: z.int() }).nullable(),
      ranking: z.string(),
    }),
    passages: z.string(),
    /** Open only where fewer than so many are at its place on record. Absent: whatever is open. */
    openMax: z.int().positive().optional(),
    reason: z.string().max(limits.generationReasonMax).nullable(),
    by: person,
  }),
  'generation.promoted': z.object({
    type: z.literal('generation.promoted'),
    generation: id,
    /** The one that was live where it was asked for; when another is by now, nothing is promoted. */
    from: id,
    by: person,
  }),
  'generation.dropped': z.object({ type: z.literal('generation.dropped'), generation: id, by: person }),
} as const;

const event = z.discriminatedUnion('type', [
  generationEvents['generation.started'],
  generationEvents['generation.promoted'],
  generationEvents['generation.dropped'],
]);

export type GenerationEvent = z.infer<typeof event>;
export type GenerationStarted = z.infer<(typeof generationEvents)['generation.started']>;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeGenerationEvent(topic: string, told: GenerationEvent): NewRecord {
  const headers = [['content-type', encoder.encode('application/json')]] as const;
  return { topic, key: encoder.encode(told.generation), headers, value: encoder.encode(canonicalJson(told)) };
}

/** Undefined for anything else, also for one whose name is not that of its identity: it would pass for another. */
export function decodeGenerationEvent({ value }: Pick<LogRecord, 'value'>): GenerationEvent | undefined {
  if (value === null) return undefined;
  try {
    const read = event.safeParse(JSON.parse(decoder.decode(value)));
    if (!read.success) return undefined;
    const told = read.data;
    return told.type === 'generation.started' && generationId(told.index) !== told.generation ? undefined : told;
  } catch {
    return undefined;
  }
}
