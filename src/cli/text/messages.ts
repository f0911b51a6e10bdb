/** The messages that a prompt rendered over a snapshot, for a person: role by role, line by line. */
import type { JsonObject } from '../../domain/canonical.js';
import { objectOf, objectsOf, textAt } from '../json-read.js';
import { blank, type Line, line, span } from './line.js';

/** Empty where no prompt was asked for. */
export function messageLines(snapshot: JsonObject): readonly Line[] {
  const { id = '', version = '' } = objectOf(objectOf(snapshot.stamp).prompt);
  return objectsOf(objectOf(snapshot.prompt).messages).flatMap((message, index) => [
    blank,
    ...(index === 0 ? [line([span('Messages', 'strong'), ` of ${id}@${version}`]), blank] : []),
    line([span(textAt(message, 'role'), 'strong')], 2),
    ...textAt(message, 'content')
      .split('\n')
      .map((text) => line([text], 4)),
  ]);
}
