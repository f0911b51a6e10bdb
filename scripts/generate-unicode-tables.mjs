/**
 * Writes src/retrieval/unicode-tables.generated.ts: which characters make words, and what each is folded to.
 * The tables are taken from the Unicode data of the Node that runs this script and then pinned, because a tokenizer that asked
 * its runtime would change its answer with the runtime. Run it only to move to a newer Unicode, which changes the tokenizer's id.
 * Usage: node scripts/generate-unicode-tables.mjs
 */
import { writeFileSync } from 'node:fs';

const CODE_POINT_MAX = 0x10ffff;
/** Classes are looked up in an array of this size; every word character of the data must be below it. */
const CLASSIFIED_BELOW = 0x40000;

const isWord = /^[\p{L}\p{M}\p{N}]$/u;
const isMark = /^\p{M}$/u;
const isLetterOrLetterNumber = /^[\p{L}\p{Nl}]$/u;
/** Scripts written without spaces between words. Hangul is not one of them. */
const isUnspacedScript =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]$/u;
const isIgnorable = /^\p{Default_Ignorable_Code_Point}$/u;
const isDecimalDigit = /^\p{Nd}$/u;
const isSurrogate = (code) => code >= 0xd800 && code <= 0xdfff;
const isHangulSyllable = (code) => code >= 0xac00 && code <= 0xd7a3;

/** Latin letters that have no decomposition and that people without the key write like this. */
const spelled = new Map(
  Object.entries({ æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ŋ: 'n', ı: 'i', ƒ: 'f' }),
);

/** Full decomposition, case folded, without the general combining diacritics; repeated until nothing changes. */
function foldOf(character) {
  let folded = character;
  for (;;) {
    const decomposed = folded.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');
    const next = Array.from(decomposed, foldedPartOf).join('');
    if (next === folded) return folded;
    folded = next;
  }
}

function foldedPartOf(character) {
  const code = character.codePointAt(0);
  // The modifier apostrophe inside U+0149; standing alone it is read as an apostrophe by unicode.ts.
  if ((code >= 0x300 && code <= 0x36f) || code === 0x2bc) return '';
  if (isIgnorable.test(character)) return '';
  if (isDecimalDigit.test(character)) return String(decimalValueOf(code));
  return spelled.get(character) ?? character;
}

/** Decimal digits come in runs of ten by the stability policy of Unicode; a run starts at a multiple of its neighbours' count. */
function decimalValueOf(code) {
  let first = code;
  while (first > 0 && isDecimalDigit.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}

function rangesOf(accepts) {
  const ranges = [];
  for (let code = 0; code < CLASSIFIED_BELOW; code++) {
    if (isSurrogate(code) || !accepts(String.fromCodePoint(code))) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  return ranges;
}

/** `gap+length` pairs in base 36: the distance from the end of the range before, then how many code points. */
function packedRanges(ranges) {
  let end = 0;
  return ranges.map(([first, last]) => {
    const pair = `${(first - end).toString(36)}+${(last - first + 1).toString(36)}`;
    end = last + 1;
    return pair;
  });
}

function foldings() {
  const found = [];
  for (let code = 0; code <= CODE_POINT_MAX; code++) {
    if (isSurrogate(code) || isHangulSyllable(code)) continue;
    const character = String.fromCodePoint(code);
    if (!isWord.test(character) && !isIgnorable.test(character)) continue;
    const folded = foldOf(character);
    // A sign that decomposes into something other than word characters (a fraction) stays what it is.
    if (folded === character || !Array.from(folded).every((part) => isWord.test(part))) continue;
    found.push({ code, to: Array.from(folded, (part) => part.codePointAt(0)) });
  }
  return found;
}

/** Runs with the same step and the same target shift become one entry: `gap+count+step+shift`, or `gap=a.b.c` for another shape. */
function packedFoldings(entries) {
  const packed = [];
  let before = 0;
  for (let i = 0; i < entries.length; ) {
    const { code, to } = entries[i];
    const gap = (code - before).toString(36);
    const run = runLengthAt(entries, i);
    before = entries[i + run.count - 1].code;
    if (run.kind === 'removed') packed.push(`${gap}+${run.count.toString(36)}`);
    else if (run.kind === 'several') packed.push(`${gap}=${to.map((part) => part.toString(36)).join('.')}`);
    else packed.push(`${gap}+${run.count.toString(36)}+${run.step.toString(36)}+${(to[0] - code).toString(36)}`);
    i += run.count;
  }
  return packed;
}

function runLengthAt(entries, start) {
  const first = entries[start];
  if (first.to.length === 0) {
    let count = 1;
    while (entries[start + count]?.code === first.code + count && entries[start + count].to.length === 0) count++;
    return { kind: 'removed', count, step: 1 };
  }
  if (first.to.length > 1) return { kind: 'several', count: 1, step: 1 };
  const shift = first.to[0] - first.code;
  const step = (entries[start + 1]?.code ?? first.code + 1) - first.code;
  let count = 1;
  for (; ; count++) {
    const next = entries[start + count];
    if (next === undefined || next.to.length !== 1 || next.code !== first.code + count * step) break;
    if (next.to[0] - next.code !== shift) break;
  }
  return { kind: 'shifted', count, step: count === 1 ? 1 : step };
}

function literal(name, comment, parts) {
  const lines = [];
  let line = '';
  for (const part of parts) {
    if (line.length + part.length > 108) {
      lines.push(line);
      line = '';
    }
    line += `${part} `;
  }
  if (line !== '') lines.push(line);
  const body = lines.map((text, at) => `  '${at === lines.length - 1 ? text.trimEnd() : text}'`).join(' +\n');
  return `/** ${comment} */\nexport const ${name} =\n${body};\n`;
}

const unspaced = (character) => isLetterOrLetterNumber.test(character) && isUnspacedScript.test(character);
const spaced = (character) => isWord.test(character) && !isMark.test(character) && !unspaced(character);
for (let code = CLASSIFIED_BELOW; code <= CODE_POINT_MAX; code++) {
  const character = String.fromCodePoint(code);
  if (isWord.test(character) && !isIgnorable.test(character))
    throw new Error(`word character above the table: ${code}`);
}

const rangeComment = 'in ranges `gap+length`, base 36, the gap counted from the end of the range before.';
const text = [
  '// Made by scripts/generate-unicode-tables.mjs; do not edit. Read by unicode.ts.\n',
  `/** Unicode version of these tables. Part of the tokenizer's id. */\nexport const unicodeVersion = '${process.versions.unicode}';\n`,
  `/** Every word character is below this code point. */\nexport const classifiedBelow = 0x${CLASSIFIED_BELOW.toString(16)};\n`,
  literal(
    'spacedRanges',
    `Letters and numbers of scripts that put spaces between words, ${rangeComment}`,
    packedRanges(rangesOf(spaced)),
  ),
  literal('unspacedRanges', `Letters of scripts that do not, ${rangeComment}`, packedRanges(rangesOf(unspaced))),
  literal(
    'markRanges',
    `Combining marks, ${rangeComment}`,
    packedRanges(rangesOf((character) => isMark.test(character))),
  ),
  literal(
    'foldings',
    'What word characters are folded to: `gap+count+step+shift` (the target is code point + shift), `gap+count` (removed) or `gap=a.b` (several); base 36, gaps from the last code point before.',
    packedFoldings(foldings()),
  ),
].join('\n');

writeFileSync(new URL('../src/retrieval/unicode-tables.generated.ts', import.meta.url), text);
