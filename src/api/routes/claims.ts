/** POST /v1/claims: leave to act, given to the first claim of an idempotency key. */
import { z } from '@hono/zod-openapi';
import type { JsonObject, JsonValue } from '../../domain/canonical.js';
import { bodyReference, snapshotIds } from '../../domain/interaction/definition.js';
import { TidemarkError } from '../../errors.js';
import { type ClaimReply, claim } from '../../interaction/claims.js';
import { limits } from '../../limits.js';
import { correlationOf } from '../correlation.js';
import { endpoint } from '../endpoint.js';
import { type Problem, problem } from '../problems.js';
import { json } from '../reply.js';
import { idText, positionJson, positionSchema } from '../schemas.js';

const attribute = z.string().min(1).max(limits.attributeLengthMax).optional();

const body = z
  .strictObject({
    idempotencyKey: idText.openapi({ description: 'The same for every attempt at the same effect' }),
    tool: idText,
    arguments: z
      .unknown()
      .optional()
      .openapi({
        description: `Any JSON. Over ${limits.claimArgumentsBytesMax} bytes its hash and size are recorded instead of it`,
      }),
    argumentsRef: bodyReference
      .optional()
      .openapi({ description: 'What stands for arguments that are kept elsewhere' }),
    correlationId: attribute,
    causationId: attribute,
    snapshots: snapshotIds.optional(),
    decision: idText.optional(),
    id: idText.optional().openapi({
      description:
        'Of the claim itself, random, such as a UUID: after a lost reply the same claim is made again under it, and proceeds for whoever ' +
        'has the id. Without it the reply has a new one, and to claim again is to be told of a duplicate.',
    }),
    deadlineMs: z.int().min(0).max(limits.deadlineMsMax).default(limits.deadlineMsDefault),
  })
  .refine((asked) => asked.arguments === undefined || asked.argumentsRef === undefined, {
    path: ['argumentsRef'],
    error: 'beside arguments',
  })
  .openapi('ClaimRequest', {
    example: { idempotencyKey: 'refund/I-81', tool: 'refund', arguments: { invoice: 'I-81', amount: '49.00' } },
  });

const claimed = {
  idempotencyKey: z.string(),
  id: z.string().openapi({ description: 'Of the event `tool.called`; an outcome names it as its causation' }),
  position: positionSchema,
  token: z.string(),
};

const first = z
  .object({
    status: z.enum(['unknown', 'returned', 'failed']),
    position: positionSchema
      .nullable()
      .openapi({ description: 'Of the first record of the key; null: no longer known' }),
    outcome: positionSchema.nullable(),
    tool: z.string().nullable().openapi({ description: 'What was claimed first; null: no longer known' }),
    argumentsHash: z.string().nullable().openapi({ description: 'SHA-256 of its canonical arguments; null: none' }),
    mismatch: z
      .boolean()
      .nullable()
      .openapi({
        description:
          'True: the first call is of another tool or with other arguments, so the key stands for two effects, and the outcome told is ' +
          'not that of the call claimed now. Null: no longer known.',
      }),
    result: z.unknown().optional(),
    resultRef: bodyReference.optional(),
    error: z.looseObject({}).optional(),
    retriable: z.boolean().optional(),
  })
  .openapi('FirstCall', {
    description:
      '`unknown`: it runs, or its end was not recorded. The members of its outcome are missing where the record has gone.',
  });

const reply = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('proceed'),
      ...claimed,
      again: z.literal(true).optional().openapi({
        description:
          'This claim was made before, under the same id. Whoever made it may have acted: go on if that was you and you have not.',
      }),
    }),
    z.object({ outcome: z.literal('duplicate'), ...claimed, first }),
  ])
  .openapi('Claim');

export const postClaims = endpoint({
  method: 'post',
  path: '/v1/claims',
  operationId: 'claimToolCall',
  tag: 'events',
  summary: 'Claim a tool call before acting',
  description:
    'Appends `tool.called` and answers after the log has decided: `proceed` for the first record of the key by position, `duplicate` ' +
    'with what became of it for every later one, on any instance. Whoever is told to proceed acts, and then appends `tool.returned` or ' +
    '`tool.failed` with the key as its subject (POST /v1/events). 503 `behind`: do not act, claim again with the id named. A key is ' +
    `remembered for as long as the log keeps its records, and until ${limits.claimedOffsetsMax / 2} tool events at least, in equal ` +
    'parts of all partitions, have come after its newest one: one that comes back later is new, and proceeds.',
  reply: { description: 'Whether to act', schema: reply },
  problems: ['event_rejected', 'event_id_reused', 'behind', 'overloaded', 'log_failed', 'stopping'],
  scope: 'write',
  body: { schema: body },
  handle: async ({ context: { service }, credential, body: asked, request }) => {
    const named = correlationOf({ body: asked, request });
    if (named.kind === 'problem') return named;
    const { correlationId } = named;
    const { intake, ledger, journal, engines } = service;
    const parts = { intake, ledger, journal, topics: engines.topics };
    // They were read from JSON.
    const bodies = {
      arguments: asked.arguments as JsonValue | undefined,
      argumentsRef: asked.argumentsRef as JsonObject | undefined,
    };
    try {
      return json(
        replyOf(await claim(parts, credential.tenant, { ...asked, ...bodies, correlationId, by: credential.id })),
      );
    } catch (error) {
      if (error instanceof TidemarkError && error.code === 'event_rejected') return notTaken(error);
      throw error;
    }
  },
});

function replyOf({ first: known, isAgain, ...told }: ClaimReply): z.input<typeof reply> {
  const { outcome, idempotencyKey, id, token } = told;
  const head = { idempotencyKey, id, position: positionJson(told.position), token };
  if (known === null || outcome === 'proceed')
    return { outcome: 'proceed', ...head, ...(isAgain ? { again: true } : {}) };
  const [position, ended] = [known.position, known.outcome].map((at) => (at === null ? null : positionJson(at)));
  const { status, call, told: end } = known;
  const firstly = {
    tool: call?.tool ?? null,
    argumentsHash: call?.argumentsHash ?? null,
    mismatch: call?.isOther ?? null,
  };
  return {
    outcome,
    ...head,
    first: { status, position: position ?? null, outcome: ended ?? null, ...firstly, ...end },
  };
}

/** The event is made here, so its faults are told of the request as a whole. */
function notTaken({ code, message, advice, retriable, facts }: TidemarkError): Problem {
  const told = Array.isArray(facts.errors) ? facts.errors : [];
  const errors = told.map((text: string) => ({ in: 'body' as const, pointer: '', detail: text.replace(/^\/0: /, '') }));
  return problem({ code, message, advice, retriable, errors, ...factsOf(facts) });
}

function factsOf({ missing }: TidemarkError['facts']): Pick<Problem, 'facts'> {
  return missing === undefined ? {} : { facts: { missing } };
}
