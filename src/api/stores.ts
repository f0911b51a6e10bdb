/** How state and index are, as the API tells it: what of them cannot be believed, what was lost and what was mended. */
import { z } from '@hono/zod-openapi';
import { within } from '../domain/within.js';
import { limits } from '../limits.js';
import type { ReconcileFindings } from '../state/findings.js';
import type { StateTrouble } from '../state/port.js';
import type { ApiService } from './service.js';

export const findingsSchema = z
  .object({
    checked: z.int(),
    missing: z.int().openapi({ description: 'The journal says that there is one, and there was none' }),
    differing: z.int(),
    orphaned: z.int().openapi({ description: 'There was one of which the journal knows nothing' }),
    repaired: z.int().openapi({ description: 'Of those, written again, marked to be, or taken out' }),
    skipped: z.int().openapi({ description: 'Could not be judged: their records have expired, or they moved' }),
  })
  .openapi('ReconcileFindings', {
    description: 'What was found when state and index were held against the journal: entities, counted once per store',
  }) satisfies z.ZodType<ReconcileFindings>;

export const stateSchema = z
  .object({
    trouble: z
      .object({ kind: z.enum(['unreachable', 'evicting']), policy: z.string().optional() })
      .nullable()
      .openapi({
        description:
          'Why the state is not believed: `unreachable`, it does not answer; `evicting`, it may drop what it holds when memory runs ' +
          'short. Meanwhile reads get 503 `state_unavailable`, events are taken, and here what only the state knows is null.',
      }),
    regresses: z.int().openapi({
      description: 'Since this instance started: times the state had fallen back or begun anew, and was folded again',
    }),
  })
  .openapi('StateStanding');

export const indexSchema = z
  .object({
    pending: z.int().nullable().openapi({ description: 'Entities that the index has not seen; null: not known' }),
    dropped: z.int().openapi({ description: 'Points that it answered with and that were not believed' }),
    lost: z.int().openapi({ description: 'Times it had lost what it held, and was filled again' }),
    refused: z.int().openapi({
      description:
        'Times it would not take an entity as it is. That stays pending, is scored beside the index, and is tried again when it changes ' +
        'and less and less often.',
    }),
  })
  .openapi('IndexStanding', { description: 'Counted since this instance started' });

export function stateJson({ engines, materializer }: ApiService): z.infer<typeof stateSchema> {
  return { trouble: troubleJson(engines.state.trouble), regresses: materializer.tally.regresses };
}

/** Without the words of an error: those name addresses. */
function troubleJson(trouble: StateTrouble | null): z.infer<typeof stateSchema>['trouble'] {
  if (trouble === null) return null;
  const { kind } = trouble;
  return kind === 'evicting' ? { kind, policy: trouble.policy } : { kind };
}

export async function indexJson({ engines }: ApiService): Promise<z.infer<typeof indexSchema>> {
  const { state, index, clock } = engines;
  const pending = await within(clock, state.pendingCount(), limits.logAskMs);
  const { dropped, lost, refused } = index.facts ?? { dropped: 0, lost: 0, refused: 0 };
  return { pending: pending ?? null, dropped, lost, refused };
}
