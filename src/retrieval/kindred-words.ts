/**
 * Other forms of an English word: what is asked as "cancelled" is written as "cancel", "cancelling" or "cancellation". A full stemmer
 * makes them one word, and gained on one set of questions what it lost on another; here each stays what it is, and the others count for
 * a little beside the one that was asked. Forms are made, not looked up: those that no passage holds weigh nothing.
 */
import { limits } from '../limits.js';

/** What may stand at the end of a word and be exchanged for another of them; plurals are folded before. */
const endings: readonly string[] = (
  ' e y ed ing er or ion ation ied ying ication ment al able ible ive ance ence ant ent ly ity ness ful ist ize ic ical ate ated ating ' +
  'ator ier ency ancy'
).split(' ');

/** Before these the last consonant may be doubled: "refer", "referred". */
const doublingEndings: readonly string[] = ['ed', 'ing', 'er', 'ation', 'able', 'or'];
const doubling: ReadonlySet<string> = new Set(doublingEndings);
const doubled = /([bdfgklmnprtvz])\1$/;
const mayDouble = /[aeiou][bdfgklmnprtvz]$/;

/** Of a shorter beginning the words have nothing in common: "ration" is no form of "rate". */
const ROOT_LENGTH_MIN = 4;

const known = new Map<string, readonly string[]>();

/** Without the word itself, each once, some of them no words at all; none for what is not of letters a to z. */
export function kindredOf(word: string): readonly string[] {
  const found = known.get(word);
  if (found !== undefined) return found;
  const forms = /^[a-z]+$/.test(word) ? formsOf(word) : [];
  // All at once: questions ask by the same words, so what is used is soon there again.
  if (known.size >= limits.kindredKnownMax) known.clear();
  known.set(word, forms);
  return forms;
}

function formsOf(word: string): readonly string[] {
  const forms = new Set<string>();
  for (const root of endings.flatMap((ending) => rootsOf(word, ending))) {
    for (const ending of endings) forms.add(root + ending);
    if (mayDouble.test(root)) for (const ending of doublingEndings) forms.add(root + root.slice(-1) + ending);
  }
  forms.delete(word);
  return [...forms];
}

/** What the word may be made of with this ending: none, one, or one with and one without a doubled consonant. */
function rootsOf(word: string, ending: string): readonly string[] {
  const root = word.slice(0, word.length - ending.length);
  if (!word.endsWith(ending) || root.length < ROOT_LENGTH_MIN) return [];
  return doubling.has(ending) && doubled.test(root) ? [root, root.slice(0, -1)] : [root];
}
