/** GET /v1/decisions/{id}/trace: what a decision rested on and what came of it, told from the log. */
import { z } from '@hono/zod-openapi';
import { type PartitionKey, parsePositionText, partitionKey } from '../../domain/position.js';
import { instantText } from '../../domain/time.js';
import { encodeToken, type LogIdentity } from '../../domain/token.js';
import { type DecisionTrace, gapReasons, stages } from '../../interaction/trace/model.js';
import { traceReader } from '../../interaction/trace/reader.js';
import { traceDecision } from '../../interaction/trace/trace.js';
import { limits } from '../../limits.js';
import { endpoint } from '../endpoint.js';
import { type Problem, problem } from '../problems.js';
import { json } from '../reply.js';
import { idText } from '../schemas.js';

const gap = z
  .object({
    stage: z.enum(stages),
    what: z.string().openapi({ description: 'What is missing, by name', example: 'decision.executed' }),
    reason: z.enum(gapReasons),
    position: z.string().nullable().openapi({
      description: '`topic:partition:offset` of the record that is gone, or of the one that names what is missing',
    }),
  })
  .openapi('TraceGap');

const hop = z
  .object({
    stage: z.enum(stages),
    ref: z.string().openapi({ example: 'decision.executed' }),
    position: z.string().openapi({ example: 'copilot.decision:0:8812' }),
    time: z.string().openapi({ description: 'When the log took the record; positions order, times do not' }),
    hash: z.string(),
    verdict: z
      .enum(['MATCH', 'MISMATCH', 'UNREPLAYABLE'])
      .optional()
      .openapi({
        description:
          'Of a snapshot, and of the state it shows. Where its ranking cannot be done again, as by another build of the index, it is that ' +
          'of the content: the facts `depth` and `because` say so.',
      }),
    facts: z.looseObject({}).openapi({
      description: `Of the record; a member of more than ${limits.traceValueBytesMax} bytes is told by its hash`,
    }),
  })
  .openapi('TraceHop');

const reply = z
  .object({
    id: z.string(),
    correlationId: z.string().nullable(),
    complete: z.boolean().openapi({ description: 'True when there are no gaps' }),
    gaps: z.array(gap),
    hops: z.array(hop).openapi({ description: 'In the order of the story' }),
    token: z.string(),
  })
  .openapi('DecisionTrace');

export const getTrace = endpoint({
  method: 'get',
  path: '/v1/decisions/{id}/trace',
  operationId: 'traceDecision',
  tag: 'interactions',
  summary: 'Trace a decision from the records of the log',
  description:
    'The events that had made what was known, the snapshots with their replay verdicts, the prompt and policy versions, tool calls ' +
    'and what came of them, the decision, its approval or override, and what was written. A hop that the story names or demands and ' +
    'that cannot be read is under `gaps`, never left out.',
  reply: { description: 'Hops and gaps', schema: reply },
  problems: ['decision_not_found', 'behind', 'state_unavailable'],
  scope: 'read',
  params: z.strictObject({ id: idText.openapi({ description: 'The subject of its events' }) }),
  query: z.strictObject({}),
  handle: async ({ context, credential, params }) => {
    const { service } = context;
    if (!(await service.ledger.catchUp())) return ledgerBehind();
    const trace = await traceDecision(traceReader(service, credential.tenant), params.id);
    if (trace === undefined) return notFound(service.ledger.knowsAll('decision'));
    const hops = trace.hops.map(({ timeMs, ...told }) => ({ ...told, time: instantText(timeMs) }));
    return json({ ...trace, hops, token: tokenOf(service.identity, trace) });
  },
});

/** Covers the records of the trace. Nobody applies audit records, so nobody may wait for one. */
function tokenOf(identity: LogIdentity, { hops }: DecisionTrace): string {
  const vector = new Map<PartitionKey, bigint>();
  for (const { position } of hops) {
    const at = parsePositionText(position);
    if (at === undefined || at.partition >= identity.partitionsOf(at.topic)) continue;
    const key = partitionKey(at.topic, at.partition);
    if (at.offset > (vector.get(key) ?? -1n)) vector.set(key, at.offset);
  }
  return encodeToken(identity, vector);
}

/** Of decisions that are older than what is traced nobody here knows whether there were any: so it does not say that there were none. */
function notFound(knowsAll: boolean): Problem {
  const known = { code: 'decision_not_found', retriable: false } as const;
  const advice = 'Pass the subject of its decision events.';
  if (knowsAll) return problem({ ...known, advice, message: 'no decision of this id is known for this tenant' });
  return problem({
    ...known,
    message:
      'no decision of this id is among the newest interactions; older ones are in the log, and are not traced any more',
    advice: `${advice} If it is an old one, read its records from the topic of decisions.`,
    facts: { why: 'not_found_or_too_old', recordsMax: limits.ledgerRecordsMax },
  });
}

/** Whether there is such a decision cannot be said yet. */
function ledgerBehind(): Problem {
  return problem({
    code: 'behind',
    message: 'the interaction topics could not be read to their ends in time',
    advice: 'Ask again in a moment.',
    retriable: true,
  });
}
