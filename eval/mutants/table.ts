/** The list "which check catches which", as a table that people read and a test holds against the mutants. */
import type { Mutant } from './mutant.js';

export function tableOf(mutants: readonly Mutant[]): string {
  const lines = mutants.map(({ name, promise, wrong, caughtBy }) => {
    const checks = caughtBy.map(({ file, title }) => `\`${file}\`: ${title}`).join('<br>');
    return `| \`${name}\` | ${promise} | ${wrong} | ${checks} |`;
  });
  return ['| mutant | breaks | what it does wrong | caught by |', '|---|---|---|---|', ...lines].join('\n');
}

/** The text with its table replaced: it goes to the end. */
export function withTable(text: string, mutants: readonly Mutant[]): string {
  const [head = ''] = text.split('| mutant |', 1);
  return `${head.trimEnd()}\n\n${tableOf(mutants)}\n`;
}
