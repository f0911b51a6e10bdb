/** GET /v1/positions: how far every partition is, and whether every record is accounted for. */
import { z } from '@hono/zod-openapi';
import { type PartitionKey, partitionKey } from '../../domain/position.js';
import { sourceTopic } from '../../log/topics.js';
import { endpoint } from '../endpoint.js';
import type { Instance } from '../instance.js';
import { type AppliedPart, addsUp, type PartitionPosition, positionsOf } from '../positions.js';
import { tokenOf } from '../reads.js';
import { json } from '../reply.js';
import type { ApiService } from '../service.js';
import { findingsSchema, indexJson, indexSchema, stateJson, stateSchema } from '../stores.js';
import { troubleJson, troubleSchema } from '../troubles.js';

const offset = z.string().nullable();
const counts = z
  .object({
    applied: z.int(),
    superseded: z.int(),
    duplicate: z.int(),
    rejected: z.int(),
    sum: z.string(),
    records: z
      .string()
      .openapi({ description: 'From the very first record, kept or expired, through the last applied one' }),
    addsUp: z.boolean(),
  })
  .openapi('Counts');

const partition = z
  .object({
    topic: z.string(),
    partition: z.int(),
    about: z.string().nullable().openapi({ description: 'The kind of entity or interaction its records are of' }),
    owned: z.boolean().openapi({ description: 'Whether the instance that answers is the one that applies it' }),
    appliedThrough: offset,
    committed: offset,
    highWatermark: z.string().openapi({ description: 'The next offset to be written' }),
    firstKept: z.string(),
    lagRecords: z.string().nullable(),
    lagSeconds: z.number().nullable().openapi({ description: 'Since the newest instant whose end of log is applied' }),
    state: z.enum(['catching_up', 'live', 'held', 'retrying', 'stopped']).nullable(),
    label: z.string(),
    trouble: troubleSchema.nullable(),
    counts: counts.nullable(),
  })
  .openapi('PartitionPosition');

const reply = z
  .object({
    log: z.string(),
    instance: z
      .object({ id: z.string(), role: z.enum(['all', 'materializer', 'api']) })
      .openapi({ description: 'The one that answers; which partitions it applies is told of each' }),
    partitions: z.array(partition),
    totals: counts.nullable(),
    auditRecords: z.int().nullable(),
    state: stateSchema,
    index: indexSchema.nullable(),
    reconciled: findingsSchema
      .nullable()
      .openapi({ description: 'Of the last pass of this instance; null also: it has made none' }),
    backpressure: z
      .object({ reason: z.enum(['index_behind']), pending: z.int() })
      .nullable()
      .openapi({
        description:
          'Why this instance applies nothing for now; it goes on by itself. `pending`: entities the index has not seen',
      }),
    token: z.string().nullable(),
  })
  .openapi('Positions');

export const getPositions = endpoint({
  method: 'get',
  path: '/v1/positions',
  operationId: 'positions',
  tag: 'events',
  summary: 'Read how far every partition is',
  description:
    'Of the whole log. Every applied record has one outcome: applied, superseded, duplicate or rejected. How many there are of each, ' +
    'and how many audit records, is about all tenants: an operator or a key with the scope `metrics` is told, others read null. ' +
    'The audit topic, of which nothing is applied, is listed while it has a trouble. While the state cannot be asked this answers all ' +
    'the same: `state.trouble` says why, and what only the state knows is null.',
  reply: { description: 'Positions, lag and counts', schema: reply },
  problems: ['log_failed', 'unreachable'],
  scope: 'read',
  handle: async ({ context, credential }) => {
    const { service, instance } = context;
    const positions = await positionsOf(service);
    const isTold = credential.operator || credential.scopes.includes('metrics');
    const partitions = positions.map((one) => ({
      ...partitionJson(one, service, instance),
      counts: isTold ? countsJson([one]) : null,
    }));
    const totals = isTold ? countsJson(positions) : null;
    const auditRecords = isTold ? service.audit.count : null;
    const index = isTold ? await indexJson(service) : null;
    const reconciled = (isTold && service.reconciler?.last) || null;
    const { id, role } = instance;
    const { backpressure } = service.materializer;
    const stores = { state: stateJson(service), index, reconciled };
    const told = { partitions, totals, auditRecords, ...stores, backpressure, token: tokenAt(service, positions) };
    return json({ log: service.identity.id, instance: { id, role }, ...told });
  },
});

/** Of what is shown. */
function tokenAt(service: ApiService, positions: readonly PartitionPosition[]): string | null {
  if (positions.some(({ applied }) => applied === null)) return null;
  const through = positions.flatMap(({ topic, partition: number, applied }): [PartitionKey, bigint][] =>
    applied?.through == null ? [] : [[partitionKey(topic, number), applied.through]],
  );
  return tokenOf(service, new Map(through));
}

function partitionJson(
  position: PartitionPosition,
  { engines }: ApiService,
  instance: Instance,
): Omit<z.infer<typeof partition>, 'counts'> {
  const { topic, state, label, ageMs, trouble, applied } = position;
  return {
    topic,
    partition: position.partition,
    about: sourceTopic(engines.topics, topic)?.about ?? null,
    owned: position.isApplied && instance.owns(partitionKey(topic, position.partition)),
    appliedThrough: applied?.through?.toString() ?? null,
    committed: position.committed?.toString() ?? null,
    highWatermark: String(position.highWatermark),
    firstKept: String(position.firstKept),
    lagRecords: applied?.lagRecords.toString() ?? null,
    lagSeconds: ageMs === null ? null : Math.ceil(ageMs) / 1_000,
    state,
    label,
    trouble: trouble === null ? null : troubleJson(trouble),
  };
}

/** Null: of one of them it is not known. */
function countsJson(positions: readonly PartitionPosition[]): z.infer<typeof counts> | null {
  const parts: AppliedPart[] = positions.flatMap(({ applied }) => applied ?? []);
  if (parts.length < positions.length) return null;
  const total = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  let [records, counted] = [0n, 0n];
  for (const { counts: some, accountedFor } of parts) {
    total.applied += some.applied;
    total.superseded += some.superseded;
    total.duplicate += some.duplicate;
    total.rejected += some.rejected;
    records += accountedFor.records;
    counted += accountedFor.counted;
  }
  const whole = parts.every(({ accountedFor }) => addsUp(accountedFor));
  return { ...total, sum: String(counted), records: String(records), addsUp: whole };
}
