/** Entity text to passages: what is found, embedded and scored. A pure function of the entity's data and these rules. */
import { digestOf, type JsonObject } from '../domain/canonical.js';
import { type EntityKey, refOf } from '../domain/entity.js';
import { kinds } from '../domain/kinds/index.js';
import { limits } from '../limits.js';
import type { PassageRules } from './method.js';
import type { Passage } from './port.js';

/** Text cut by its length. Raise the first number of the id with any change that can give another passage for some data. */
export const characterPassages: PassageRules = {
  id: `passages-1/${limits.passageCharsMax}/${limits.passageTitleCharsMax}`,
  passagesOf,
};

/**
 * Passages of an entity, in the order of its text; none when it has no text. Each is the title, a newline, and as many whole
 * paragraphs as fit `limits.passageCharsMax`; a longer paragraph is split at a line, a sentence or a word, in that order of
 * preference. The data has passed the kind's schema.
 */
function passagesOf(key: EntityKey, data: JsonObject): Passage[] {
  const text = kinds[key.kind].textOf(data);
  if (text === null) return [];
  const title = trim(text.title);
  const [head, rest] = headOf(title);
  const bodies = pack([rest, ...text.sections].flatMap(paragraphsOf));
  if (bodies.length === 0 && head !== '') bodies.push('');
  const ref = refOf(key);
  return bodies.map((body, n): Passage => {
    const content = [head, body].filter((part) => part !== '').join('\n');
    return { id: `${ref}#${n}`, text: content, hash: digestOf(content) };
  });
}

/** The part of the title that is repeated, and what must be text to be found at all: all of a title that is too long. */
function headOf(title: string): [head: string, rest: string] {
  if (title.length <= limits.passageTitleCharsMax) return [title, ''];
  return [trim(title.slice(0, wholeCharacters(title, limits.passageTitleCharsMax))), title];
}

function paragraphsOf(section: string): string[] {
  return section
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n/)
    .flatMap((paragraph) => splitLong(trim(paragraph)))
    .filter((paragraph) => paragraph !== '');
}

/** Joins neighbours while they fit. */
function pack(paragraphs: readonly string[]): string[] {
  const packed: string[] = [];
  for (const paragraph of paragraphs) {
    const last = packed.at(-1);
    if (last !== undefined && last.length + 2 + paragraph.length <= limits.passageCharsMax) {
      packed[packed.length - 1] = `${last}\n\n${paragraph}`;
    } else {
      packed.push(paragraph);
    }
  }
  return packed;
}

function splitLong(paragraph: string): string[] {
  const parts: string[] = [];
  let from = 0;
  while (paragraph.length - from > limits.passageCharsMax) {
    const window = paragraph.slice(from, from + limits.passageCharsMax);
    const end = from + splitPoint(window);
    parts.push(trim(paragraph.slice(from, end)));
    from = end;
  }
  parts.push(trim(paragraph.slice(from)));
  return parts;
}

/** Where to end a part of this window: in its second half, so that parts stay of a size. */
function splitPoint(window: string): number {
  const half = window.length / 2;
  const after = (mark: string): number => window.lastIndexOf(mark) + mark.length;
  const line = after('\n');
  if (line > half) return line;
  const sentence = Math.max(...['. ', '! ', '? ', '。', '！', '？'].map(after));
  if (sentence > half) return sentence;
  const word = after(' ');
  return word > half ? word : wholeCharacters(window, window.length);
}

/** The largest length up to the wanted one that splits no surrogate pair. */
function wholeCharacters(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}

/** Passages of an entity as it is stored. */
export function passagesOfEntity(
  rules: PassageRules,
  { key, json }: { readonly key: EntityKey; readonly json: string },
): readonly Passage[] {
  return rules.passagesOf(key, JSON.parse(json) as JsonObject);
}

/** `String.trim` follows the runtime's idea of white space; this does not. */
function trim(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
}
