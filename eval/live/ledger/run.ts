/** One run of the ledger: the load goes on while faults follow each other; then all becomes quiet, and the checkers read what was seen. */
import type { Random } from '../../random.js';
import { countsAddUp, enginesAgree, type Finding, finding, nothingLost } from './checkers.js';
import { cut, type Fault, flushed, killed, qdrantRestarted, redisRestarted, redisStops, zombie } from './faults.js';
import { answerOf, type Reply } from './history.js';
import { keyOf } from './instances.js';
import { contentIsTheFold, noFalseAge, nothingBreaks, nothingRegresses } from './reply-checkers.js';
import { type Quiet, quiesce, type Scene } from './scene.js';

export interface RunPlan {
  /** Records, at least: the load goes on until the last fault is over. */
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly readsPerSecond: number;
  readonly replays: number;
  readonly random: Random;
}

export interface Ran {
  readonly findings: readonly Finding[];
  /** What was done, and what showed that it bit. */
  readonly bites: readonly string[];
  readonly conflicts: number;
  /** Of those, of an instance that had stood still past its session, with the write on its way. */
  readonly lateRefused: number;
  readonly records: number;
  readonly replies: readonly Reply[];
  /** Over the time in which there was load. */
  readonly readsPerSecond: number;
}

const ZOMBIES_MAX = 4;

export async function runLedger(scene: Scene, plan: RunPlan): Promise<Ran> {
  const { source, readers, instances } = scene;
  await source.sendSome(source.subjects.length);
  const bites: string[] = [];
  let areFaultsOver = false;
  let isLoadOver = false;
  const isEnough = () => areFaultsOver && source.acked.length >= plan.records;
  const sinceMs = performance.now();
  const load = source.run(plan.recordsPerSecond, isEnough).finally(() => {
    isLoadOver = true;
  });
  const reads = readers.run(plan.readsPerSecond, () => isLoadOver);
  const faults = (async () => {
    for (const fault of once) bites.push(await bite(scene, fault));
    while (source.acked.length < plan.records) bites.push(await bite(scene, plan.random.pick(again)));
    for (let tried = 1; tried < ZOMBIES_MAX && instances.lateRefused === 0; tried++)
      bites.push(await bite(scene, zombie));
  })().finally(() => {
    areFaultsOver = true;
  });
  await Promise.all([load, reads, faults]);
  const readsPerSecond = (readers.replies.length * 1_000) / (performance.now() - sinceMs);
  const quiet = await quiesce(scene);
  const conflicts = await instances.total('tidemark_write_conflicts');
  const findings = [...check(scene, quiet), await replays(scene, plan)];
  const { lateRefused } = instances;
  return {
    findings,
    bites,
    conflicts,
    lateRefused,
    records: source.acked.length,
    replies: readers.replies,
    readsPerSecond,
  };
}

/** In this order: what an instance makes of a state that was lost shows when it starts again. */
const once: readonly Fault[] = [
  killed('a'),
  cut,
  redisStops,
  redisRestarted,
  qdrantRestarted,
  flushed,
  killed('b'),
  zombie,
];
const again: readonly Fault[] = [
  killed('a'),
  killed('b'),
  killed('c'),
  cut,
  redisStops,
  redisRestarted,
  qdrantRestarted,
  zombie,
];

async function bite(scene: Scene, fault: Fault): Promise<string> {
  const fromMs = performance.now();
  try {
    const shown = await fault.run(scene);
    return `${fault.name}: ${shown}, ${((performance.now() - fromMs) / 1_000).toFixed(1)} s`;
  } catch (error) {
    throw new Error(`${fault.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function check(
  { source, readers, instances }: Scene,
  { dump, fold, state, index, counted, sources }: Quiet,
): readonly Finding[] {
  return [
    nothingBreaks(readers.replies, instances.surprises),
    nothingLost(source.acked, dump, state),
    nothingRegresses(readers.replies, fold),
    contentIsTheFold(readers.replies, fold),
    noFalseAge(readers.replies, source.acked),
    enginesAgree(fold, state, index),
    countsAddUp(counted, fold, sources),
  ];
}

/** C3 again, by the service's own proof: answers of any instance are made again by another, from all that they were made of. */
async function replays({ readers, instances }: Scene, { replays: count, random }: RunPlan): Promise<Finding> {
  const answered = readers.replies.filter(({ status }) => status === 200);
  const faults: (string | undefined)[] = [];
  const chosen = Array.from({ length: Math.min(count, answered.length) }, () => random.pick(answered));
  for (const reply of chosen) {
    const id = answerOf(reply)?.id;
    const name = random.pick(instances.answering);
    const ask = () => instances.server(name).ask(`/v1/snapshots/${id}/replay`, { depth: 'full' }, keyOf(reply.tenant));
    // A connection that nobody used for long may be closed while the question is on its way: then nothing was answered.
    const first = await ask();
    const heard = first.kind === 'cut' ? await ask() : first;
    const verdict = heard.kind === 'reply' ? heard.text : 'cut';
    const isMatch = heard.kind === 'reply' && heard.body.verdict === 'MATCH' && heard.body.depth === 'full';
    faults.push(isMatch ? undefined : `${id} of ${reply.instance} by ${name}: ${verdict.slice(0, 600)}`);
  }
  return finding('C3 replay', chosen.length, faults);
}
