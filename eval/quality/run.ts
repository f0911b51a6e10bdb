/**
 * `npm run eval [-- set …] [-- --json] [-- --update]`: every set by every set-up, plain BM25, the model alone and the committed
 * baseline beside ours, and the goals, met or missed. Without the data folder the demo world alone; what is not run is named. Ended
 * by Ctrl-C it goes on where it was; `--update` writes the baselines. Exits with 1 when a threshold of a suite is not met.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProgress } from '../../src/cli/progress.js';
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

const unknown = names.filter((name) => !sets.some((set) => set.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no set is called ${unknown.join(', ')}; there are ${sets.map(({ name }) => name).join(', ')}\n`,
  );
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
  return { engines, root, folder, signal: stop.signal, model: `transformers:${modelFolder ?? ''}`, progress };
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

const measured: Measured[] = [];
let isWhole = true;
try {
  for (const set of sets.filter(({ name }) => names.length === 0 || names.includes(name))) {
    if (set.source.kind === 'data' && data === undefined) {
      notRun.push(`${set.name}: ${dataFolderMissing}`);
      continue;
    }
    const source = set.source.kind === 'own' ? set.source.open() : set.source.open(data ?? '');
    const found = await measure(set, source);
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
process.exitCode = isWhole && measured.every(({ report }) => report.passed) ? 0 : 1;
