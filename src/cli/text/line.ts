/**
 * Lines for people, before they are put on a terminal: spans with a meaning, no escape codes. Everything a person reads goes through
 * here, so that text of customers is made harmless in one place.
 */
import { styleText } from 'node:util';

export type Style = 'strong' | 'dim' | 'good' | 'warn' | 'bad';

export interface Span {
  readonly text: string;
  readonly style: Style | null;
}

/** One line; what does not fit the width goes on under `hang`. */
export interface Line {
  readonly indent: number;
  readonly hang: number;
  readonly spans: readonly Span[];
}

export function span(text: string, style: Style | null = null): Span {
  return { text, style };
}

/** `hang` is added to `indent` for every line but the first. */
export function line(parts: readonly (Span | string)[], indent = 0, hang = 0): Line {
  return { indent, hang: indent + hang, spans: parts.map((part) => (typeof part === 'string' ? span(part) : part)) };
}

export const blank: Line = line([]);

export interface Page {
  /** Columns; undefined does not wrap, for output that is not watched by a person. */
  readonly width: number | undefined;
  readonly colour: boolean;
}

const colours = { strong: 'bold', dim: 'dim', good: 'green', warn: 'yellow', bad: 'red' } as const;

/** The text of lines, each ended by a line feed. */
export function textOf(lines: readonly Line[], page: Page): string {
  return lines.map((one) => `${laidOut(one, page)}\n`).join('');
}

function laidOut({ indent, hang, spans }: Line, { width, colour }: Page): string {
  let row: Span[] = [];
  const rows = [row];
  let column = indent;
  for (const word of wordsOf(spans)) {
    const columns = [...word.text].length;
    if (width !== undefined && row.length > 0 && column + columns > width && word.text.trim() !== '') {
      row = [];
      rows.push(row);
      column = hang;
    }
    addTo(row, word);
    column += columns;
  }
  return rows.map((one, index) => rowText(one, index === 0 ? indent : hang, colour)).join('\n');
}

/** Words of one style become one piece again: escape codes stand where the style changes, not around each word. */
function addTo(row: Span[], word: Span): void {
  const last = row.at(-1);
  if (last?.style === word.style) row[row.length - 1] = span(last.text + word.text, word.style);
  else row.push(word);
}

function rowText(row: readonly Span[], indent: number, colour: boolean): string {
  const last = row.length - 1;
  const texts = row.map(({ text, style }, index) => {
    const shown = index === last ? text.trimEnd() : text;
    return colour && style !== null && shown !== '' ? styleText(colours[style], shown) : shown;
  });
  return `${' '.repeat(indent)}${texts.join('')}`.trimEnd();
}

function wordsOf(spans: readonly Span[]): readonly Span[] {
  return spans.flatMap(({ text, style }) =>
    printable(text)
      .split(/( +)/)
      .filter((word) => word !== '')
      .map((word) => span(word, style)),
  );
}

/**
 * Text that can do nothing to a terminal: line breaks and tabs become spaces; other control characters (C0, C1, DEL), which begin escape
 * sequences, and marks that turn the direction of text around are left out.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '');
}

/** At most `charsMax` characters, with a mark where something was cut. */
export function shortened(text: string, charsMax: number): string {
  const characters = [...text.slice(0, charsMax * 4)];
  return characters.length <= charsMax ? text : `${characters.slice(0, charsMax - 1).join('')}…`;
}

/** Fills up to a column; longer text keeps two spaces of distance. */
export function padded(text: string, columns: number): string {
  return `${text}  ${' '.repeat(Math.max(0, columns - [...text].length - 2))}`;
}
