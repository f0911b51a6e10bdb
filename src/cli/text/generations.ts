/** Index generations side by side, for people. */
import type { JsonObject } from '../../domain/canonical.js';
import { isJsonObject } from '../../domain/json.js';
import { objectOf, objectsOf, stringsAt, textAt } from '../json-read.js';
import { type Line, line, type Span, span } from './line.js';

const EXAMPLES_SHOWN = 5;

export function generationLines(told: JsonObject): readonly Line[] {
  return objectsOf(told.generations).flatMap(linesOf);
}

function linesOf(one: JsonObject): readonly Line[] {
  const { compared, filling, examples } = one;
  const trouble = textAt(one, 'trouble');
  return [
    line([`${textAt(one, 'id')} `, roleOf(textAt(one, 'role')), `  ${textAt(one, 'method')}`], 0, 2),
    line([span(textAt(objectOf(one.index), 'generation'), 'dim')], 2),
    ...(isJsonObject(filling) ? [line([fillingText(filling)], 2)] : []),
    ...(isJsonObject(compared) ? [line([comparedText(compared)], 2)] : []),
    ...objectsOf(examples).slice(-EXAMPLES_SHOWN).map(exampleLine),
    ...(trouble === '' ? [] : [line([span(trouble, 'bad')], 2)]),
  ];
}

function roleOf(role: string): Span {
  const style = role === 'live' ? 'good' : role === 'unavailable' ? 'bad' : 'strong';
  return span(role, style);
}

function fillingText(filling: JsonObject): string {
  const [indexed, lacking] = [textAt(filling, 'indexed'), textAt(filling, 'lacking')];
  const isWhole = filling.isCaughtUp === true && lacking === '0';
  return isWhole ? `has all ${indexed} entities` : `has ${indexed} entities and lacks ${lacking}; it is being filled`;
}

function comparedText(counts: JsonObject): string {
  const [compared, differing, skipped, failed] = ['compared', 'differing', 'skipped', 'failed'].map((name) =>
    textAt(counts, name),
  );
  const beside = failed === '0' ? '' : `, ${failed} failed`;
  return `of ${compared} snapshots compared ${differing} would have been others; ${skipped} were not compared${beside}`;
}

function exampleLine(example: JsonObject): Line {
  const moved = objectsOf(example.moved).map(
    (one) => `${textAt(one, 'ref')} ${textAt(one, 'from')}→${textAt(one, 'to')}`,
  );
  const changes = [
    ...stringsAt(example, 'entered').map((ref) => `+${ref}`),
    ...stringsAt(example, 'left').map((ref) => `-${ref}`),
    ...moved,
  ];
  return line([span(`${textAt(example, 'snapshot').slice(0, 19)}… `, 'dim'), changes.join(', ')], 4, 2);
}
