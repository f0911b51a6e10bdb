/**
 * A decision from its proposal to what came of it. The subject is its id; `follows` is the CloudEvents id of the event of the same
 * decision that an event rests on.
 */
import { z } from 'zod';
import { type ClassDefinition, digest, name, names, positions, snapshotIds, told } from './definition.js';

const follows = name.optional();

const proposed = z.looseObject({
  action: told,
  snapshots: snapshotIds.min(1),
  toolCalls: names.optional(),
  rationale: told.optional(),
  prompt: z.looseObject({ id: name, version: name, hash: digest }).optional(),
  approval: z.enum(['required', 'none']).optional(),
});

const approved = z.looseObject({ by: name, follows });
/** By a person, who says why. */
const overridden = z.looseObject({ by: name, reason: told, replacement: z.unknown().optional(), follows });
const executed = z.looseObject({ wrote: positions.optional(), toolCalls: names.optional(), follows });
const compensated = z.looseObject({ reason: told, wrote: positions.optional(), follows });

/** What a person says of a decision, and no agent: it takes a scope of its own. */
export const approvalTypes: readonly string[] = ['decision.approved', 'decision.overridden'];

export const decision: ClassDefinition = {
  kind: 'decision',
  subject: 'the id of the decision',
  isSubjectRequired: true,
  types: {
    'decision.proposed': proposed,
    'decision.approved': approved,
    'decision.overridden': overridden,
    'decision.executed': executed,
    'decision.compensated': compensated,
  },
  anyUnder: null,
};
