/** The trouble of a partition as the API tells it. */
import { z } from '@hono/zod-openapi';
import { type AcceptableKind, acceptable, factsOf, type PartitionTrouble, type TroubleKind } from '../log/trouble.js';

const meanings: Readonly<Record<TroubleKind, string>> = {
  blocked_at_lso: 'an open transaction keeps records from `readableEnd` on from being read',
  gap: 'the log has let go of the offsets from `from` up to but not at `to` before they were read',
  truncated: 'the log has lost records that were read of it, from `from` on',
  recreated: 'the topic was deleted and made again: its id `was` one and `is` another',
  topic_missing: 'the log has no such topic',
  new_partition: 'the topic has grown by this partition, to which keys may have moved',
};

export const acceptableKind = z.enum(Object.keys(acceptable) as [AcceptableKind, ...AcceptableKind[]]);

export const troubleFacts = z.record(z.string(), z.string()).openapi({
  description: 'Offsets and counts, as decimal strings, and topic ids',
  example: { from: '120', to: '184' },
});

export const troubleSchema = z
  .object({
    kind: z.enum(Object.keys(meanings) as [TroubleKind, ...TroubleKind[]]).openapi({
      description: Object.entries(meanings)
        .map(([kind, meaning]) => `\`${kind}\`: ${meaning}`)
        .join('. '),
    }),
    facts: troubleFacts,
    whenAccepted: z.string().nullable().openapi({
      description:
        'What an operator brings about by accepting it; null: it passes by itself, or when the log is mended',
    }),
  })
  .openapi('PartitionTrouble', {
    description: 'Why a partition is not read on. Answers that could come from its topic say so until it is over.',
  });

export function troubleJson(trouble: PartitionTrouble): z.infer<typeof troubleSchema> {
  const sentences: Readonly<Partial<Record<TroubleKind, string>>> = acceptable;
  const { kind } = trouble;
  return { kind, facts: factsOf(trouble), whenAccepted: sentences[kind] ?? null };
}
