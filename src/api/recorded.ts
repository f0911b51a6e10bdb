/** Finding a released snapshot on record, and telling why one cannot be rebuilt. */
import { z } from '@hono/zod-openapi';
import type { RecordedEntry } from '../audit/port.js';
import { isDigest } from '../domain/canonical.js';
import type { Rebuilt } from '../replay/content.js';
import { coverageOf } from '../replay/coverage.js';
import { type UnreplayableReason, unreplayableAdvice } from '../replay/verdict.js';
import { type Problem, problem } from './problems.js';
import type { ApiService } from './service.js';

/** No form is asked for: a text that is no digest names no snapshot, and that is what the answer says. */
export const snapshotParams = z.strictObject({
  id: z.string().openapi({ description: 'The id of a released snapshot', example: `sha256-${'0'.repeat(64)}` }),
});

type Failed = Extract<Rebuilt, { kind: 'failed' }>['verdict'];

export type Found =
  | { readonly kind: 'found'; readonly entry: RecordedEntry }
  | { readonly kind: 'failed'; readonly verdict: Failed }
  | Problem;

/** Refused as behind while the state does not cover what the snapshot was built from. */
export async function findSnapshot(service: ApiService, tenant: string, id: string): Promise<Found> {
  const found = await findRecorded(service, tenant, id);
  if (found.kind !== 'found') return found;
  const coverage = await coverageOf({ ...service.engines, journal: service.journal }, found.entry);
  return coverage.kind === 'covered' ? found : notYet(coverage.records);
}

/** Whether or not it can be judged yet. */
export async function findRecorded(service: ApiService, tenant: string, id: string): Promise<Found> {
  const finding = isDigest(id) ? await service.audit.find(tenant, id) : ({ kind: 'not_found' } as const);
  switch (finding.kind) {
    case 'found':
      return finding;
    case 'expired':
      return { kind: 'failed', verdict: unreplayable('expired', 'the audit record is past retention') };
    case 'damaged':
      return { kind: 'failed', verdict: unreplayable('audit_damaged', 'the audit record is not what its id names') };
    case 'behind':
      return auditBehind();
    case 'not_found':
      return notOnRecord(service.engines.auditSpool !== undefined);
  }
}

/** `mayBeSpooled`: another instance may hold a record that it has not brought into the topic yet. */
function notOnRecord(mayBeSpooled: boolean): Problem {
  const asReleased =
    'Pass the id exactly as the released snapshot has it; one released with audit: null is not on record.';
  return problem({
    code: 'snapshot_not_found',
    message: 'no snapshot of this id is on record for this tenant',
    advice: mayBeSpooled
      ? `${asReleased} One that another instance has just released is on record in a moment: ask again, or ask that one.`
      : asReleased,
    retriable: mayBeSpooled,
  });
}

/** Another instance may have released it: that it does not exist cannot be said. */
function auditBehind(): Problem {
  return problem({
    code: 'behind',
    message: 'the audit topic could not be read to its end, and what is known of it does not name this snapshot',
    advice: 'Ask again in a moment, or ask the instance that released it.',
    retriable: true,
  });
}

function notYet(records: bigint): Problem {
  return problem({
    code: 'behind',
    message: 'the state has not reached what this snapshot was built from',
    advice: 'Ask again in a moment: the service is catching up with its log.',
    retriable: true,
    facts: { recordsBehind: String(records) },
  });
}

function unreplayable(reason: UnreplayableReason, detail: string): Failed {
  return { verdict: 'UNREPLAYABLE', reason, detail };
}

/** For the addresses whose answer is the snapshot itself or follows from it. */
export function notRebuilt(verdict: Failed): Problem {
  if (verdict.verdict === 'UNREPLAYABLE') {
    const { reason } = verdict;
    return problem({
      code: 'snapshot_unreplayable',
      message: 'what the snapshot was built from is not all kept',
      advice: unreplayableAdvice[reason],
      retriable: false,
      facts: { reason },
    });
  }
  return problem({
    code: 'snapshot_mismatch',
    message: 'the journal gives something else than was released',
    advice: 'POST …/replay names the first difference; check the log folder with `tidemark doctor`.',
    retriable: false,
    facts: { at: verdict.difference.at },
  });
}
