/**
 * A call of a tool, which is claimed before anybody acts, and what came of it. The subject is the idempotency key: its records lie in
 * one partition, so whose call is the first is the log's to say. After a failure another attempt takes a key of its own.
 */
import { z } from 'zod';
import { bodyReference, type ClassDefinition, name, snapshotIds, told } from './definition.js';

const called = z
  .looseObject({
    tool: name,
    arguments: z.unknown().optional(),
    argumentsRef: bodyReference.optional(),
    snapshots: snapshotIds.optional(),
    decision: name.optional(),
  })
  .refine((data) => data.arguments === undefined || data.argumentsRef === undefined, {
    path: ['argumentsRef'],
    error: 'beside arguments',
  });

const returned = z
  .looseObject({ result: z.unknown().optional(), resultRef: bodyReference.optional() })
  .refine((data) => data.result === undefined || data.resultRef === undefined, {
    path: ['resultRef'],
    error: 'beside result',
  });

const failed = z.looseObject({
  error: z.looseObject({ code: name.optional(), message: told.optional() }),
  retriable: z.boolean().optional(),
});

export const tool: ClassDefinition = {
  kind: 'tool',
  subject: 'the idempotency key of the call',
  isSubjectRequired: true,
  types: { 'tool.called': called, 'tool.returned': returned, 'tool.failed': failed },
  anyUnder: null,
};
