/** An entity as one line, to hold two of them against each other and to show what differs. */
import { canonicalJson } from '../../src/domain/canonical.js';
import type { Entity } from '../../src/domain/entity.js';
import { positionText } from '../../src/domain/position.js';

/** All but the revision, which orders writes to the index and may count steps that a refold has not. */
export function textOf(entity: Entity | undefined): string {
  if (entity === undefined) return 'unknown';
  const { status, accountId, recent, redrives, watermark } = entity;
  const value = entity.status === 'present' ? entity.json : null;
  const ids = recent.map(({ id, offset }) => `${id} ${offset}`);
  const { position, version } = watermark;
  return canonicalJson({ status, accountId, redrives: [...redrives], ids, at: positionText(position), version, value });
}
