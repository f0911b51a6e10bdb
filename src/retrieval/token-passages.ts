/**
 * Passages by the pieces of text that a model reads. What does not fit its window is not read, so a passage with its title stays
 * within it, by the model's own tokenizer; where to cut is decided as for characters.
 */
import { limits } from '../limits.js';
import type { PassageRules } from './method.js';
import { passagesWithin, type TextMeasure } from './passages.js';

export interface TokenWindow {
  /** Names the tokenizer: another one, another id. */
  readonly tokenizer: string;
  /** Pieces of a text, without those that the model adds itself. */
  countPieces(text: string): number;
  /** Of a passage with its title, in pieces. */
  readonly piecesMax: number;
}

/** A title of more is repeated in part: most of a passage is its own. */
const TITLE_SHARE = 1 / 4;

/** Pure, and synchronous: a word that was measured is not measured again. */
export function tokenPassages({ tokenizer, countPieces, piecesMax }: TokenWindow): PassageRules {
  const measure = pieceMeasure(countPieces);
  const rules = passagesWithin(`passages-2/${tokenizer}/${piecesMax}`, {
    measure,
    titleMax: Math.floor(piecesMax * TITLE_SHARE),
    bodyMax: (title) => piecesMax - measure.sizeOf(title),
    // White space alone is no piece to tokenizers that cut words at it, and one to some that do not.
    gap: countPieces('a\n\na') - 2 * countPieces('a'),
  });
  return { ...rules, partsOf: (question) => evenParts(question, measure, piecesMax) };
}

/** As few parts as fit, of about one size: each part's vector counts the same, so a short rest would count too much. */
function evenParts(text: string, { sizeOf, fitting }: TextMeasure, piecesMax: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  for (let size = sizeOf(rest); size > piecesMax; size = sizeOf(rest)) {
    const end = fitting(rest, Math.ceil(size / Math.ceil(size / piecesMax)));
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return parts.length > 0 && sizeOf(rest) === 0 ? parts : [...parts, rest];
}

/**
 * The pieces of a text are those of its words: a tokenizer that cuts at white space gives exactly this, and others rarely more than
 * their words alone. Words repeat, so measuring them costs a fiftieth of tokenizing the text.
 */
export function pieceMeasure(countPieces: (text: string) => number): TextMeasure {
  const known = new Map<string, number>();
  const sizeOfWord = (word: string): number => {
    const found = known.get(word);
    if (found !== undefined) return found;
    const size = countPieces(word);
    // All at once: what is used is soon there again, and keeping an order would cost more than it saves.
    if (known.size >= limits.wordsMeasuredMax) known.clear();
    if (word.length <= limits.termLengthMax) known.set(word, size);
    return size;
  };
  // What fits is measured right after it was found to fit.
  let last = { text: '', size: 0 };
  const sizeOf = (text: string): number => {
    if (text === last.text) return last.size;
    let size = 0;
    for (const word of text.match(/\S+/g) ?? []) size += sizeOfWord(word);
    last = { text, size };
    return size;
  };
  return {
    sizeOf,
    // Most of what is asked about fits, and to see that takes a third of finding where a text is to end.
    fitting: (text, max) => (sizeOf(text) <= max ? text.length : fitting(text, max, sizeOfWord)),
  };
}

function fitting(text: string, max: number, sizeOfWord: (word: string) => number): number {
  const word = /\S+/g;
  let room = max;
  let end = 0;
  for (let match = word.exec(text); match !== null; match = word.exec(text)) {
    const size = sizeOfWord(match[0]);
    if (size > room) {
      // A word that no passage holds is cut inside; any other goes whole into the next one.
      const part = size > max ? match.index + fittingPart(match[0], room, sizeOfWord) : Math.max(end, match.index);
      return Math.min(text.length, Math.max(part, 2));
    }
    room -= size;
    end = word.lastIndex;
  }
  return text.length;
}

/** The longest beginning of one word by halving: more of a word is hardly ever fewer pieces. */
function fittingPart(word: string, room: number, sizeOf: (text: string) => number): number {
  // No piece is longer than a word of any language.
  let [low, high] = [0, Math.min(word.length, room * limits.termLengthMax + 1)];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sizeOf(word.slice(0, middle)) <= room) low = middle;
    else high = middle;
  }
  return low;
}
