/** /v1/generations: index generations side by side. List, start, promote, go back, drop: for operators. */
import { z } from '@hono/zod-openapi';
import type { GenerationStatus } from '../../generations/operating.js';
import { limits } from '../../limits.js';
import { type ModelReading, modelDtypes, modelPoolings } from '../../retrieval/model-reading.js';
import type { Credential } from '../auth.js';
import type { ApiContext } from '../context.js';
import { endpoint } from '../endpoint.js';
import { type Problem, problem } from '../problems.js';
import { json, type Reply } from '../reply.js';
import type { ApiService } from '../service.js';
import type { Trace } from '../trace.js';

const params = z.strictObject({ id: z.string().regex(/^[0-9a-f]{12}$/, 'not the id of a generation') });

const counts = z
  .object({
    compared: z.int(),
    differing: z.int().openapi({ description: 'Of these, a copilot would have seen something else' }),
    skipped: z.int().openapi({ description: 'Not compared: the bound of the rate or of the queue was reached' }),
    failed: z.int(),
  })
  .openapi('ComparedSnapshots');

const example = z
  .object({
    snapshot: z.string(),
    tenant: z.string(),
    at: z.string().openapi({ format: 'date-time' }),
    entered: z.array(z.string()).openapi({ description: 'References that only the shadow would have served' }),
    left: z.array(z.string()).openapi({ description: 'References that only the live generation served' }),
    moved: z.array(z.object({ ref: z.string(), from: z.int(), to: z.int() })),
    confidence: z.object({ live: z.number(), shadow: z.number() }).nullable(),
  })
  .openapi('DifferingSnapshot');

const prefix = z.string().max(limits.modelPrefixMax);
const reading = {
  dtype: z.enum(modelDtypes).openapi({ description: 'The number format of its graph' }),
  pooling: z.enum(modelPoolings).openapi({ description: 'How its tokens become one vector' }),
  questionPrefix: prefix.openapi({ description: 'What it wants before each question' }),
  passagePrefix: prefix.openapi({ description: 'What it wants before each passage' }),
};

const generation = z
  .object({
    id: z.string(),
    role: z.enum(['live', 'former', 'shadow', 'kept', 'unavailable']).openapi({
      description:
        '`live`: answers are made with it. `former`: what a rollback goes to. `shadow`: filled and compared. `kept`: the configured ' +
        'one, when it is none of these. `unavailable`: on record, and cannot be opened by this instance.',
    }),
    method: z.string().openapi({ description: 'As EMBEDDER takes it', example: 'lexical' }),
    model: z
      .object(reading)
      .nullable()
      .openapi({ description: 'How its model is read. Null: it has none, or its record does not say' }),
    index: z.object({
      generation: z.string(),
      embedder: z.object({ id: z.string(), revision: z.string(), dimensions: z.int() }).nullable(),
      ranking: z.string(),
    }),
    startedAt: z.string().nullable(),
    reason: z.string().nullable(),
    by: z.string().nullable(),
    filling: z
      .object({ indexed: z.int(), lacking: z.int(), isCaughtUp: z.boolean() })
      .nullable()
      .openapi({
        description:
          'Of this instance; where instances share the index in Qdrant, one of them fills it. Null: the configured one, of which ' +
          'GET /v1/positions tells',
      }),
    compared: counts.nullable().openapi({
      description: 'Of what this instance has answered since its start. Null: nothing is compared with it',
    }),
    examples: z.array(example).openapi({ description: `At most ${limits.shadowExamplesKept}, the newest last` }),
    trouble: z.string().nullable(),
  })
  .openapi('Generation');

const reply = z.object({ live: z.string(), generations: z.array(generation) }).openapi('Generations');
const operators = 'It is about all tenants: for a key of an operator only.';

export const listGenerations = endpoint({
  method: 'get',
  path: '/v1/generations',
  operationId: 'listGenerations',
  tag: 'generations',
  summary: 'List the index generations that are open',
  description: `Which one is live, how far the others are, and what they would have answered otherwise. ${operators}`,
  reply: { description: 'Those that are open', schema: reply },
  problems: [],
  scope: 'operate',
  handle: async ({ context, credential }) => told(context.service, credential),
});

const methodBody = z.strictObject({
  method: z.string().regex(/\S/, 'is blank').max(limits.methodTextMax).openapi({ example: 'hashing' }),
  model: z.strictObject(reading).partial().optional().openapi({
    description: 'How its model is read, which is put on record. What is left out is as the service is configured',
  }),
  reason: z.string().min(1).max(limits.generationReasonMax).optional(),
});

