/** `tidemark eval run` ended in its middle, or run on another Node: the report has the bytes that it has anyway. */
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, dataFolderMissing } from '../data.js';
import { againLine, seed, size } from '../prove/settings.js';
import { seeded } from '../random.js';
import {
  answersPath,
  demoSuite,
  EvaluationRun,
  endRuns,
  hasReport,
  nodes,
  type RunPlan,
  reportBytes,
} from './evaluation-run.test-support.js';
import { ensureBuilt, removeFolder, scratchFolder } from './server.test-support.js';

const SEED = seed();
const again = againLine('eval/processes/evaluation.test.ts');
const QUESTIONS = 45;

let root: string;
/** Of a run that nobody disturbed. */
let expected: string;

beforeAll(async () => {
  ensureBuilt();
  root = scratchFolder();
  expected = await finished({ suite: demoSuite, folder: join(root, 'whole') });
}, 120_000);
afterEach(endRuns);
afterAll(() => removeFolder(root));

async function finished(plan: RunPlan): Promise<string> {
  expect(await new EvaluationRun(plan).exited).toMatchObject({ code: 0, signal: null });
  return reportBytes(plan.folder);
}

/** Resolves with how it ended, once it was ended behind so many answers or was quicker than that. */
async function ended(plan: RunPlan, answers: number, signal: NodeJS.Signals) {
  const run = new EvaluationRun(plan);
  const isThere = () => run.answers >= answers || run.hasExited;
  await expect.poll(isThere, { interval: 1, timeout: 60_000 }).toBe(true);
  run.signal(signal);
  return run.exited;
}

describe('a run of an evaluation', () => {
  const kills = size(3, 60);

  it(
    `that was killed ${kills} times, and lost the end of its last line, resumes to the same report; again: ${again}`,
    async () => {
      const random = seeded(SEED);
      const plan = { suite: demoSuite, folder: join(root, 'killed') };
      let bitten = 0;
      for (let kill = 0; kill < kills && !hasReport(plan.folder); kill++) {
        const after = 1 + Math.floor((kill * QUESTIONS) / (kills + 1)) + random.between(0, 3);
        const { signal } = await ended({ ...plan, isResumed: kill > 0 }, after, 'SIGKILL');
        if (signal !== 'SIGKILL') continue;
        bitten++;
        const path = answersPath(plan.folder);
        truncateSync(path, readFileSync(path).length - random.between(1, 40));
      }
      expect(bitten).toBeGreaterThan(0);
      expect(await finished({ ...plan, isResumed: true })).toBe(expected);
    },
    size(60_000, 600_000),
  );

  it('that was interrupted says how to go on, and goes on to the same report', async () => {
    const plan = { suite: demoSuite, folder: join(root, 'interrupted') };
    const { code, err } = await ended(plan, 5, 'SIGINT');
    expect([code, hasReport(plan.folder)]).toEqual([1, false]);
    expect(err).toMatch(
      /Interrupted after \d+ of 45 questions; their answers are kept\.\s+Go on with: tidemark eval run /,
    );
    expect(await finished({ ...plan, isResumed: true })).toBe(expected);
  }, 60_000);
});

const versions = nodes();
const names = versions.map(({ name }) => name).join(', ');
const onEach = async (plan: Pick<RunPlan, 'setup'>, name: string): Promise<ReadonlySet<string>> => {
  const reports = new Set<string>();
  for (const [index, { program }] of versions.entries()) {
    const folder = join(root, `${name}-${index}`);
    reports.add(await finished({ ...plan, suite: demoSuite, folder, node: program }));
  }
  return reports;
};

describe(`the same suite on ${names} (others: npm run test:matrix puts them into TIDEMARK_NODE_CACHE)`, () => {
  it('gives the same bytes of the report, but for its times', async () => {
    expect(await onEach({}, 'lexical')).toEqual(new Set([expected]));
  }, 120_000);

  const data = dataFolder();
  const withModel = data === undefined ? it.skip : it;
  const why = data === undefined ? ` (skipped: ${dataFolderMissing})` : '';
  withModel(
    `gives them with a real model too, which each computes anew${why}`,
    async () => {
      const setup = `transformers:${data}/models/all-MiniLM-L6-v2`;
      const first = await finished({ suite: demoSuite, setup, folder: join(root, 'model') });
      expect(first).not.toBe(expected);
      expect(await onEach({ setup }, 'model')).toEqual(new Set([first]));
    },
    300_000,
  );
});
