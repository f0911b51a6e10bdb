/** What a redrive would do: the materializer's own refold, without the write. */
import { z } from '@hono/zod-openapi';
import type { Entity } from '../domain/entity.js';
import { isJsonObject } from '../domain/json.js';
import { type Parsed, parseRecord } from '../domain/parse.js';
import { positionText } from '../domain/position.js';
import { type Decision, type Step, understand } from '../domain/step.js';
import type { RebuiltStep } from '../journal/rebuild.js';
import type { RejectedEvent } from '../log/rejected-port.js';
import { sourceTopic } from '../log/topics.js';
import { entityAfter, type Refold, refold } from '../materializer/redrive.js';
import type { Credential } from './auth.js';
import { type Problem, problem } from './problems.js';
import { entityHead, entitySchema } from './schemas.js';
import type { ApiService } from './service.js';

const outcome = z.enum(['applied', 'superseded', 'duplicate', 'rejected', 'noted']);

export const previewSchema = z
  .object({
    before: entitySchema.nullable(),
    after: entitySchema.nullable(),
    outcomes: z.array(z.object({ position: z.string(), before: outcome.nullable(), after: outcome })),
  })
  .openapi('RedrivePreview', { description: 'The entity before and after, and every record whose outcome changes.' });

export type Preview = z.infer<typeof previewSchema>;

export interface Redrive {
  readonly event: RejectedEvent;
  readonly repaired: Uint8Array | null;
}

export async function previewRedrive(
  service: ApiService,
  credential: Credential,
  { event, repaired }: Redrive,
): Promise<{ readonly kind: 'preview'; readonly preview: Preview } | Problem> {
  const kept = await service.rejected.repairable(event.id);
  if (kept === undefined) return impossible('expired', 'the record is no longer kept');
  const rules = sourceTopic(service.engines.topics, event.position.topic) ?? { about: null, tenant: null };
  const decision: Decision = {
    kind: 'redriven',
    at: 'preview',
    repaired,
    ...(event.decision === null ? {} : { before: event.decision }),
  };
  const { parsed, arrival } = understand(kept, rules, decision);
  if (arrival.redrive !== decision.at) {
    // The first repair that has an effect stands; otherwise it is this one that has none.
    if (arrival.redrive !== null) return decided(event);
    return withoutEffect(parseRecord({ ...kept, headers: [], value: repaired }, rules));
  }
  const tenant = parsed.kind === 'event' ? parsed.event.tenant : parsed.concern.tenant;
  if (!credential.operator && tenant !== credential.tenant) return foreignTenant();
  if (parsed.kind === 'rejected') return impossible('still_rejected', parsed.rejection.reason);
  if (parsed.event.about === 'interaction') return interaction();
  const { journal, rejected } = service;
  const before = (id: string) => rejected.decisionOn(id);
  const result = await refold(journal, service.engines.topics, event, { before, decision });
  switch (result.kind) {
    case 'lost':
      return impossible(result.why, 'a record of this key is no longer kept');
    case 'other_key':
      return otherKey();
    case 'refolded':
      return judge(event, result.refold);
  }
}

/** A repair that is passed over: no event, or one about another entity. */
function withoutEffect(repaired: Parsed): Problem {
  if (repaired.kind === 'event' || repaired.rejection.reason === 'key_mismatch') return otherKey();
  return impossible('still_rejected', repaired.rejection.reason);
}

function otherKey(): Problem {
  return impossible('other_key', 'the repaired event is about another entity: send it as a new event');
}

function judge(event: RejectedEvent, done: Refold): { readonly kind: 'preview'; readonly preview: Preview } | Problem {
  const [was, is] = [stepAt(done.before, event.id), stepAt(done.after, event.id)];
  if (event.decision?.kind === 'redriven' && was !== undefined && was.outcome !== 'rejected') return decided(event);
  if (is?.outcome === 'rejected') return impossible('still_rejected', is.rejection.reason);
  return { kind: 'preview', preview: previewOf(done) };
}

/** A decision in effect is not taken back: snapshots may have been stamped under it. */
export function decided(event: RejectedEvent): Problem {
  return problem({
    code: 'already_decided',
    message: 'a decision about this event is in effect',
    advice: 'Send a new event if the entity needs another state.',
    retriable: false,
    facts: { decision: event.decision?.kind ?? '', decidedAt: event.decision?.at ?? '' },
  });
}

function previewOf({ before, after }: Refold): Preview {
  const known = new Map(before.map(({ record, step }) => [positionText(record.position), step.outcome]));
  const outcomes = after.map(({ record, step }) => {
    const position = positionText(record.position);
    return { position, before: known.get(position) ?? null, after: step.outcome };
  });
  return {
    before: entityJson(entityAfter(before)),
    after: entityJson(entityAfter(after)),
    outcomes: outcomes.filter((one) => one.before !== one.after),
  };
}

function stepAt(steps: readonly RebuiltStep[], id: string): Step | undefined {
  return steps.find(({ record }) => positionText(record.position) === id)?.step;
}

function entityJson(entity: Entity | undefined): Preview['before'] {
  if (entity === undefined) return null;
  const value: unknown = entity.status === 'present' ? JSON.parse(entity.json) : undefined;
  return { ...entityHead(entity), ...(isJsonObject(value) ? { value } : {}) };
}

function impossible(why: string, detail: string): Problem {
  return problem({
    code: 'redrive_impossible',
    message: 'the record cannot be redriven like this; nothing was changed',
    advice: 'Repair the bytes (a dry run shows the effect), or discard the event.',
    retriable: false,
    facts: { why, detail },
  });
}

/** In its original place a call would come before claims that were told to proceed since: what they were told is not taken back. */
function interaction(): Problem {
  return problem({
    code: 'redrive_impossible',
    message: 'a record of an interaction is not redriven: who was told to act stays so; nothing was changed',
    advice: 'Send the repaired event as a new one, which traces show like any other, and discard this record.',
    retriable: false,
    facts: { why: 'interaction', detail: 'the order of interactions is that in which the log took them' },
  });
}

function foreignTenant(): Problem {
  return problem({
    code: 'forbidden',
    message: "the event would belong to another tenant than the credential's",
    advice: "Repair the tenant, or use an operator's credential.",
    retriable: false,
  });
}
