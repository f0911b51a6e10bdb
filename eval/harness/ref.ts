/** References as people write them: `policy/refunds@2`. */
import type { Ref } from '../../src/domain/entity.js';
import { isKind } from '../../src/domain/kinds/index.js';

export function isRef(text: string): text is Ref {
  const slash = text.indexOf('/');
  return slash > 0 && slash < text.length - 1 && isKind(text.slice(0, slash));
}
