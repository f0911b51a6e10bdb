/** Why a record was not folded: a closed list, each with what to do about it. */
import { limits } from '../limits.js';

export const rejectionAdvice = {
  not_utf8: 'Send the record value as UTF-8 text.',
  not_json: 'Send valid JSON (RFC 8259); then redrive with the repaired bytes.',
  too_deep: 'Flatten the body: it nests deeper than the limit.',
  too_large:
    'Keep the event under the limit: store the large part elsewhere and send a pointer with its hash; for a call of a tool argumentsRef, for its result resultRef, each {hash, bytes, url}.',
  malformed_unicode: 'Replace unpaired surrogates (\\ud800 to \\udfff alone): they have no UTF-8 form.',
  number_not_exact: 'Send numbers beyond 2^53 or outside the range of doubles as strings: they would change silently.',
  not_a_cloudevent: 'Send a CloudEvents 1.0 event: id, source, specversion and type are required strings.',
  specversion_unsupported: 'Set specversion to "1.0".',
  attribute_invalid: 'Make every CloudEvents attribute a non-empty string within the length limit.',
  kind_unknown: 'Begin the type with a known kind, such as "ticket.updated".',
  type_unknown:
    'Use one of the types named; `tidemark contracts` lists them. What belongs to none goes under "control.".',
  kind_of_another_topic: "Send the event to the topic of its kind, or change the topic's configuration.",
  tenant_missing: "Set the tenant attribute, or configure the topic's tenant.",
  tenant_mismatch: "Leave the tenant attribute out or make it the credential's or the topic's own tenant.",
  subject_missing: 'Set subject to the entity id, the idempotency key of a tool call or the id of a decision.',
  subject_mismatch: 'Make subject and data.id the same.',
  time_invalid: 'Give time as an RFC 3339 date-time such as 2026-03-01T09:30:00Z.',
  op_unknown: 'Set op to upsert, patch or delete, or leave it out for upsert.',
  version_malformed: 'Give entityversion as a decimal or as an LSN such as 16/B374D848.',
  data_missing: 'Put the full state, or for op=patch the merge patch, into data as a JSON object.',
  data_invalid: 'Give data the required fields of its kind with the right types.',
  key_mismatch:
    'Produce the record under the key "tenant/id", percent-encoded, or "id" on a topic with a configured tenant; then discard this one.',
  key_unreadable: 'Give a tombstone the record key "tenant/id", or "id" on a topic with a configured tenant.',
  patch_of_unknown_entity: 'Send the full state of this entity first; then redrive this patch.',
  version_mixed: 'Give every event of this key an entityversion of one form, or none of them.',
  order_unknown:
    'Give every event of a key the same record key, so that they share a partition, or give them entity versions.',
  internal_error: 'Report this: it is a fault of the service. Redrive after an upgrade.',
  id_reused: 'Give every event its own id: this (source, id) was used before with another body.',
} as const;

/** Closed: a dead letter carries one of these. */
export type RejectionReason = keyof typeof rejectionAdvice;

export interface Rejection {
  readonly reason: RejectionReason;
  /** What exactly, without customer text: attribute or field names, JSON pointers, sizes. */
  readonly detail: string;
}

/** A pointer can be as long as the names it is made of; a detail becomes a header of the dead letter and has to fit one. */
export function rejection(reason: RejectionReason, detail: string): Rejection {
  return { reason, detail: detail.slice(0, limits.rejectionDetailMax).toWellFormed() };
}
