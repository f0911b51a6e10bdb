/** Is a released snapshot still what would be released now? The same question is assembled again, recording nothing. */

import type { RecordedEntry } from '../audit/port.js';
import { type Entity, type EntityKey, refOf } from '../domain/entity.js';
import { commonPart, epochsFromJson } from '../domain/epochs.js';
import { vectorFromJson } from '../domain/position.js';
import { parseInstant } from '../domain/time.js';
import type { LogIdentity } from '../domain/token.js';
import type { Freshness } from '../snapshot/freshness.js';
import type { Successor } from '../snapshot/in-force.js';
import { contentOf } from '../snapshot/manifest.js';
import type { SnapshotService } from '../snapshot/service.js';
import type { StateReader } from '../state/port.js';
import { compareItems, type ItemChange } from './compare.js';
import { keyOfRef, type Rebuilt, type ReplayParts, rebuildSnapshot } from './content.js';
import { requestOf } from './request.js';

export interface ValidityParts extends ReplayParts {
  readonly snapshots: SnapshotService;
  readonly state: StateReader;
  readonly clock: { wallMs(): number };
  readonly identity: LogIdentity;
}

/** What every judgement hands over: how far it may be trusted, and the snapshot as it was rebuilt for it. */
interface Judged {
  readonly freshness: Freshness;
  readonly token: string;
  readonly rebuilt: Extract<Rebuilt, { kind: 'rebuilt' }>;
}

export type Validity =
  | ({ readonly kind: 'valid' } & Judged)
  | ({ readonly kind: 'superseded'; readonly changes: readonly ItemChange[] } & Judged)
  /** The account is gone: nothing of the snapshot holds any more. */
  | ({ readonly kind: 'account_gone' } & Judged)
  | Extract<Rebuilt, { kind: 'failed' }>;

export async function validityOf(parts: ValidityParts, entry: RecordedEntry): Promise<Validity> {
  const rebuilt = await rebuildSnapshot(parts, entry);
  if (rebuilt.kind === 'failed') return rebuilt;
  const { manifest, items } = rebuilt;
  const request = requestOf(manifest);
  const atMs = parts.clock.wallMs();
  const { assembly, freshness, token } = await parts.snapshots.reassemble(request, atMs, manifest.parsed.stamp.index);
  const judged: Judged = { freshness, token, rebuilt };
  if (assembly.kind === 'not_found') return { kind: 'account_gone', ...judged };
  // By the items alone: messages are a function of them, of what was asked, and of the version that the stamp names.
  if (contentOf(assembly.assembled.items) === contentOf(items)) return { kind: 'valid', ...judged };
  const keys = items.flatMap(({ entity, successor }) =>
    [entity.key, successorKey(entity.key.tenant, successor) ?? []].flat(),
  );
  const found = await parts.state.entities(keys);
  const current = new Map(keys.map((key, index): [string, Entity | undefined] => [refOf(key), found[index]]));
  const now = { items: assembly.assembled.items, current, policies: assembly.assembled.policies, atMs };
  const { stamp } = manifest.parsed;
  const released = {
    items,
    atMs: parseInstant(manifest.parsed.evaluatedAt) ?? 0,
    through: commonPart(parts.identity.epochs, vectorFromJson(stamp.through), epochsFromJson(stamp.epochs)),
  };
  const changes = compareItems(released, now);
  return { kind: 'superseded', changes, ...judged };
}

function successorKey(tenant: string, successor: Successor | null): EntityKey | undefined {
  return successor === null ? undefined : keyOfRef(tenant, successor.ref);
}
