/** POST /v1/positions/{topic}/{partition}/accept: an operator accepts what has happened to the log, and reading goes on. */
import { z } from '@hono/zod-openapi';
import { type PartitionKey, partitionKey } from '../../domain/position.js';
import { topicsToOpen } from '../../log/topics.js';
import { type AcceptableKind, acceptable } from '../../log/trouble.js';
import { endpoint } from '../endpoint.js';
import { type Problem, problem } from '../problems.js';
import { json } from '../reply.js';
import type { ApiService } from '../service.js';
import { acceptableKind, troubleFacts } from '../troubles.js';

const params = z.strictObject({
  topic: z.string().openapi({ example: 'support.tickets' }),
  partition: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,8})$/, 'not the number of a partition')
    .transform(Number)
    .openapi({ type: 'integer', minimum: 0 }),
});

const reply = z
  .object({
    effect: z.enum(['now', 'at_next_start']).openapi({
      description:
        '`now`: reading goes on at once. `at_next_start`: what has been applied has to be folded again, which a start of the service ' +
        'does; until then answers are labelled as before.',
    }),
    meaning: z.string(),
  })
  .openapi('Accepted');

const schema = z.strictObject({
  kind: acceptableKind,
  facts: troubleFacts.optional().openapi({
    description:
      'The facts of the trouble as GET /v1/positions showed them: where they have changed since, nothing is accepted. Without them ' +
      'the trouble of this kind is accepted as it is now.',
  }),
});

export const postAccept = endpoint({
  method: 'post',
  path: '/v1/positions/{topic}/{partition}/accept',
  operationId: 'acceptTrouble',
  tag: 'events',
  summary: 'Accept what has happened to a partition',
  description:
    'The trouble that GET /v1/positions shows of it, by its kind, so that nothing is accepted that came up in between. It cannot be ' +
    'taken back. It is about all tenants: for a key of an operator only.',
  reply: { description: 'When it takes effect, and what it means', schema: reply },
  problems: ['route_not_found', 'nothing_to_accept', 'log_failed', 'unreachable'],
  scope: 'operate',
  params,
  body: { schema },
  handle: async ({ context, credential, trace, params: { topic, partition }, body: { kind, facts } }) => {
    const { service, logger } = context;
    if (!credential.operator) return forOperators();
    if (!hasTopic(service, topic)) return noSuchTopic();
    const key = partitionKey(topic, partition);
    const effect = (await service.engines.accepting?.accept(key, kind, facts)) ?? nothingToAccept(service, key, kind);
    if (typeof effect !== 'string') return effect;
    const line = { requestId: trace.requestId, credential: credential.id, partition: key, kind, effect };
    logger.warn(line, 'trouble accepted');
    return json({ effect, meaning: acceptable[kind] });
  },
});

/** Also one that is missing from the log just now: its trouble is about it. */
function hasTopic({ engines: { topics } }: ApiService, name: string): boolean {
  return topicsToOpen(topics).some((topic) => topic.name === name);
}

function nothingToAccept({ engines }: ApiService, key: PartitionKey, kind: AcceptableKind): Problem {
  return problem({
    code: 'nothing_to_accept',
    message: `the partition has no trouble of the kind ${kind}`,
    advice: 'GET /v1/positions shows what there is.',
    retriable: false,
    facts: { trouble: engines.log.troubles.get(key)?.kind ?? 'none' },
  });
}

function noSuchTopic(): Problem {
  return problem({
    code: 'route_not_found',
    message: 'the service reads no such topic',
    advice: 'GET /v1/positions lists the topics and their partitions.',
    retriable: false,
  });
}

function forOperators(): Problem {
  return problem({
    code: 'forbidden',
    message: 'what has happened to the log concerns every tenant',
    advice: 'Use a key of an operator.',
    retriable: false,
  });
}
