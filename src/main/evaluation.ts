/** The evaluation as the command line is handed it: suites, their streams, and engines in memory to play them into. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { compareReports } from '../../eval/compare/compare.js';
import { comparisonLines } from '../../eval/compare/lines.js';
import { comparisonPage } from '../../eval/compare/page.js';
import { readPolicySet, withPolicies } from '../../eval/compare/policies.js';
import { type Evaluated, type EvaluateParts, evaluate, reportAgain } from '../../eval/harness/evaluate.js';
import { suiteInvalid } from '../../eval/harness/fault.js';
import type { EvaluationEngines, Setup } from '../../eval/harness/setup.js';
import { readSuite, type Suite } from '../../eval/harness/suite.js';
import type { Report } from '../../eval/harness/types.js';
import { variedMethod } from '../../eval/harness/varied.js';
import { reportText } from '../../eval/report/json.js';
import { reportPage } from '../../eval/report/page.js';
import { readReport } from '../../eval/report/read.js';
import { terminalLines } from '../../eval/report/terminal.js';
import { plainSource } from '../../eval/streams/choose.js';
import type { StreamSource } from '../../eval/streams/source.js';
import type { CompareWish, Evaluation, ReportWish, RunWish, Told, Watching } from '../cli/evaluation.js';
import type { Config } from '../config.js';
import { canonicalJson, type JsonObject } from '../domain/canonical.js';
import { systemClock } from '../domain/clock.js';
import { instantText } from '../domain/time.js';
import { invariant } from '../errors.js';
import { topicsToOpen } from '../log/topics.js';
import { openPrompts } from '../prompts/folder.js';
import { generationOf } from '../retrieval/generation.js';
import { captureFrom } from './capture.js';
import { sourceOf } from './evaluation-streams.js';
import { methodNamed } from './method.js';
import { RunEnds } from './run-ends.js';
import { holdingFolder } from './run-folder.js';
import { fileName, shellText } from './run-names.js';

/** Runs, and the vectors that models have made for them. */
const FOLDER = 'data/eval';

export const evaluation: Evaluation = { run, compare, report, capture: captureFrom };

async function run(config: Config, wish: RunWish, watching: Watching): Promise<Told> {
  const suite = readSuite(wish.suite, wish.setup);
  const folder = resolve(wish.out ?? join(FOLDER, suite.name, fileName(suite.setup.name)));
  const ends = () => endsIn(folder, wish.resume);
  const evaluated = await evaluateOne(config, { ...wish, folder, ends }, watching);
  if (evaluated.kind === 'interrupted') return { ...evaluated, goOn: goOn('run', [wish.suite], wish) };
  return told(evaluated);
}

async function compare(config: Config, wish: CompareWish, watching: Watching): Promise<Told> {
  if (wish.kind === 'setups') return compareSetups(config, wish, watching);
  const [before, after] = wish.reports.map(reportIn);
  invariant(before !== undefined && after !== undefined, 'two files are two reports');
  return compared([before, after], resolve(wish.out ?? dirname(wish.reports[1])));
}

function reportIn(path: string): Report {
  const advice = 'A suite is compared with two of its set-ups: tidemark eval compare <suite> <a> <b>.';
  if (/\.ya?ml$/i.test(path)) throw suiteInvalid([`${path} is a suite, and no report`], advice);
  if (!existsSync(path)) throw suiteInvalid([`the report ${path} does not exist`], 'Name the report.json of a run.');
  return readReport(readFileSync(path, 'utf8'), path);
}

type SetupsWish = Extract<CompareWish, { kind: 'setups' }>;

/** One after the other over the same stream; each has a folder of its own beside the comparison. */
function compareSetups(config: Config, wish: SetupsWish, watching: Watching): Promise<Told> {
  const { suite: path, setups } = wish;
  const suites = setups.map((setup) => readSuite(path, setup));
  const folder = resolve(wish.out ?? join(FOLDER, suites[0]?.name ?? '', setups.map(fileName).join(' and ')));
  return holdingFolder(folder, () => compareIn(folder, { config, wish, watching }));
}

interface Comparing {
  readonly config: Config;
  readonly wish: SetupsWish;
  readonly watching: Watching;
}

async function compareIn(folder: string, { config, wish, watching }: Comparing): Promise<Told> {
  const { suite: path, setups, resume } = wish;
  const reports: Report[] = [];
  for (const [index, setup] of setups.entries()) {
    const progress = (done: number, total: number) => watching.progress(index * total + done, setups.length * total);
    // A stream that grew in between would be another one for the second.
    const ends = () => endsIn(folder, resume || index > 0);
    const one = { suite: path, setup, resume, folder: join(folder, fileName(setup)), ends };
    const evaluated = await evaluateOne(config, one, { ...watching, progress });
    if (evaluated.kind === 'interrupted') return { ...evaluated, goOn: goOn('compare', [path, ...setups], wish) };
    reports.push(evaluated.report);
  }
  const [before, after] = reports;
  invariant(before !== undefined && after !== undefined, 'two set-ups make two reports');
  return compared([before, after], folder);
}

