/** GET /metrics: Prometheus's text format. */
import { z } from '@hono/zod-openapi';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../../domain/position.js';
import type { Reading } from '../../observability/metrics.js';
import { endpoint } from '../endpoint.js';
import type { Instance } from '../instance.js';
import { positionsOf } from '../positions.js';
import type { Reply } from '../reply.js';
import type { ApiService } from '../service.js';
import { indexJson } from '../stores.js';
import type { StreamSlots } from '../stream-slots.js';

const mediaType = 'text/plain';

export const getMetrics = endpoint({
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  tag: 'service',
  summary: "Read the service's numbers",
  reply: { description: "Prometheus's text format", mediaType, schema: z.string() },
  problems: ['log_failed', 'unreachable'],
  scope: 'metrics',
  handle: async ({ context: { metrics } }): Promise<Reply> => {
    const headers = { 'content-type': metrics.contentType };
    return { kind: 'reply', status: 200, headers, body: await metrics.text() };
  },
});

/** What a scrape shows of the stores. */
export async function readingOf(service: ApiService, streams: StreamSlots, instance: Instance): Promise<Reading> {
  const [positions, starts] = await Promise.all([positionsOf(service), service.engines.log.starts()]);
  return {
    instance: { id: instance.id, role: instance.role },
    partitions: positions.map(({ topic, partition, applied, ageMs, trouble, isApplied }) => ({
      topic,
      partition,
      lagRecords: applied === null ? null : Number(applied.lagRecords),
      ageSeconds: ageMs === null ? null : ageMs / 1_000,
      outcomes: { ...applied?.counts },
      trouble: trouble?.kind ?? null,
      isOwned: isApplied && instance.owns(partitionKey(topic, partition)),
    })),
    tally: service.materializer.tally,
    expiredOf: expiredOf(starts),
    rejectedOpen: service.rejected.list(null).filter(({ decision }) => decision === null).length,
    ledgerUnread: Number(service.ledger.unread()),
    auditRecords: service.audit.count,
    auditSpool: service.audit.spool,
    stores: {
      stateTrouble: service.engines.state.trouble?.kind ?? null,
      index: await indexJson(service),
      reconciled: service.reconciler?.last ? { ...service.reconciler.last } : null,
      vectors: service.engines.method?.record?.held ?? null,
      generations: service.generations.status().map(({ id, role, filling, compared }) => ({
        id,
        role,
        lacking: filling?.lacking ?? null,
        compared: compared && { ...compared },
      })),
    },
    changeStreams: streams.open,
    shipping: service.engines.shipping?.() ?? null,
  };
}

/** The first kept offset of a partition is how many came before it. */
function expiredOf(starts: ReadonlyMap<PartitionKey, bigint>): ReadonlyMap<string, number> {
  const records = new Map<string, number>();
  for (const [partition, start] of starts) {
    const { topic } = splitPartitionKey(partition);
    records.set(topic, (records.get(topic) ?? 0) + Number(start));
  }
  return records;
}
