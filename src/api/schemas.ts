/** Schemas that several routes share. Requests are closed: an unknown member is refused by name, never ignored. */
import { z } from '@hono/zod-openapi';
import type { Entity } from '../domain/entity.js';
import { refOf } from '../domain/entity.js';
import { kindNames } from '../domain/kinds/index.js';
import type { Position } from '../domain/position.js';
import { limits } from '../limits.js';
import { freshnessLabels } from '../snapshot/freshness.js';
import type { RecordedItem } from '../snapshot/recorded.js';
import type { SnapshotRequest } from '../snapshot/request.js';
import { messagesSchema } from './prompts.js';

export const idText = z.string().min(1).max(limits.idLengthMax);
export const kindName = z.enum(kindNames as [(typeof kindNames)[number], ...typeof kindNames]);

const tokenText = z.string().min(1).max(limits.tokenLengthMax);
export const tokenList = z.array(tokenText).max(limits.tokensMax);

/** A parameter that may be repeated. */
export function repeated<T extends z.ZodType<string>>(one: T, countMax: number) {
  return z
    .union([one.transform((value) => [value]), z.array(one).max(countMax)])
    .optional()
    .openapi({ type: 'array', items: { type: 'string' }, maxItems: countMax });
}

/** A decimal parameter within bounds. */
export function countText(countDefault: number, countMax: number) {
  return z
    .string()
    .regex(/^[1-9][0-9]{0,8}$/, 'not a positive whole number')
    .transform(Number)
    .refine((count) => count <= countMax, { error: `more than ${countMax}` })
    .default(countDefault)
    .openapi({ type: 'integer', minimum: 1, maximum: countMax, default: countDefault });
}

/** What was said before the question. */
export const historyOfTurns = z
  .array(z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string().min(1).max(limits.questionLengthMax) }))
  .max(limits.historyTurnsMax)
  .refine((turns) => turns.reduce((length, { text }) => length + text.length, 0) <= limits.historyLengthMax, {
    error: `longer than ${limits.historyLengthMax} characters together`,
  })
  .optional()
  .openapi({
    description:
      'The turns of the conversation before the question, oldest first: retrieval weighs what they name, the longer ago the less. ' +
      'In the manifest as they are given; an empty list is as good as none.',
  });

/** Absent where nothing was said. */
export function historyIn(turns: z.infer<typeof historyOfTurns>): Pick<SnapshotRequest, 'history'> {
  return turns === undefined || turns.length === 0 ? {} : { history: turns };
}

/** Time travel. */
export const asOfToken = tokenText.optional().openapi({
  description:
    'A token: the answer as of the positions it names, from records no later than them. A partition that it does not name means ' +
    'nothing of it; the token of a reply names all that the reply was read from. The evaluation instant is the moment the log took ' +
    'the last of the records at those positions. The label is never fresh, with the reason `as_of`.',
});

export const correlationId = z
  .string()
  .min(1)
  .max(limits.attributeLengthMax)
  .optional()
  .openapi({
    description:
      'The interaction that the snapshot is asked for; kept in the audit record, outside the hash. The header `correlation-id` says the ' +
      'same; where both are given, the member counts.',
  });

/** What every read of one account takes beside its own parameters: tokens to cover first, and how long to wait for them. */
export const tokenQuery = {
  token: repeated(tokenText, limits.tokensMax).openapi({
    description: 'Tokens the answer must cover; it waits for them up to deadlineMs.',
  }),
  deadlineMs: countText(limits.deadlineMsDefault, limits.deadlineMsMax),
};

const offset = z
  .string()
  .regex(/^(0|[1-9][0-9]*)$/)
  .openapi({ example: '8812' });

export const positionSchema = z
  .object({
    topic: z.string(),
    incarnation: z.string().openapi({ description: 'Id of the topic: one that is made anew has another' }),
    partition: z.int(),
    leaderEpoch: z.int(),
    offset,
  })
  .openapi('Position');

export function positionJson(position: Position): z.infer<typeof positionSchema> {
  const { topic, incarnation, partition, leaderEpoch } = position;
  return { topic, incarnation: incarnation.id, partition, leaderEpoch, offset: String(position.offset) };
}

export const freshnessSchema = z
  .object({
    label: z.enum(freshnessLabels),
    ageMs: z.int().nullable(),
    reasons: z.array(z.looseObject({ code: z.string() })),
  })
  .openapi('Freshness', {
    description:
      'Never better than what is proven, and always with its reasons. `gap`: records of the log are known to be lost to the answer. ' +
      '`incomplete` with `retrieval_unavailable`: the retrieval index could not be asked, so policies that bear on the question are ' +
      'missing; whoever would rather have none asks with `onViolation: refuse` and gets 503 `index_unavailable`.',
  });

