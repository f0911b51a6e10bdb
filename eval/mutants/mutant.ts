/** A wrong implementation: a real source file with one idea of it turned round, and the tests that are to notice. */

/** An exact replacement. `find` stands exactly once in the file: a mutant whose place has moved does not apply, and says so. */
export interface Edit {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replacement: string;
}

export interface Mutant {
  /** Also the name of its folder. */
  readonly name: string;
  /** The promise it breaks, `P1` to `P16`; or what says how good the answers are. */
  readonly promise: `P${number}` | 'evaluation';
  /** What it does wrong, as a sentence without its full stop. */
  readonly wrong: string;
  readonly edits: readonly Edit[];
  /** The quickest of the checks that catch it. */
  readonly caughtBy: readonly [Check, ...Check[]];
}

/** A test whose failure is about the promise. Of a file that fails for another reason nothing is said. */
export interface Check {
  /** Its test file, from the root of the repository. */
  readonly file: string;
  /** A part of its title, as the runner gives it: with the titles around it. */
  readonly title: string;
}

/** Thrown where an edit finds its text not once: the source has changed, and the mutant must be looked at again. */
export class DoesNotApply extends Error {
  constructor(mutant: string, { file, find }: Edit, times: number) {
    super(`mutant "${mutant}" does not apply: its text stands ${times} times in ${file}: ${find.trim()}`);
  }
}

/** The text of the file after the edit. */
export function applied(mutant: string, edit: Edit, text: string): string {
  const [before = '', ...rest] = text.split(edit.find);
  if (rest.length !== 1) throw new DoesNotApply(mutant, edit, rest.length);
  return before + edit.replacement + (rest[0] ?? '');
}
