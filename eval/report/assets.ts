/** What the pages are made of: our own modules for browsers in `static`, and uPlot of the installed package. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Assets {
  readonly styles: readonly string[];
  /** Run before the module, and seen by it; null where nothing is plotted. */
  readonly library: string | null;
  readonly module: string;
}

/** In order of use: a module comes after those it imports. */
const shared = ['dom.js', 'format.js', 'theme.js', 'list.js', 'ranking.js', 'question.js'];
const modules = {
  report: [...shared, 'series.js', 'plot.js', 'charts.js', 'report.js'],
  comparison: [...shared, 'change.js', 'comparison.js'],
} as const;

export type PageName = keyof typeof modules;

export async function readAssets(page: PageName): Promise<Assets> {
  const sources = await Promise.all(modules[page].map(readStatic));
  const ours = await readStatic('page.css');
  const module = joined(sources);
  if (page === 'comparison') return { styles: [ours], library: null, module };
  const [library, libraryStyle] = await Promise.all([readLibrary('uPlot.iife.min.js'), readLibrary('uPlot.min.css')]);
  return { styles: [libraryStyle, ours], library, module };
}

/** Modules as one: they share their top level, so what one imports of another is there already. */
export function joined(sources: readonly string[]): string {
  return sources
    .map((source) => source.replace(/^import [^;]*;\n/gm, '').replace(/^export (?=const|function|class)/gm, ''))
    .join('\n');
}

function readStatic(name: string): Promise<string> {
  return readFile(join(fileURLToPath(new URL('./static/', import.meta.url)), name), 'utf8');
}

function readLibrary(name: string): Promise<string> {
  const installed = createRequire(import.meta.url).resolve('uplot/package.json');
  return readFile(join(dirname(installed), 'dist', name), 'utf8');
}
