/** POST /v1/reconcile: state and index are held against the journal now, and what differs is mended. */
import { z } from '@hono/zod-openapi';
import { within } from '../../domain/within.js';
import { limits } from '../../limits.js';
import { endpoint } from '../endpoint.js';
import { problem } from '../problems.js';
import { json } from '../reply.js';
import { findingsSchema } from '../stores.js';

const reply = z
  .object({
    status: z.enum(['ended', 'under_way', 'not_needed']).openapi({
      description:
        '`under_way`: the pass takes longer than a request; asked again, the same pass is waited for. `not_needed`: the state is this ' +
        "process's own and was folded from the journal when it started.",
    }),
    findings: findingsSchema
      .nullable()
      .openapi({ description: 'What has been found until now; null: nothing was looked at' }),
  })
  .openapi('Reconciled');

export const postReconcile = endpoint({
  method: 'post',
  path: '/v1/reconcile',
  operationId: 'reconcile',
  tag: 'service',
  summary: 'Hold state and index against the journal',
  description:
    'Entity by entity, beside everything else; what differs is written as the journal says. It happens by itself at times and after a ' +
    `loss; here it begins now, and is waited for up to ${limits.reconcileWaitMs / 1_000} seconds. It is about all tenants: for a key of ` +
    'an operator only.',
  reply: { description: 'What was found and mended', schema: reply },
  problems: ['behind', 'state_unavailable', 'index_unavailable', 'log_failed', 'unreachable', 'stopping'],
  scope: 'operate',
  handle: async ({ context, credential, trace }) => {
    const { service, logger, stopping } = context;
    if (!credential.operator) return forOperators();
    if (service.reconciler === null) return json({ status: 'not_needed', findings: null });
    if (!(await context.firstFollow.isDone())) return notYet();
    const { findings, ended } = service.reconciler.begin(stopping);
    logger.info(
      { requestId: trace.requestId, credential: credential.id },
      'state and index are held against the journal',
    );
    // What it fails with is thrown here, or told to whoever asks next.
    const all = await Promise.race([ended, within(service.engines.clock, ended, limits.reconcileWaitMs)]);
    if (stopping.aborted) return stoppedEarly();
    return json({ status: all === undefined ? 'under_way' : 'ended', findings: { ...(all ?? findings) } });
  },
});

function forOperators() {
  return problem({
    code: 'forbidden',
    message: 'state and index are those of every tenant',
    advice: 'Use a key of an operator.',
    retriable: false,
  });
}

function notYet() {
  return problem({
    code: 'behind',
    message: 'the journal of this instance has not yet come to where the state is',
    advice: 'Ask again when GET /readyz says that it is ready.',
    retriable: true,
  });
}

function stoppedEarly() {
  return problem({
    code: 'stopping',
    message: 'the service stops before all was compared',
    advice: 'Ask again when it has started, or another instance.',
    retriable: true,
  });
}
