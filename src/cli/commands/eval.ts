/** `tidemark eval`: a stream is played again, questions are asked at their moments, and the answers are scored. */
import type { Command } from 'commander';
import { TidemarkError } from '../../errors.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command } from '../command.js';
import type { CompareWish, Evaluation, Told, ToldLine, Watching } from '../evaluation.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { startProgress } from '../progress.js';
import { blank, type Line, line, span } from '../text/line.js';
import { captureCommand } from './eval-capture.js';

export function evalCommand(cli: Cli): Command {
  return command(
    'eval',
    'Play a stream again, ask at each moment, score the answers: exit code 100 below a threshold',
    [
      'tidemark eval run eval/suites/demo.yaml',
      'tidemark eval run my-suite.yaml --setup minilm --json',
      'tidemark eval report data/eval/demo/lexical',
    ],
  )
    .enablePositionalOptions()
    .addCommand(runCommand(cli))
    .addCommand(compareCommand(cli))
    .addCommand(reportCommand(cli))
    .addCommand(captureCommand(cli));
}

interface RunOptions extends CommonOptions {
  readonly setup?: string;
  readonly out?: string;
  readonly resume?: true;
}

function runCommand(cli: Cli): Command {
  return command('run', 'Run a suite (YAML or JSON); an interrupted run goes on with --resume', [
    'tidemark eval run eval/suites/demo.yaml',
    'tidemark eval run my-suite.yaml --resume --out runs/tuesday',
  ])
    .argument('<suite>', 'the suite')
    .option('--setup <name>', 'one of the set-ups of the suite; by default its own choice')
    .option('--out <folder>', 'folder of answers and report; by default data/eval/<suite>/<set-up>')
    .option('--resume', 'keep the answers that are in the folder and go on behind them')
    .action(
      answering(cli, async (_, suite: string, options: RunOptions) => {
        const { setup, out, json } = options;
        const resume = options.resume === true;
        const wish = {
          suite,
          resume,
          ...(setup === undefined ? {} : { setup }),
          ...(out === undefined ? {} : { out }),
        };
        const work = (evaluation: Evaluation, watching: Watching) => evaluation.run(cli.config({}), wish, watching);
        return tell(cli, await watched(cli, 'Playing', work), json === true);
      }),
    );
}

function compareCommand(cli: Cli): Command {
  return command('compare', 'Run two set-ups over one stream: whose contexts changed, and for the better', [
    'tidemark eval compare my-suite.yaml lexical minilm',
    'tidemark eval compare my-suite.yaml lexical transformers:./models/all-MiniLM-L6-v2',
    'tidemark eval compare last-month/report.json data/eval/demo/lexical/report.json',
  ])
    .usage('[options] <suite> <a> <b> | <report a> <report b>')
    .argument(
      '<what...>',
      "a suite and two set-ups of it, or what EMBEDDER takes; or two runs' report.json; the present one first",
    )
    .option('--out <folder>', 'folder of both runs and the comparison; by default data/eval/<suite>/<a> and <b>')
    .option('--resume', 'keep the answers that are in the folder and go on behind them')
    .action(
      answering(cli, async (_, what: readonly string[], options: RunOptions) => {
        const wish = compareWishOf(what, options);
        const work = (evaluation: Evaluation, watching: Watching) => evaluation.compare(cli.config({}), wish, watching);
        return tell(cli, await watched(cli, 'Playing twice', work), options.json === true);
      }),
    );
}

function compareWishOf([first, second, third, ...more]: readonly string[], options: RunOptions): CompareWish {
  const out = options.out === undefined ? {} : { out: options.out };
  if (first === undefined || second === undefined || more.length > 0)
    throw new TidemarkError({
      code: 'config_invalid',
      message: 'compare takes a suite and two set-ups, or two reports',
      advice: 'Such as: tidemark eval compare my-suite.yaml lexical minilm',
      retriable: false,
    });
  if (third === undefined) return { kind: 'reports', reports: [first, second], ...out };
  return { kind: 'setups', suite: first, setups: [second, third], resume: options.resume === true, ...out };
}

function reportCommand(cli: Cli): Command {
  return command('report', 'Make the report of a finished run again, such as against another baseline', [
    'tidemark eval report data/eval/demo/lexical',
    'tidemark eval report data/eval/demo/lexical --html ~/demo.html',
  ])
    .argument('<folder>', 'folder of the run')
    .option('--html <file>', 'write the page there as well')
    .action(
      answering(cli, async (_, run: string, { json, html }: CommonOptions & { readonly html?: string }) => {
        const wish = { run, ...(html === undefined ? {} : { html }) };
        return tell(cli, await evaluationOf(cli).report(cli.config({}), wish), json === true);
      }),
    );
}

/** Progress on a terminal, and an interrupt that ends in order. */
async function watched(
  cli: Cli,
  title: string,
  work: (evaluation: Evaluation, watching: Watching) => Promise<Told>,
): Promise<Told> {
  const evaluation = evaluationOf(cli);
  const interrupt = cli.interrupt();
  const progress = startProgress(title, 'steps');
  try {
    return await work(evaluation, { signal: interrupt.signal, progress: progress.show });
  } finally {
    progress.done();
    interrupt.release();
  }
}

function tell({ terminal }: Cli, told: Told, json: boolean): ExitCode {
  if (told.kind === 'interrupted') {
    const { done, total, goOn } = told;
    terminal.note([
      line([`Interrupted after ${done} of ${total} questions; their answers are kept.`]),
      line([`Go on with: tidemark ${goOn}`]),
    ]);
    return exitCodes.failed;
  }
  if (json) terminal.json(told.json);
  else terminal.show([...told.lines.map(lineOf), blank, ...pagesOf(told).map((path) => line([`Page: ${path}`]))]);
  return told.passed ? exitCodes.ok : exitCodes.threshold;
}

function pagesOf({ files }: { readonly files: readonly string[] }): readonly string[] {
  return files.filter((path) => path.endsWith('.html')).slice(0, 1);
}

function lineOf({ text, tone }: ToldLine): Line {
  const indent = text.length - text.trimStart().length;
  return line([span(text.trimStart(), tone === 'plain' ? null : tone)], indent, 2);
}

function evaluationOf({ composition }: Cli): Evaluation {
  if (composition.evaluation !== undefined) return composition.evaluation;
  throw new TidemarkError({
    code: 'config_invalid',
    message: 'this program was built without the evaluation',
    advice: 'Use the package as it is published.',
    retriable: false,
  });
}
