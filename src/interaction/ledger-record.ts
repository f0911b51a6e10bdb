/** What the ledger keeps of one interaction record: where it is and what it is about. Its body is read from the log by who needs it. */
import type { Digest } from '../domain/canonical.js';
import type { InteractionKind } from '../domain/event.js';
import type { Position, PositionName } from '../domain/position.js';

export interface LedgerRecord {
  readonly position: Position;
  /** Of the record's class, such as `tool`. */
  readonly kind: InteractionKind;
  /** Such as `tool.called`. */
  readonly type: string;
  /** The workflow, the idempotency key or the decision, by class. */
  readonly subject: string;
  /** With `id` the event's name: the CloudEvents attributes. */
  readonly source: string;
  readonly id: string;
  /** Of the event's bytes. */
  readonly digest: Digest;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  /** When the log took it, milliseconds since 1970. */
  readonly timestampMs: number;
}

/** Whose a claim is: the name of its event, by which its own retry is told from another claim. */
export type Holder = Pick<LedgerRecord, 'source' | 'id' | 'digest'>;

/** What the log says of one idempotency key. */
export interface KnownClaim {
  /** Of the first record of the key, whatever its type. */
  readonly first: PositionName;
  /** Of the first record where that is a call; null: nobody's. `on_record`: the record at `first` says. */
  readonly holder: Holder | null | 'on_record';
  readonly status: 'unknown' | 'returned' | 'failed';
  /** Of the record that says so: the first `tool.returned`, or else the newest `tool.failed`. */
  readonly outcome: PositionName | null;
}
