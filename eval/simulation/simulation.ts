/**
 * A whole service in a world that a seed has made up. The core is the real one (`openService` of `src/pipeline.ts`: materializer,
 * committer, indexer, witness, snapshots, audit, replay, intake); its ports (log, state, index, clock) are the memory engines behind a
 * line on which every single call is handed to one scheduler (`scheduler.ts`, `process.ts`, `faults.ts`). The scheduler delays and so
 * reorders, drops a call or its answer, lets it land late or twice, hangs, breaks a port for seconds, stops the process, or ends it at
 * that very call; records are delivered again and in any slices, and the wall clock jumps. Time is virtual: a run of minutes takes
 * milliseconds, and a seed is a run, the same bit by bit each time.
 *
 * Clients use it meanwhile (`clients.ts`, `readers.ts`): producers, one of poison, an operator, readers at every level of consistency,
 * an auditor. What they see is held against a model that folds the log in order with the pure fold (`model.ts`), at each answer
 * (`answers.ts`) and each write (`checked-state.ts`): safety. After the last client step faults end, and everything must be applied,
 * fresh and replayable within a bound of virtual time (`liveness.ts`).
 *
 * After the simulators of FoundationDB (Zhou and others, SIGMOD 2021, section 4) and TigerBeetle: safety under faults first, liveness
 * once they have ended.
 */
import { Operator, Producer, StrangeProducer } from './clients.js';
import type { Bites } from './faults.js';
import { checkEnd, recovers } from './liveness.js';
import { Auditor, Reader, type Release } from './readers.js';
import type { Violation } from './violation.js';
import { Workload } from './workload.js';
import { type Mutation, World } from './world.js';

/** Things each client does before faults end. */
const ACTS = 14;
/** A run that does not come to its end within this much virtual time is stuck: a client waits for what never comes. */
const RUN_MS = 1_000_000;

/** Of the trace: what is shown when a run fails. */
const LINES_KEPT = 20;

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly trace: readonly string[];
  readonly digest: string;
  readonly bites: Bites;
  readonly steps: number;
  readonly released: number;
  readonly replays: number;
  /** Virtual milliseconds from the last fault to everything being fresh. */
  readonly recoveredMs: number;
}

export async function simulate(seed: number, mutation: Mutation = {}, linesKept = LINES_KEPT): Promise<Outcome> {
  const world = new World(seed, mutation, linesKept);
  const { scheduler } = world;
  const releases: Release[] = [];
  const run = { isOver: false, recoveredMs: 0, auditor: undefined as Auditor | undefined };
  const story = async () => {
    await world.life.start();
  };
  void story().catch(world.broken);
  void play(world, releases, run)
    .catch(world.broken)
    .finally(() => {
      run.isOver = true;
    });
  await scheduler.run(() => run.isOver || world.violation !== undefined || scheduler.nowMs > RUN_MS);
  scheduler.end();
  if (scheduler.nowMs > RUN_MS) world.broken(new Error(`the run has not ended after ${RUN_MS} ms`));
  return {
    seed,
    violation: world.violation,
    trace: scheduler.trace.last,
    digest: scheduler.trace.digest,
    bites: world.faults.bites,
    steps: scheduler.steps,
    released: releases.length,
    replays: run.auditor?.replays ?? 0,
    recoveredMs: run.recoveredMs,
  };
}

interface Run {
  recoveredMs: number;
  auditor: Auditor | undefined;
}

async function play(world: World, releases: Release[], run: Run): Promise<void> {
  const { random, scheduler } = world;
  const workload = new Workload(random.fork());
  const reader = new Reader(world, random.fork(), workload, releases);
  const writer = new Reader(world, random.fork(), workload, releases);
  const readOwn = (tenant: string, token: string) => writer.read(tenant, 'at_least', [token]);
  const operator = new Operator(world, random.fork(), workload);
  const auditor = new Auditor(world, random.fork(), releases);
  run.auditor = auditor;
  const clients = [
    new Producer(world, random.fork(), workload, readOwn),
    new Producer(world, random.fork(), workload, async () => undefined),
    new StrangeProducer(world, random.fork(), workload),
    operator,
    reader,
    new Reader(world, random.fork(), workload, releases),
    auditor,
  ];
  const lives = clients.map(async (client) => {
    for (let n = 0; n < ACTS; n++) {
      await scheduler.sleep(random.chance(0.1) ? random.within(100, 3_000) : random.within(0, 60));
      await client.act();
    }
  });
  const trouble = (async () => {
    for (let n = 0; n < 8; n++) {
      await scheduler.sleep(random.within(20, 600));
      world.jumpWall();
      world.faults.breakPort(scheduler.nowMs);
    }
  })();
  await Promise.all([...lives, trouble]);
  const crew = { operator, reader, auditor, releases };
  run.recoveredMs = await recovers(world, crew);
  await checkEnd(world, crew);
}