export const startGeneration = endpoint({
  method: 'post',
  path: '/v1/generations',
  operationId: 'startGeneration',
  tag: 'generations',
  summary: 'Start a generation beside the live one',
  description: `A shadow: every instance fills it from the state at a bounded rate (an index that they share in Qdrant is filled by one of them), and answers real questions with it as well, off the path of the reply. ${operators}`,
  reply: { description: 'Those that are open, the new one among them', schema: reply },
  problems: ['generation_conflict', 'behind', 'log_failed', 'unreachable'],
  scope: 'operate',
  body: { schema: methodBody },
  handle: (asked) => {
    const { method, reason = null, model } = asked.body;
    return operated(asked, 'started', (generations, by) => generations.start(method, by, reason, given(model)));
  },
});

export const promoteGeneration = endpoint({
  method: 'post',
  path: '/v1/generations/{id}/promote',
  operationId: 'promoteGeneration',
  tag: 'generations',
  summary: 'Make a generation the live one',
  description: `From the next snapshot on answers are made with it; every instance switches where it follows the record of it. \`behind\` while it does not have everything. ${operators}`,
  reply: { description: 'Those that are open', schema: reply },
  problems: ['generation_not_found', 'generation_conflict', 'behind', 'log_failed', 'unreachable'],
  scope: 'operate',
  params,
  body: { schema: z.strictObject({}), optional: true },
  handle: (asked) =>
    operated(asked, 'promoted', async (generations, by) => {
      await generations.promote(asked.params.id, by);
      return asked.params.id;
    }),
});

export const rollBackGeneration = endpoint({
  method: 'post',
  path: '/v1/generations/rollback',
  operationId: 'rollBackGeneration',
  tag: 'generations',
  summary: 'Go back to the generation that was live before',
  description: `It was kept up beside the live one, so this is a switch and no rebuild. ${operators}`,
  reply: { description: 'Those that are open', schema: reply },
  problems: ['generation_conflict', 'behind', 'log_failed', 'unreachable'],
  scope: 'operate',
  body: { schema: z.strictObject({}), optional: true },
  handle: (asked) => operated(asked, 'gone back to', (generations, by) => generations.rollBack(by)),
});

export const dropGeneration = endpoint({
  method: 'post',
  path: '/v1/generations/{id}/drop',
  operationId: 'dropGeneration',
  tag: 'generations',
  summary: 'Drop a generation that is not live',
  description: `Full replays of what it has answered say \`model_missing\` from then on, until it is started again. ${operators}`,
  reply: { description: 'Those that are open', schema: reply },
  problems: ['generation_not_found', 'generation_conflict', 'behind', 'log_failed', 'unreachable'],
  scope: 'operate',
  params,
  body: { schema: z.strictObject({}), optional: true },
  handle: (asked) =>
    operated(asked, 'dropped', async (generations, by) => {
      await generations.drop(asked.params.id, by);
      return asked.params.id;
    }),
});

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** What is undefined is not given: it would take the place of what is configured. */
function given(model: Given<ModelReading> = {}): Partial<ModelReading> {
  return Object.fromEntries(Object.entries(model).filter(([, value]) => value !== undefined));
}

interface Operated {
  readonly context: Pick<ApiContext, 'service' | 'logger'>;
  readonly credential: Credential;
  readonly trace: Pick<Trace, 'requestId'>;
}

/** Does it, logs who did what to which (`act` says which), and tells how all are then. */
async function operated(
  { context: { service, logger }, credential, trace: { requestId } }: Operated,
  done: 'started' | 'promoted' | 'gone back to' | 'dropped',
  act: (generations: ApiService['generations'], by: string) => Promise<string>,
): Promise<Reply | Problem> {
  if (!credential.operator) return forOperators();
  const generation = await act(service.generations, credential.id);
  logger.info({ requestId, credential: credential.id, generation }, `generation ${done}`);
  return told(service, credential);
}

async function told(service: ApiService, credential: Credential): Promise<Reply | Problem> {
  if (!credential.operator) return forOperators();
  const generations = service.generations.status();
  const live = generations.find(({ role }) => role === 'live')?.id ?? '';
  return json({ live, generations: generations.map(generationJson) });
}

function generationJson({ startedAtMs, examples, ...status }: GenerationStatus): z.infer<typeof generation> {
  return {
    ...status,
    startedAt: startedAtMs === null ? null : new Date(startedAtMs).toISOString(),
    compared: status.compared === null ? null : { ...status.compared },
    examples: examples.map(({ atMs, entered, left, moved, ...one }) => ({
      ...one,
      at: new Date(atMs).toISOString(),
      entered: [...entered],
      left: [...left],
      moved: [...moved],
    })),
  };
}

function forOperators(): Problem {
  return problem({
    code: 'forbidden',
    message: 'the generations of the index answer every tenant',
    advice: 'Use a key of an operator.',
    retriable: false,
  });
}
