/** What a class of interaction events is. Each class is one file with these parts in this order: schemas, definition. */
import { z } from 'zod';
import { limits } from '../../limits.js';
import { DIGEST } from '../canonical.js';
import type { InteractionKind } from '../event.js';
import { parsePositionText } from '../position.js';

export interface ClassDefinition {
  readonly kind: InteractionKind;
  /** What `subject` names, and so what records share a partition by. */
  readonly subject: string;
  /** Null: an event without a subject belongs to its correlation id, or else to itself. */
  readonly isSubjectRequired: boolean;
  /** Required members of `data` and their types, by event type; other members are kept as they are. */
  readonly types: Readonly<Record<string, z.ZodType<object>>>;
  /** Types that begin like this are of the class as well, with any data. */
  readonly anyUnder: string | null;
}

/** An id: of a workflow, a key, a decision, an event. */
export const name = z.string().min(1).max(limits.idLengthMax);

/** What a person wrote. */
export const told = z.string().min(1).max(limits.questionLengthMax);

/** `sha256-` and 64 hexadecimal digits. */
export const digest = z.string().regex(DIGEST, 'not a SHA-256 digest');

/** Snapshots that were read. */
export const snapshotIds = z.array(digest).max(limits.referencesMax);

/** `topic:partition:offset` of each record. */
export const positions = z
  .array(z.string().refine((text) => parsePositionText(text) !== undefined, 'not topic:partition:offset'))
  .max(limits.referencesMax);

export const names = z.array(name).max(limits.referencesMax);

/** What stands for a body that is kept elsewhere: its SHA-256 and size, and where it is, which nobody fetches here. */
export const bodyReference = z.looseObject({
  hash: digest,
  bytes: z.int().min(0),
  url: z.string().min(1).max(limits.attributeLengthMax).optional(),
});
