/** One stop of the tour: what is shown, whether it came out as promised. */
import type { Terminal } from '../terminal.js';
import { blank, type Line, line, span } from '../text/line.js';

export interface Step {
  readonly title: string;
  /** One sentence: what is to be seen here. */
  readonly explanation: string;
  readonly lines: readonly Line[];
  /** False when the service did not do what the tour says it does. */
  readonly kept: boolean;
  /** The same for programs. */
  readonly data: object;
}

export function showStep(terminal: Terminal, step: Step, number: number, json: boolean): void {
  if (json) {
    terminal.json({ step: number, title: step.title, kept: step.kept, ...step.data });
    return;
  }
  terminal.show([
    blank,
    line([span(`${number}. ${step.title}`, 'strong')]),
    line([span(step.explanation, 'dim')], 3),
    blank,
    ...step.lines.map((one) => ({ ...one, indent: one.indent + 3, hang: one.hang + 3 })),
    ...(step.kept ? [] : [line([span('This is not what it should be: please report it.', 'bad')], 3)]),
  ]);
}
