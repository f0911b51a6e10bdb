/** What a row of the bank becomes. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { SourceRow } from './source.js';
import type { World } from './world.js';

export type RecentList = 'recentTransactions' | 'recentVerifications';

export type Change =
  | { readonly op: 'upsert'; readonly kind: 'account' | 'ticket' | 'entitlement'; readonly data: JsonObject }
  /** Puts the row in front of the entity's bounded list; the stream turns it into a merge patch. */
  | {
      readonly op: 'prepend';
      readonly kind: 'account' | 'entitlement';
      readonly list: RecentList;
      readonly item: JsonObject;
    };

export interface Mapped {
  /** Null for rows that have no date. */
  readonly atMs: number | null;
  /** CloudEvents type. */
  readonly type: string;
  readonly subject: string;
  readonly change: Change;
}

export type Mapping = (row: SourceRow, world: World) => Mapped;
