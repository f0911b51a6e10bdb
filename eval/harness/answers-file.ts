/**
 * The answers of a run, kept as they come: NDJSON, the first line naming what they are answers to. A run that was killed goes on with
 * those that were written whole.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Digest } from '../../src/domain/canonical.js';
import { isJsonObject } from '../../src/domain/json.js';
import type { TidemarkError } from '../../src/errors.js';
import { suiteInvalid } from './fault.js';
import type { Answer } from './types.js';

export const ANSWERS_FILE = 'answers.ndjson';

export class AnswersFile {
  readonly #path: string;
  readonly #answers: Map<string, Answer>;

  private constructor(path: string, answers: Map<string, Answer>) {
    this.#path = path;
    this.#answers = answers;
  }

  /** Empty, whatever was there. `run` names what is answered: suite, set-up, stream and the code's own versions. */
  static begin(path: string, run: Digest): AnswersFile {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ format: 1, run })}\n`);
    return new AnswersFile(path, new Map());
  }

  /**
   * With what is there. An unfinished last line is cut off: its question is asked again. Throws `suite_invalid` for answers to
   * something else, which would pass for answers to this.
   */
  static resume(path: string, run: Digest): AnswersFile {
    if (!existsSync(path)) return AnswersFile.begin(path, run);
    const { answers, answeredTo, bytes } = readAnswersFile(path);
    if (answeredTo === undefined) return AnswersFile.begin(path, run);
    if (answeredTo !== run) {
      const fault = `${path} has answers to another suite, set-up, stream or version`;
      throw suiteInvalid([fault], 'Run without --resume to begin anew, or name another folder with --out.');
    }
    truncateSync(path, bytes);
    return new AnswersFile(path, answers);
  }

  get answers(): ReadonlyMap<string, Answer> {
    return this.#answers;
  }

  add(answer: Answer): void {
    appendFileSync(this.#path, `${JSON.stringify(answer)}\n`);
    this.#answers.set(answer.question, answer);
  }
}

interface Read {
  readonly answers: Map<string, Answer>;
  /** Undefined: not even the first line was written whole. */
  readonly answeredTo: string | undefined;
  /** Of the lines that were written whole. */
  readonly bytes: number;
}

/** Throws `suite_invalid` for a file that cannot be read, or has a damaged line in its middle. */
export function readAnswersFile(path: string): Read {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw suiteInvalid([`${path} cannot be read`], 'Name the folder of a run.');
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first, ...lines] = whole.split('\n').slice(0, -1).map(parsed);
  if (first === undefined) return { answers: new Map(), answeredTo: undefined, bytes: 0 };
  if (!isJsonObject(first) || typeof first.run !== 'string') throw damaged(path, 1);
  const answers = new Map<string, Answer>();
  for (const [index, line] of lines.entries()) {
    if (!isAnswer(line)) throw damaged(path, index + 2);
    answers.set(line.question, line);
  }
  return { answers, answeredTo: first.run, bytes: Buffer.byteLength(whole) };
}

/** Undefined where the line is no JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Written by us under the same digest, so what begins like one is one. */
function isAnswer(value: unknown): value is Answer {
  return isJsonObject(value) && typeof value.question === 'string' && Array.isArray(value.ranking);
}

function damaged(path: string, line: number): TidemarkError {
  return suiteInvalid([`${path}:${line}: is damaged`], 'Run without --resume to ask everything anew.');
}
