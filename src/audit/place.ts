/** Where a record stands: in the audit topic, or still in the spool of the instance that released the snapshot. */
import type { Position } from '../domain/position.js';

export type AuditPlace =
  | (Position & { readonly kind: 'logged' })
  /** On the disk of the instance, to be shipped to the topic; `offset` is that in the spool. */
  | { readonly kind: 'spooled'; readonly topic: string; readonly offset: bigint };

/** As a reply has it. */
export type AuditPlaceJson =
  | { readonly topic: string; readonly partition: number; readonly offset: string }
  | { readonly topic: string; readonly spooled: string };

export function auditPlaceJson(place: AuditPlace): AuditPlaceJson {
  const { topic, offset } = place;
  if (place.kind === 'spooled') return { topic, spooled: String(offset) };
  return { topic, partition: place.partition, offset: String(offset) };
}
