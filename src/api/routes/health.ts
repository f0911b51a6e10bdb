/** GET /livez: the process answers. GET /readyz: it can answer from a caught-up state; "still reading" is told apart from "empty". */
import { z } from '@hono/zod-openapi';
import { openEndpoint } from '../endpoint.js';
import { type PartitionPosition, positionsOf } from '../positions.js';
import { json, type Reply } from '../reply.js';

export const getLive = openEndpoint({
  method: 'get',
  path: '/livez',
  operationId: 'live',
  tag: 'service',
  summary: 'Tell that the process runs',
  reply: { description: 'It does', schema: z.object({ status: z.literal('live') }) },
  problems: [],
  handle: async () => json({ status: 'live' }),
});

const check = z.object({ ok: z.boolean(), detail: z.string() });

const reply = z
  .object({
    status: z.enum(['ready', 'empty', 'catching_up', 'unreachable', 'stopping']),
    checks: z.object({ log: check, firstCatchUp: check }),
    appliedRecords: z.string(),
    lagRecords: z.string(),
  })
  .openapi('Readiness');

type Readiness = z.infer<typeof reply>;

export const getReady = openEndpoint({
  method: 'get',
  path: '/readyz',
  operationId: 'ready',
  tag: 'service',
  summary: 'Tell whether answers can be had',
  description: '200: ready, or empty because the log is. 503 with Retry-After: catching up, unreachable or stopping.',
  reply: { description: 'Each check with its result; the same body comes with a 503', schema: reply },
  problems: [],
  handle: async ({ context: { service, stopping } }) => {
    const positions = await positionsOf(service).catch(() => undefined);
    if (positions === undefined) return notReady('unreachable', { log: failed('the end of the log is not known') });
    const readiness = readinessOf(positions);
    if (stopping.aborted) return unavailable({ ...readiness, status: 'stopping' });
    return readiness.status === 'catching_up' ? unavailable(readiness) : json(readiness);
  },
});

const failed = (detail: string) => ({ ok: false, detail });
const passed = (detail: string) => ({ ok: true, detail });

function readinessOf(positions: readonly PartitionPosition[]): Readiness {
  // The first witness of a partition is the end of its first catch-up; lag after it degrades answers and their labels, nothing else.
  const waiting = positions.filter(({ ageMs }) => ageMs === null).length;
  const isEmpty = positions.every(({ highWatermark }) => highWatermark === 0n);
  const firstCatchUp =
    waiting === 0 ? passed('every partition has been caught up') : failed(`${waiting} partitions wait`);
  return {
    status: waiting > 0 ? 'catching_up' : isEmpty ? 'empty' : 'ready',
    checks: { log: passed('its end is known'), firstCatchUp },
    appliedRecords: String(positions.reduce((sum, { accountedFor }) => sum + accountedFor.records, 0n)),
    lagRecords: String(positions.reduce((sum, { lagRecords }) => sum + lagRecords, 0n)),
  };
}

function notReady(status: Readiness['status'], { log }: { readonly log: z.infer<typeof check> }): Reply {
  const checks = { log, firstCatchUp: failed('not known while the log cannot be asked') };
  return unavailable({ status, checks, appliedRecords: '0', lagRecords: '0' });
}

function unavailable(readiness: Readiness): Reply {
  const answer = json(readiness, 503);
  return { ...answer, headers: { ...answer.headers, 'retry-after': '1' } };
}
