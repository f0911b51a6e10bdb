/** Entity text to passages: what is found, embedded and scored. A pure function of the entity's data and these rules. */
import { digestOf, type JsonObject } from '../domain/canonical.js';
import { type EntityKey, refOf } from '../domain/entity.js';
import { kinds } from '../domain/kinds/index.js';
import { limits } from '../limits.js';
import type { PassageRules } from './method.js';
import type { Passage } from './port.js';
import { type Section, sectionsOf } from './sections.js';

/** How text is measured: in characters, or in the pieces that a model reads. A pure function of the text. */
export interface TextMeasure {
  sizeOf(text: string): number;
  /** UTF-16 units of the longest beginning no larger than `max`; all of a text that fits, and two units whatever they measure. */
  fitting(text: string, max: number): number;
}

/** What a passage may hold, as measured. */
export interface PassageBounds {
  readonly measure: TextMeasure;
  /** Of a title, what is repeated into every passage; a longer one is text as well. */
  readonly titleMax: number;
  /** What fits beside that title. */
  bodyMax(title: string): number;
  /** What stands between two paragraphs. */
  readonly gap: number;
}

const characterBounds: PassageBounds = {
  measure: { sizeOf: (text) => text.length, fitting: (text, max) => Math.min(text.length, max) },
  titleMax: limits.passageTitleCharsMax,
  bodyMax: () => limits.passageCharsMax,
  gap: 2,
};

/** Text cut by its length. Raise the first number of the id with any change that can give another passage for some data. */
export const characterPassages: PassageRules = passagesWithin(
  `passages-2/${limits.passageCharsMax}/${limits.passageTitleCharsMax}`,
  characterBounds,
);

/**
 * Passages of an entity, in the order of its text; none when it has no text. Each is the title, a newline, and as many whole
 * sections as fit: those of Markdown, and each comment is one too. A section that no passage holds is in passages of its own, in whole
 * paragraphs; a longer paragraph is split at a line, a sentence or a word, in that order of preference. A heading stays with what
 * follows it. The data has passed the kind's schema.
 */
export function passagesWithin(id: string, bounds: PassageBounds): PassageRules {
  return { id, passagesOf: (key, data) => passagesOf(key, data, bounds) };
}

function passagesOf(key: EntityKey, data: JsonObject, bounds: PassageBounds): Passage[] {
  const text = kinds[key.kind].textOf(data);
  if (text === null) return [];
  const title = trim(text.title);
  const [head, rest] = headOf(title, bounds);
  const room = { measure: bounds.measure, max: bounds.bodyMax(head), gap: bounds.gap };
  const bodies = packSections([rest, ...text.sections].flatMap(sectionsOf), room);
  const ref = refOf(key);
  // A title alone is text: there is nothing that it is the title of.
  if (bodies.length === 0 && head !== '') return [passageOf(`${ref}#0`, '', head)];
  return bodies.map((body, n) => passageOf(`${ref}#${n}`, head, body));
}

function passageOf(id: Passage['id'], title: string, body: string): Passage {
  const text = title === '' ? body : `${title}\n${body}`;
  return { id, text, titleChars: title.length, hash: digestOf(text) };
}

/** The part of the title that is repeated, and what must be text to be found at all: all of a title that is too long. */
function headOf(title: string, { measure, titleMax }: PassageBounds): [head: string, rest: string] {
  const fitting = measure.fitting(title, titleMax);
  if (fitting >= title.length) return [title, ''];
  return [trim(title.slice(0, wholeCharacters(title, fitting))), title];
}

/** For what is said beside one title. */
interface Room {
  readonly measure: TextMeasure;
  readonly max: number;
  readonly gap: number;
}

interface Sized {
  readonly text: string;
  readonly size: number;
}

function packSections(sections: readonly Section[], room: Room): string[] {
  const packed: Sized[] = [];
  let whole: Sized[] = [];
  for (const section of sections) {
    const parts = pack(paragraphsOf(section, room), room);
    if (parts.length <= 1) {
      whole.push(...parts);
    } else {
      packed.push(...pack(whole, room), ...parts);
      whole = [];
    }
  }
  return [...packed, ...pack(whole, room)].map(({ text }) => text);
}

function paragraphsOf({ heading, body }: Section, room: Room): Sized[] {
  const [first = '', ...others] = body
    .split(/\n[ \t]*\n/)
    .map(trim)
    .filter((paragraph) => paragraph !== '');
  const opening = [trim(heading), first].filter((part) => part !== '').join('\n\n');
  return [opening, ...others]
    .flatMap((paragraph) => splitLong(paragraph, room))
    .filter((paragraph) => paragraph !== '')
    .map((text) => ({ text, size: room.measure.sizeOf(text) }));
}

/** Joins neighbours while they fit. */
function pack(units: readonly Sized[], { max, gap }: Room): Sized[] {
  const packed: Sized[] = [];
  for (const unit of units) {
    const last = packed.at(-1);
    if (last !== undefined && last.size + gap + unit.size <= max) {
      packed[packed.length - 1] = { text: `${last.text}\n\n${unit.text}`, size: last.size + gap + unit.size };
    } else {
      packed.push(unit);
    }
  }
  return packed;
}

function splitLong(paragraph: string, { measure, max }: Room): string[] {
  const parts: string[] = [];
  let rest = paragraph;
  for (let fits = measure.fitting(rest, max); fits < rest.length; fits = measure.fitting(rest, max)) {
    const end = splitPoint(rest.slice(0, fits));
    parts.push(trim(rest.slice(0, end)));
    rest = rest.slice(end);
  }
  parts.push(trim(rest));
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
