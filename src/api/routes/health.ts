/** GET /livez: the process answers. GET /readyz: it can answer from a caught-up state; "still reading" is told apart from "empty". */
import { z } from '@hono/zod-openapi';
import { unreachable } from '../../errors.js';
import type { GenerationOperations } from '../../generations/operating.js';
import type { TroubleKind } from '../../log/trouble.js';
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
    status: z.enum(['ready', 'empty', 'degraded', 'catching_up', 'unreachable', 'stopping']),
    checks: z.object({ log: check, firstCatchUp: check, partitions: check, ledger: check, generation: check }),
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
  description:
    '200: ready, empty because the log is, or degraded: partitions are not read on, and answers say so, or the live generation of the ' +
    'index is not whole here. 503 with Retry-After: ' +
    'catching up, unreachable or stopping. `checks.ledger` is told and decides nothing: while what agents did before the start is ' +
    'still being read, claims and traces are `behind`, and everything else is answered.',
  reply: { description: 'Each check with its result; the same body comes with a 503', schema: reply },
  problems: [],
  handle: async ({ context: { service, stopping, firstFollow } }) => {
    const { trouble } = service.engines.state;
    const ledger = ledgerCheck(service.ledger.unread());
    const generation = generationCheck(service.generations.trouble());
    const cannotAsk = (why: string) => notReady('unreachable', { log: failed(why), ledger, generation });
    if (trouble !== null) return cannotAsk(`not asked: the state is ${trouble.kind}`);
    const positions = await positionsOf(service).catch(() => undefined);
    if (positions === undefined) return cannotAsk('the end of the log is not known');
    if (positions.some(({ applied }) => applied === null)) return cannotAsk('not asked: the state cannot be asked');
    const follows = await firstFollow.isDone().catch(() => false);
    const readiness = readinessOf({ positions, follows, ledger, generation });
    if (stopping.aborted) return unavailable({ ...readiness, status: 'stopping' });
    return readiness.status === 'catching_up' ? unavailable(readiness) : json(readiness);
  },
});

const failed = (detail: string) => ({ ok: false, detail });
const passed = (detail: string) => ({ ok: true, detail });

interface Found {
  readonly positions: readonly PartitionPosition[];
  /** What others have applied is known here too. */
  readonly follows: boolean;
  readonly ledger: z.infer<typeof check>;
  readonly generation: z.infer<typeof check>;
}

function readinessOf({ positions, follows, ledger, generation }: Found): Readiness {
  // The first witness of a partition is the end of its first catch-up; lag after it degrades answers and their labels, nothing else.
  const waiting = positions.filter(isCatchingUp).length;
  // A transaction that has been open for a moment is how producers write, and takes nothing from an answer.
  const troubles = positions.flatMap(({ trouble, label }) =>
    trouble === null || label === 'fresh' ? [] : [trouble.kind],
  );
  const isEmpty = positions.every(({ highWatermark }) => highWatermark === 0n);
  const isBehind = waiting > 0 || !follows;
  const waits = waiting > 0 ? `${waiting} partitions wait` : 'the journal of this instance is behind the state';
  const firstCatchUp = isBehind ? failed(waits) : passed('every partition has been caught up');
  const rest = troubles.length > 0 || !generation.ok ? 'degraded' : isEmpty ? 'empty' : 'ready';
  return {
    status: isBehind ? 'catching_up' : rest,
    checks: { log: passed('its end is known'), firstCatchUp, partitions: troublesCheck(troubles), ledger, generation },
    appliedRecords: String(positions.reduce((sum, { applied }) => sum + (applied?.accountedFor.records ?? 0n), 0n)),
    lagRecords: String(positions.reduce((sum, { applied }) => sum + (applied?.lagRecords ?? 0n), 0n)),
  };
}

/** Not yet through what it can be read of for the first time. What follows is kept from it, and waiting does not bring it. */
function isCatchingUp({ isApplied, ageMs, applied, trouble }: PartitionPosition): boolean {
  if (!isApplied || ageMs !== null) return false;
  const next = (applied?.through ?? -1n) + 1n;
  switch (trouble?.kind) {
    case undefined:
      return true;
    case 'new_partition':
      return false;
    case 'blocked_at_lso':
      return next < trouble.readableEnd;
    case 'gap':
      return next < trouble.from;
    default:
      return applied === null || applied.lagRecords > 0n;
  }
}

/** Without names, which are for those with a key. */
function troublesCheck(troubles: readonly TroubleKind[]): z.infer<typeof check> {
  if (troubles.length === 0) return passed('every one is read');
  const counts = [...new Set(troubles)].map((kind) => `${kind}: ${troubles.filter((one) => one === kind).length}`);
  return failed(`${counts.sort().join(', ')}; GET /v1/positions names them`);
}

/** A fact and no condition: most of what is asked here needs no claim and no trace. */
function ledgerCheck(unread: bigint): z.infer<typeof check> {
  return unread === 0n
    ? passed('what agents did is known')
    : failed(`${unread} records of what agents did are still to be read; claims and traces are behind`);
}

/** Without its name. Answers are made meanwhile: by another generation, or with policies scored beside the index, as each says itself. */
function generationCheck(trouble: ReturnType<GenerationOperations['trouble']>): z.infer<typeof check> {
  switch (trouble) {
    case null:
      return passed('the live one answers');
    case 'unavailable':
      return failed('the live one cannot be opened here, and another answers; GET /v1/generations says why');
    case 'filling':
      return failed('the index of the live one has not had everything yet; GET /v1/generations says how far it is');
    default:
      return unreachable(trouble);
  }
}

function notReady(
  status: Readiness['status'],
  known: Pick<Readiness['checks'], 'log' | 'ledger' | 'generation'>,
): Reply {
  const unknown = failed('not known while the log cannot be asked');
  const checks = { ...known, firstCatchUp: unknown, partitions: unknown };
  return unavailable({ status, checks, appliedRecords: '0', lagRecords: '0' });
}

function unavailable(readiness: Readiness): Reply {
  const answer = json(readiness, 503);
  return { ...answer, headers: { ...answer.headers, 'retry-after': '1' } };
}