async function compared([before, after]: readonly [Report, Report], folder: string): Promise<Told> {
  const comparison = compareReports(before, after);
  const text = canonicalJson(comparison);
  const files = [join(folder, 'comparison.html'), join(folder, 'comparison.json')] as const;
  mkdirSync(folder, { recursive: true });
  writeFileSync(files[0], await comparisonPage(comparison));
  writeFileSync(files[1], `${text}\n`);
  return { kind: 'done', passed: after.passed, lines: comparisonLines(comparison), json: JSON.parse(text), files };
}

interface OneRun extends Omit<RunWish, 'out'> {
  readonly folder: string;
  ends(): RunEnds;
}

/** Of the run in this folder. */
function endsIn(folder: string, isResumed: boolean): RunEnds {
  const path = join(folder, 'ends.json');
  return isResumed ? RunEnds.resume(path) : RunEnds.begin(path);
}

function evaluateOne(config: Config, wish: OneRun, watching: Watching): Promise<Evaluated> {
  // Read before anything is written: a folder is made for no suite that cannot be read.
  const suite = readSuite(wish.suite, wish.setup);
  return holdingFolder(wish.folder, () => evaluateIn(config, { ...wish, read: suite }, watching));
}

interface HeldRun extends OneRun {
  readonly read: Suite;
}

async function evaluateIn(config: Config, wish: HeldRun, watching: Watching): Promise<Evaluated> {
  const { read: suite } = wish;
  const played = await sourceOf(suite.stream, config, wish.ends());
  const { policies } = suite.setup;
  const source = policies === null ? played : withPolicies(played, readPolicySet(policies), config.topics);
  const parts: EvaluateParts = {
    suite,
    suitePath: resolve(wish.suite),
    setup: suite.setup,
    source,
    engines: evaluationEngines(config),
    topics: config.topics,
    folder: wish.folder,
    resume: wish.resume,
    ...watching,
    stopwatch: () => systemClock.monotonicMs(),
    startedAt: instantText(systemClock.wallMs()),
  };
  try {
    return await evaluate(parts);
  } finally {
    await source.close?.();
  }
}

async function report(_config: Config, { run, html }: ReportWish): Promise<Told> {
  const folder = resolve(run);
  const again = () =>
    reportAgain(folder, ({ suite: path }) => {
      const suite = readSuite(path);
      return { suite, source: plainSource(suite.stream) ?? noSource };
    });
  const evaluated = existsSync(folder) ? await holdingFolder(folder, again) : await again();
  if (html === undefined) return told(evaluated);
  mkdirSync(dirname(html), { recursive: true });
  writeFileSync(html, await reportPage(evaluated.report));
  return told({ ...evaluated, files: [html, ...evaluated.files] });
}

/** Logs bring no questions of their own, and nothing is played. */
const noSource: StreamSource = { name: 'a log', async *entries() {}, questions: async () => [] };

function told({ report, files }: Extract<Evaluated, { kind: 'done' }>): Told {
  const json = JSON.parse(reportText(report)) as JsonObject;
  return { kind: 'done', passed: report.passed, lines: terminalLines(report), json, files };
}

function goOn(command: string, words: readonly string[], { out, setup }: { out?: string; setup?: string }): string {
  const chosen = [...(setup === undefined ? [] : ['--setup', setup]), ...(out === undefined ? [] : ['--out', out])];
  return shellText(['eval', command, ...words, ...chosen, '--resume']);
}

/** Everything in memory, empty; a model's vectors are kept from run to run. */
function evaluationEngines(config: Config): EvaluationEngines {
  return {
    open: async (setup, { clock, logId, topics, partitionOf }) => {
      const { method, close } = await methodOfSetup(setup, config);
      const prompts = await openPrompts(config.PROMPTS);
      const log = new MemoryLog({ id: logId, topics: topicsToOpen(topics), clock: () => clock.wallMs(), partitionOf });
      const [state, index] = [new MemoryState(), new MemoryIndex(generationOf(method))];
      return {
        engines: { log, state, index, method, clock, topics, audit: 'required', prompts },
        close: async () => {
          await log.close();
          await close();
        },
      };
    },
  };
}

async function methodOfSetup(setup: Setup, config: Config) {
  const opened = await methodNamed(setup.embedder, config, { vectors: resolve(FOLDER, 'vectors') });
  try {
    return { ...opened, method: variedMethod(opened.method, setup) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
