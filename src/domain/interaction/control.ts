/** What moves a workflow on: begun, ended, waiting for a person, tried again. */
import { z } from 'zod';
import { type ClassDefinition, name, positions, snapshotIds, told } from './definition.js';

const started = z.looseObject({ task: told.optional(), snapshots: snapshotIds.optional() });
const finished = z.looseObject({ outcome: told, records: positions.optional() });
const failed = z.looseObject({ error: z.looseObject({ code: name.optional(), message: told.optional() }).optional() });
const requested = z.looseObject({ decision: name, from: name.optional() });
const retryScheduled = z.looseObject({
  idempotencyKey: name,
  attempt: z.int().min(1),
  notBefore: z.iso.datetime({ offset: true }).optional(),
});

export const control: ClassDefinition = {
  kind: 'control',
  subject: 'the id of the workflow',
  isSubjectRequired: false,
  types: {
    'task.started': started,
    'task.finished': finished,
    'task.failed': failed,
    'approval.requested': requested,
    'tool.retry_scheduled': retryScheduled,
  },
  anyUnder: 'control.',
};
