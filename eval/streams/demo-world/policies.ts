/** Policies over time: what was there at the start, what gets published, amended and closed. Each version is its own entity. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import { instantText } from '../../../src/domain/time.js';
import type { EventEntry } from '../stream.js';
import { at, MINUTE_MS, SECOND_MS, worldStartsAt } from './calendar.js';
import { entryOf, type Tenant } from './emit.js';
import { northquayCommercial } from './policies-northquay-commercial.js';
import { northquayData } from './policies-northquay-data.js';
import { northquayOperation } from './policies-northquay-operation.js';
import { pinbellPolicies } from './policies-pinbell.js';
import type { PolicyText, PolicyVersionText } from './policy-text.js';

export const policiesOf: Readonly<Record<Tenant, readonly PolicyText[]>> = {
  northquay: [...northquayCommercial, ...northquayData, ...northquayOperation],
  pinbell: pinbellPolicies,
};

/** Stands in every policy of a tenant and in nothing else: whoever reads the other tenant's mark has crossed over. */
export const policyMark: Readonly<Record<Tenant, string>> = { northquay: 'NQ-POL', pinbell: 'PB-POL' };

export function policyEntityId(policyId: string, version: number): string {
  return `${policyId}@${version}`;
}

export interface PolicyDraft {
  readonly tenant: Tenant;
  readonly policy: PolicyText;
  readonly version: number;
  readonly effectiveFrom: string;
  readonly effectiveTo: string | null;
  readonly body: string;
}

export function policyData(draft: PolicyDraft): JsonObject {
  const { tenant, policy, version, body } = draft;
  const { plans, regions, products } = policy.appliesTo ?? {};
  const appliesTo = {
    ...(plans === undefined ? {} : { plans }),
    ...(regions === undefined ? {} : { regions }),
    ...(products === undefined ? {} : { products }),
  };
  return {
    id: policyEntityId(policy.policyId, version),
    policyId: policy.policyId,
    version: String(version),
    title: policy.title,
    body: `${body}\n\nReference ${policyMark[tenant]}-${policy.policyId}-${version}.`,
    effectiveFrom: draft.effectiveFrom,
    effectiveTo: draft.effectiveTo,
    ...(policy.appliesTo === undefined ? {} : { appliesTo }),
  };
}

/** The import of policies follows that of the accounts. */
const importStartsAt = worldStartsAt + 2 * MINUTE_MS;

export function policyEntries(tenant: Tenant): EventEntry[] {
  let imported = 0;
  const nextImportAt = () => importStartsAt + imported++ * SECOND_MS;
  return policiesOf[tenant].flatMap((policy) =>
    policy.versions.flatMap((text, index) => {
      const published = publishedEntry({ tenant, policy, version: index + 1 }, text, nextImportAt);
      const closing = closingEntry({ tenant, policy, version: index }, text);
      return closing === undefined ? [published] : [published, closing];
    }),
  );
}

type Versioned = Pick<PolicyDraft, 'tenant' | 'policy' | 'version'>;

function publishedEntry(which: Versioned, text: PolicyVersionText, nextImportAt: () => number): EventEntry {
  const draft = { ...which, effectiveFrom: text.from, effectiveTo: null, body: text.body };
  const subject = {
    tenant: which.tenant,
    kind: 'policy',
    id: policyEntityId(which.policy.policyId, which.version),
  } as const;
  const common = { sequence: 1, version: '1' };
  const change = { op: 'upsert', data: policyData(draft) } as const;
  if (text.publishedAt === undefined) {
    const arrivesAt = nextImportAt();
    return entryOf(subject, { ...common, verb: 'imported', happenedAt: worldStartsAt, arrivesAt }, change);
  }
  const publishedAt = at(text.publishedAt);
  return entryOf(subject, { ...common, verb: 'published', happenedAt: publishedAt, arrivesAt: publishedAt }, change);
}

/** The previous version once more, in full, now with the instant at which `text` takes its place. */
function closingEntry(previous: Versioned, text: PolicyVersionText): EventEntry | undefined {
  const previousText = previous.policy.versions[previous.version - 1];
  if (text.closesPreviousAt === undefined || previousText === undefined) return undefined;
  const closedAt = at(text.closesPreviousAt);
  const effectiveTo = instantText(at(text.from));
  const draft = { ...previous, effectiveFrom: previousText.from, effectiveTo, body: previousText.body };
  const id = policyEntityId(previous.policy.policyId, previous.version);
  const occurrence = { verb: 'closed', sequence: 2, version: '2', happenedAt: closedAt, arrivesAt: closedAt };
  return entryOf({ tenant: previous.tenant, kind: 'policy', id }, occurrence, {
    op: 'upsert',
    data: policyData(draft),
  });
}
