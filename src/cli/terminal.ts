/** Where commands write: results on standard output, everything else on standard error. */
import { type Line, type Page, textOf } from './text/line.js';

export interface Terminal {
  /** A result for a person. */
  show(lines: readonly Line[]): void;
  /** A result for a program: one JSON document on one line. */
  json(value: unknown): void;
  /** What is said beside the result: progress, warnings, errors. */
  note(lines: readonly Line[]): void;
}

export interface TerminalStreams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  readonly page: Page;
}

export function terminalOn({ out, err, page }: TerminalStreams): Terminal {
  return {
    show: (lines) => void out.write(textOf(lines, page)),
    json: (value) => void out.write(`${jsonText(value)}\n`),
    note: (lines) => void err.write(textOf(lines, { ...page, colour: false })),
  };
}

/** `JSON.stringify`, with DEL and the C1 controls escaped as well: a terminal may take those for commands. */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
}

const WIDTH_MIN = 40;
const WIDTH_MAX = 120;

/** Of this process. Node itself honours NO_COLOR and FORCE_COLOR when it tells whether a stream has colours. */
export function processTerminal(colourWanted: boolean): Terminal {
  const { stdout, stderr } = process;
  const width = stdout.isTTY ? Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, stdout.columns)) : undefined;
  const colour = colourWanted && stdout.isTTY && stdout.hasColors();
  return terminalOn({ out: stdout, err: stderr, page: { width, colour } });
}
