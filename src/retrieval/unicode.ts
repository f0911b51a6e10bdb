/**
 * Which characters make words and what they are folded to, from pinned tables. The runtime's own tables (`\p{L}`, `toLowerCase`,
 * `normalize`, `Intl.Segmenter`) move with its version, and a replay on another Node would then rank differently.
 */
import { invariant } from '../errors.js';
import { classifiedBelow, foldings, markRanges, spacedRanges, unspacedRanges } from './unicode-tables.generated.js';

/** Not part of a word. */
export const OTHER = 0;
/** A letter or number of a script with spaces between words. */
export const SPACED = 1;
/** A letter of a script without: Han, kana, Bopomofo, Thai, Lao, Khmer, Myanmar. */
export const UNSPACED = 2;
/** A combining mark: belongs to the character before it. */
export const MARK = 3;

const classes = new Uint8Array(classifiedBelow);
fillRanges(spacedRanges, SPACED);
fillRanges(unspacedRanges, UNSPACED);
fillRanges(markRanges, MARK);

const folded = readFoldings();

export function classOf(codePoint: number): number {
  return codePoint < classifiedBelow ? (classes[codePoint] ?? OTHER) : OTHER;
}

/**
 * Text with compatibility forms decomposed (Unicode NFKD), letters case folded, digits as ASCII digits, and the general
 * diacritics (U+0300 to U+036F) and invisible characters removed: "Café", "CAFE" and "cafe" + U+0301 become the same.
 * Marks are not reordered: texts that differ only in the order of two marks on one letter stay different.
 */
export function fold(text: string): string {
  // On ASCII every version of Unicode agrees about case, so this is pinned too, and much faster.
  if (isAscii(text)) return text.toLowerCase();
  let result = '';
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    result += folded.get(codePoint) ?? (isHangulSyllable(codePoint) ? decomposedHangul(codePoint) : character);
  }
  return result;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;
const VOWELS = 21;
const TRAILS = 28;

function isHangulSyllable(codePoint: number): boolean {
  return codePoint >= HANGUL_FIRST && codePoint <= HANGUL_LAST;
}

/** The Unicode Standard, section 3.12: syllables decompose by arithmetic. Text typed in parts then meets text typed whole. */
function decomposedHangul(codePoint: number): string {
  const index = codePoint - HANGUL_FIRST;
  const lead = 0x1100 + Math.floor(index / (VOWELS * TRAILS));
  const vowel = 0x1161 + Math.floor((index % (VOWELS * TRAILS)) / TRAILS);
  const trail = index % TRAILS;
  return trail === 0 ? String.fromCharCode(lead, vowel) : String.fromCharCode(lead, vowel, 0x11a7 + trail);
}

function number36(text: string | undefined): number {
  const value = Number.parseInt(text ?? '', 36);
  invariant(Number.isSafeInteger(value), 'the Unicode tables are well formed');
  return value;
}

/** The format is told in the generated file. */
function fillRanges(packed: string, value: number): void {
  let end = 0;
  for (const pair of packed.split(' ')) {
    const [gap, length] = pair.split('+');
    const first = end + number36(gap);
    end = first + number36(length);
    classes.fill(value, first, end);
  }
}

function readFoldings(): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  let before = 0;
  for (const entry of foldings.split(' ')) before = readFolding(entry, before, found);
  // Apostrophes of other keyboards, and the full-width comma and dot between digits: no word characters, so not in the table.
  found.set(0x2019, "'").set(0x2018, "'").set(0x02bc, "'").set(0xff07, "'").set(0xff0c, ',').set(0xff0e, '.');
  return found;
}

/** Adds the code points of one entry and returns the last of them. */
function readFolding(entry: string, before: number, into: Map<number, string>): number {
  const [gap, several] = entry.split('=');
  if (several !== undefined) {
    const code = before + number36(gap);
    into.set(code, several.split('.').map(fromCode36).join(''));
    return code;
  }
  const [start, count, step, shift] = entry.split('+');
  let code = before + number36(start);
  for (let i = 0; i < number36(count); i++) {
    if (i > 0) code += step === undefined ? 1 : number36(step);
    into.set(code, shift === undefined ? '' : String.fromCodePoint(code + number36(shift)));
  }
  return code;
}

function fromCode36(text: string): string {
  return String.fromCodePoint(number36(text));
}
