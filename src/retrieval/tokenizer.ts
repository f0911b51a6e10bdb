/** Text to terms. One function for passages and questions, pinned to tables of its own and named in every stamp. */
import { limits } from '../limits.js';
import { isFunctionWord, singular } from './english.js';
import { classOf, fold, MARK, OTHER, SPACED, UNSPACED } from './unicode.js';
import { unicodeVersion } from './unicode-tables.generated.js';

/** Raise the number with any change that can give another term for some text. */
export const tokenizerId = `tidemark-words-1/unicode-${unicodeVersion}`;

/**
 * Terms in the order of the text, at most `limits.termsMax`, each at most `limits.termLengthMax` UTF-16 units.
 * - Letters, digits and their marks make words; everything else separates them ("open_account" is two).
 * - An apostrophe separates too, and a single letter beside it is dropped: "customer's" is "customer", "l'avion" is "avion".
 * - A dot between digits stays ("2.5", "v1.2"), a comma before three digits goes ("1,000" is "1000").
 * - Scripts without spaces give each character and each pair of neighbours.
 * - English function words are dropped and English plurals folded (see `english.ts`).
 */
export function tokenize(text: string): string[] {
  const folded = fold(text);
  const terms: string[] = [];
  let at = 0;
  while (at < folded.length && terms.length < limits.termsMax) {
    const kind = classAt(folded, at);
    if (kind === SPACED) at = readWord(folded, at, terms);
    else if (kind === UNSPACED) at = readUnspaced(folded, at, terms);
    else at += widthAt(folded, at);
  }
  if (terms.length > limits.termsMax) terms.length = limits.termsMax;
  return terms;
}

/** How often each term occurs, in order of first occurrence. */
export function countTerms(terms: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

const APOSTROPHE = 0x27;
const COMMA = 0x2c;
const DOT = 0x2e;

/** Reads the word that starts here, adds its term, and returns where it ends. */
function readWord(folded: string, start: number, terms: string[]): number {
  let word = '';
  let from = start;
  let at = start;
  while (at < folded.length) {
    const code = folded.charCodeAt(at);
    if (code === DOT && isDigitAt(folded, at - 1) && isDigitAt(folded, at + 1)) {
      at++;
    } else if (code === COMMA && isThousandsComma(folded, at)) {
      word += folded.slice(from, at);
      from = ++at;
    } else {
      const kind = classAt(folded, at);
      if (kind !== SPACED && kind !== MARK) break;
      at += widthAt(folded, at);
    }
  }
  word += folded.slice(from, at);
  if (!isElision(folded, word, start, at)) addTerm(word, terms);
  return at;
}

/** One letter beside an apostrophe, as in "customer's" and "l'avion", says nothing alone. */
function isElision(folded: string, word: string, start: number, end: number): boolean {
  if (word.length !== 1 || isDigitAt(word, 0)) return false;
  const afterWord = folded.charCodeAt(start - 1) === APOSTROPHE && classBefore(folded, start - 1) !== OTHER;
  return afterWord || (folded.charCodeAt(end) === APOSTROPHE && classAt(folded, end + 1) !== OTHER);
}

/** Between digits and before exactly three of them. */
function isThousandsComma(folded: string, at: number): boolean {
  const three = isDigitAt(folded, at + 1) && isDigitAt(folded, at + 2) && isDigitAt(folded, at + 3);
  return three && isDigitAt(folded, at - 1) && !isDigitAt(folded, at + 4);
}

/** Reads a run of characters of a script without spaces; marks stay with the character before them. */
function readUnspaced(folded: string, start: number, terms: string[]): number {
  let before = '';
  let at = start;
  while (at < folded.length && classAt(folded, at) === UNSPACED && terms.length < limits.termsMax) {
    const from = at;
    at += widthAt(folded, at);
    while (at < folded.length && classAt(folded, at) === MARK) at += widthAt(folded, at);
    const character = cut(folded.slice(from, at));
    if (before !== '') terms.push(cut(before + character));
    terms.push(character);
    before = character;
  }
  return at;
}

function addTerm(word: string, terms: string[]): void {
  if (!isFunctionWord(word)) terms.push(singular(cut(word)));
}

/** A longer word is an encoded blob; its head finds it. No surrogate pair is split. */
function cut(word: string): string {
  if (word.length <= limits.termLengthMax) return word;
  const last = word.charCodeAt(limits.termLengthMax - 1);
  return word.slice(0, last >= 0xd800 && last <= 0xdbff ? limits.termLengthMax - 1 : limits.termLengthMax);
}

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 0xd800 || code > 0xdbff) return Number.isNaN(code) ? OTHER : classOf(code);
  return classOf(text.codePointAt(at) ?? 0);
}

function classBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return classAt(text, code >= 0xdc00 && code <= 0xdfff ? at - 2 : at - 1);
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