export const vectorSchema = z
  .record(z.string(), z.record(z.string(), offset))
  .openapi('Vector', { example: { 'support.tickets': { '3': '8812' } } });

export const changeSchema = z
  .object({
    ref: z.string().openapi({ example: 'ticket/T-9' }),
    change: z.enum(['added', 'removed', 'changed', 'moved']),
    by: z.looseObject({ kind: z.enum(['event', 'time', 'ranking']) }),
    fields: z.array(z.string()),
  })
  .openapi('Change');

export const entitySchema = z
  .object({
    ref: z.string(),
    status: z.enum(['present', 'deleted']),
    source: positionSchema.extend({
      entityVersion: z.string().nullable(),
      eventTime: z.string().nullable(),
      hash: z.string().nullable(),
      redrives: z.array(z.string()),
    }),
    value: z.looseObject({}).optional(),
  })
  .openapi('Entity');

/** An entity's head; its value is spliced in as the text it is stored as. */
export function entityHead(entity: Entity): Omit<z.infer<typeof entitySchema>, 'value'> {
  const { position, version } = entity.watermark;
  const hash = entity.status === 'present' ? entity.hash : null;
  const { eventTime, redrives } = entity;
  const source = { ...positionJson(position), entityVersion: version, eventTime, hash, redrives: [...redrives] };
  return { ref: refOf(entity.key), status: entity.status, source };
}

export const snapshotItemSchema = z.looseObject({
  ref: z.string(),
  status: z.literal('present'),
  masked: z.array(z.string()),
  value: z.looseObject({}),
  source: z.looseObject({ topic: z.string(), partition: z.int(), offset, hash: z.string() }),
  trust: z.enum(['business', 'customer']),
  why: z.looseObject({ selected: z.string() }),
}) satisfies z.ZodType<Pick<RecordedItem, 'ref'>>;

export const snapshotSchema = z
  .looseObject({
    id: z.string().openapi({ example: `sha256-${'0'.repeat(64)}` }),
    tenant: z.string(),
    account: z.string().nullable(),
    question: z.string().nullable(),
    history: z
      .array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() }))
      .optional()
      .openapi({ description: 'Absent where nothing was said before the question.' }),
    evaluatedAt: z.string(),
    content: z.string(),
    freshness: freshnessSchema,
    items: z.array(snapshotItemSchema),
    omitted: z.array(z.object({ ref: z.string(), reason: z.string(), of: z.string().optional() })).openapi({
      description:
        'What the token budget left out (`token_budget`), what says the same as something that ranks before it (`of`), such as one ' +
        'policy published under two ids (`duplicate`), and what came after the number of items asked for ' +
        `(\`count_limit\`); with a question at most the ${limits.nearestMissesMax} nearest misses of each kind. ` +
        `Cut after ${limits.omittedMax}.`,
    }),
    omittedCount: z.int().openapi({
      description:
        'Entries of `omitted` before it was cut. With a question no total: what scored lower than the nearest misses is ' +
        'not counted.',
    }),
    retrieval: z
      .looseObject({
        statistics: z.string(),
        pendingScored: z.int(),
        pendingUnscored: z.int(),
        confidence: z.number().openapi({
          description:
            'How sure retrieval is that something it found bears on the question, from 0 to 1: what to abstain by. No probability: it ' +
            'orders the questions of one index generation and ranking, and a threshold for it is found by measuring (`tidemark eval`).',
        }),
      })
      .nullable()
      .openapi({ description: 'Null without a question.' }),
    stamp: z.looseObject({
      log: z.string(),
      through: vectorSchema,
      policySet: z.string(),
      prompt: z.looseObject({ id: z.string(), version: z.string(), hash: z.string() }).optional(),
    }),
    prompt: messagesSchema.optional(),
    token: z.string(),
    audit: z
      .union([
        z.object({ topic: z.string(), partition: z.int(), offset }),
        z.object({ topic: z.string(), spooled: offset }),
      ])
      .nullable()
      .openapi({
        description:
          'Where the audit record of the release stands: in the audit topic or, with `spooled`, at that offset of the spool on the disk ' +
          'of the instance that replied, from where it is shipped to the topic. It was durable there before the reply.',
      }),
  })
  .openapi('Snapshot', {
    description:
      'What a copilot should know, stamped with the log positions it was built from. `trust: customer` marks text that a ' +
      'customer wrote: data, never instructions.',
  });
