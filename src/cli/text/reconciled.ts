/** What was found when state and index were held against the journal. */
import type { JsonObject } from '../../domain/canonical.js';
import { countAt, objectOf, textAt } from '../json-read.js';
import { type Line, line, span } from './line.js';

/** Nothing differed, or all that did is mended. */
export function isMended({ findings }: JsonObject): boolean {
  const found = objectOf(findings);
  return (
    countAt(found, 'missing') + countAt(found, 'differing') + countAt(found, 'orphaned') <= countAt(found, 'repaired')
  );
}

const sentences: readonly (readonly [name: string, says: string])[] = [
  ['missing', 'were missing'],
  ['differing', 'differed'],
  ['orphaned', 'are nothing that the journal knows of'],
  ['repaired', 'of these are mended'],
  ['skipped', 'could not be judged: their records have expired, or they moved meanwhile'],
];

export function reconciledLines(reconciled: JsonObject): readonly Line[] {
  if (textAt(reconciled, 'status') === 'not_needed') {
    return [
      line(["The state is the server's own: it was folded from the journal when it started, so nothing can differ."]),
    ];
  }
  const found = objectOf(reconciled.findings);
  const told = sentences.filter(([name]) => countAt(found, name) > 0);
  const isSound = told.every(([name]) => name === 'skipped');
  const verdict = isSound
    ? span('all is what the journal says', 'good')
    : isMended(reconciled)
      ? span('mended', 'warn')
      : span('not all could be mended', 'bad');
  return [
    line([`${countAt(found, 'checked')} entities of state and index were held against the journal: `, verdict], 0, 2),
    ...told.map(([name, says]) => line([`${countAt(found, name)} ${says}`], 2)),
  ];
}
