/**
 * `npm run eval [-- set …] [-- --json] [-- --update]`: every set by every set-up, plain BM25, the model alone and the committed
 * baseline beside ours, and the goals, met or missed. Without the data folder the demo world alone; what is not run is named. Ended
 * by Ctrl-C it goes on where it was; `--update` asks all anew and writes the baselines. Exits with 1 when a threshold of a suite is not met or a set could
 * not be read, with 2 when nothing was measured, or nothing of a set that was named.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProgress } from '../../src/cli/progress.js';
import { TidemarkError } from '../../src/errors.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { baselineOf, baselineText } from '../report/baseline.js';
import { QualityEngines } from './engines.js';
import { denseAlone, goalResults, type Measured } from './goals.js';
import {
  baselinePath,
  committedBaseline,
  type Done,
  type Measuring,
  play,
  reported,
  smallBaseline,
  suiteOf,
} from './measure.js';
import { type QualitySet, type SetupName, sets } from './sets.js';
import { goalLines, measuredLines } from './table.js';

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    setup: { type: 'string', multiple: true, default: [] },
  },
});

refuseUnknown('set', names, new Set(sets.map(({ name }) => name)));
refuseUnknown('set-up', flags.setup, new Set(sets.flatMap(({ setups }) => setups)));

function refuseUnknown(what: string, wished: readonly string[], known: ReadonlySet<string>): void {
  const unknown = wished.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  process.stderr.write(`no ${what} is called ${unknown.join(', ')}; there are ${[...known].join(', ')}\n`);
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

// npm runs scripts in the folder of package.json.
const root = process.cwd();
const data = dataFolder();
const modelFolder = data === undefined ? undefined : join(data, 'models/all-MiniLM-L6-v2');
const hasModel = modelFolder !== undefined && existsSync(modelFolder);
const folder = join(root, 'data/quality');
const engines = new QualityEngines(folder);
const notRun: string[] = [];

/** Undefined: ended before all was asked. */
async function measure(
  set: QualitySet,
  source: ReturnType<QualitySet['source']['open']>,
): Promise<readonly Measured[] | undefined> {
  const wished = set.setups.filter((setup) => flags.setup.length === 0 || flags.setup.includes(setup));
  const runnable = wished.filter((setup) => setup === 'lexical' || hasModel);
  for (const setup of wished.filter((one) => !runnable.includes(one))) {
    notRun.push(`${set.name} by ${setup}: the model all-MiniLM-L6-v2 is not in the data folder`);
  }
  const dones = new Map<SetupName, Done>();
  for (const setup of runnable) {
    const progress = startProgress(`${set.name} · ${setup}`, 'records and questions');
    const measuring = measuringWith((done, total) => progress.show(done, total));
    const result = await play(measuring, { set: set.name, setup, source }).finally(() => progress.done());
    if (result.kind === 'interrupted') return undefined;
    dones.set(setup, result);
  }
  return reportsOf(set, dones);
}

function measuringWith(progress: Measuring['progress']): Measuring {
  const model = `transformers:${modelFolder ?? ''}`;
  return { engines, root, folder, signal: stop.signal, model, progress, mayGoOn: !flags.update };
}

function reportsOf(set: QualitySet, dones: ReadonlyMap<SetupName, Done>): readonly Measured[] {
  const suite = suiteOf({ root }, set.name);
  const dense = dones.get('dense');
  const alone = dense === undefined ? [] : [baselineOf(reported(suite, dense, []), denseAlone)];
  return [...dones]
    .filter(([setup]) => setup !== 'dense')
    .map(([setup, done]) => {
      const committed = committedBaseline({ root }, { set: set.name, setup });
      const others = [...(committed === undefined ? [] : [committed]), ...(setup === 'minilm' ? alone : [])];
      return { set: set.name, setup, report: reported(suite, done, others) };
    });
}

/** What cannot be read is named, and costs the other sets nothing. */
async function measureOrName(set: QualitySet): Promise<readonly Measured[] | undefined> {
  try {
    return await measure(set, set.source.kind === 'own' ? set.source.open() : set.source.open(data ?? ''));
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    notRun.push(`${set.name}: ${error.message}`);
    hasUnread = true;
    return [];
  }
}

const measured: Measured[] = [];
let isWhole = true;
let hasUnread = false;
try {
  for (const set of sets.filter(({ name }) => names.length === 0 || names.includes(name))) {
    if (set.source.kind === 'data' && data === undefined) {
      notRun.push(`${set.name}: ${dataFolderMissing}`);
      continue;
    }
    const found = await measureOrName(set);
    isWhole &&= found !== undefined;
    if (found === undefined) break;
    measured.push(...found);
  }
} finally {
  await engines.close();
}

const goals = goalResults(measured);
if (flags.update) {
  for (const { set, setup, report } of measured) {
    const metrics = (suiteOf({ root }, set).metrics ?? []).filter((metric) => /@/.test(metric));
    writeFileSync(baselinePath({ root }, { set, setup }), baselineText(smallBaseline(report, metrics, 'committed')));
  }
}
if (flags.json) {
  const figures = measured.map(({ set, setup, report: { metrics, comparisons, passed } }) => ({
    set,
    setup,
    metrics,
    comparisons,
    passed,
  }));
  process.stdout.write(`${JSON.stringify({ isWhole, measured: figures, goals, notRun })}\n`);
} else {
  const told = notRun.map((line) => `not run: ${line}`);
  const ended = isWhole ? [] : ['ended before all was asked: run it again to go on'];
  const lines = [...measuredLines(measured), '', ...goalLines(goals), '', ...told, ...ended];
  process.stdout.write(`${lines.join('\n')}\n`);
}
const measuredSets = new Set(measured.map(({ set }) => set));
const hasNothing = measuredSets.size === 0 || names.some((name) => !measuredSets.has(name));
const hasPassed = isWhole && !hasUnread && measured.every(({ report }) => report.passed);
process.exitCode = isWhole && hasNothing ? 2 : hasPassed ? 0 : 1;
