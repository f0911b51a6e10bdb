/**
 * The machine a run happens on: the disk, the process that runs now, those before it that have not ended yet, and what starts the next
 * one. Two kinds of world: in one the stores are memory and end with their process; in the other they survive it, as stores across a
 * network do, and a process that stood still may come back to them beside its successor.
 */

import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { TidemarkError } from '../../src/errors.js';
import type { LogRecord } from '../../src/log/port.js';
import { type Engines, openService, type Service } from '../../src/pipeline.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod } from '../../src/retrieval/method.js';
import type { RetrievalIndex } from '../../src/retrieval/port.js';
import type { StateStore } from '../../src/state/port.js';
import { type Random, scattered } from '../random.js';
import { Answers } from './answers.js';
import { CheckedState } from './checked-state.js';
import { DurableLog } from './durable-log.js';
import { Faults } from './faults.js';
import { Model } from './model.js';
import { type Machine, Process } from './process.js';
import { Scheduler } from './scheduler.js';
import { SimulatedLog } from './simulated-log.js';
import { SimulatedIndex, SimulatedState } from './simulated-stores.js';
import { Violation } from './violation.js';
import { EPOCH_MS, topics } from './workload.js';

/** Takes the place of a port: how a broken implementation is brought in. */
export interface Mutation {
  /** Between the service and the line. */
  ports?(engines: Engines, scheduler: Scheduler): Engines;
  /** At the far end of the line. */
  state?(state: StateStore): StateStore;
}

export interface Stores {
  readonly name: string;
  readonly state: StateStore;
  readonly index: RetrievalIndex;
}

/** A process and what it runs; no service while it is still opening. */
export interface Running {
  readonly process: Process;
  readonly stores: Stores;
  service: Service | undefined;
}

export type Asked<T> =
  | { readonly kind: 'answered'; readonly value: T; readonly by: Running }
  | { readonly kind: 'failed'; readonly code: string }
  /** The process ended, or there was none. */
  | { readonly kind: 'lost' };

export class World implements Machine {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Faults;
  readonly model = new Model(topics);
  readonly durable: DurableLog;
  readonly answers: Answers;
  readonly life: Life;
  readonly verdict: Verdict;

  constructor(seed: number, mutation: Mutation, linesKept: number) {
    this.scheduler = new Scheduler(linesKept);
    this.verdict = new Verdict(this.scheduler);
    this.random = scattered(seed);
    this.faults = new Faults(this.random.fork());
    this.durable = new DurableLog(topics, this, (record) => this.#took(record));
    this.answers = new Answers(this.model, this.durable);
    this.life = new Life(this, mutation, this.random.chance(0.5));
  }

  #took(record: LogRecord): void {
    if (record.position.topic === topics.context) this.answers.recorded(record.key, record.value);
    else this.model.take(record);
  }

  wallMs(): number {
    return EPOCH_MS + Math.floor(this.scheduler.nowMs) + this.scheduler.wallSkewMs;
  }

  jumpWall(): void {
    if (this.faults.strikes('wall_jump', 0.5))
      this.scheduler.wallSkewMs = Math.round(this.random.within(-90_000, 90_000));
  }

  crashed(process: Process): void {
    this.life.crashed(process);
  }

  paused(process: Process, ms: number): void {
    this.life.paused(process, ms);
  }

  get violation(): Violation | undefined {
    return this.verdict.violation;
  }

  get broken(): (error: unknown) => void {
    return this.verdict.broken;
  }

  /** Asks the service as a client does: it may hear an answer, an error, or nothing any more. */
  async ask<T>(what: string, question: (service: Service) => Promise<T>): Promise<Asked<T>> {
    const by = this.life.now;
    if (by?.service === undefined) return { kind: 'lost' };
    this.scheduler.note(`ask ${by.process.name} ${what}`);
    const heard = await Promise.race([this.#hear(by, by.service, question), by.process.died.then(() => lost)]);
    const code = heard.kind === 'failed' ? ` ${heard.code}` : '';
    this.scheduler.note(`heard ${what}: ${heard.kind}${code}`);
    return heard;
  }

  async #hear<T>(by: Running, service: Service, question: (service: Service) => Promise<T>): Promise<Asked<T>> {
    try {
      return { kind: 'answered', value: await question(service), by };
    } catch (error) {
      if (error instanceof TidemarkError) return { kind: 'failed', code: error.code };
      this.broken(error);
      return { kind: 'failed', code: 'unexpected' };
    }
  }
}

/** The first promise that was broken. */
class Verdict {
  violation: Violation | undefined;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  readonly broken = (error: unknown): void => {
    if (this.violation !== undefined) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.violation = error instanceof Violation ? error : new Violation('sound', text);
    this.#scheduler.note(`VIOLATION ${this.violation.message.split('\n', 1)[0]}`);
  };
}

const lost = { kind: 'lost' } as const;

/** Who runs, who ran, and what is started next. */
export class Life {
  now: Running | undefined;
  readonly survives: boolean;
  readonly #world: World;
  readonly #mutation: Mutation;
  readonly #ghosts = new Set<Process>();
  #stores: Stores | undefined;
  #started = 0;

  constructor(world: World, mutation: Mutation, survives: boolean) {
    this.#world = world;
    this.#mutation = mutation;
    this.survives = survives;
  }

  async start(): Promise<void> {
    const { scheduler, broken } = this.#world;
    this.#started++;
    const process = new Process(this.#world, `p${this.#started}`);
    const stores = this.#openStores(process.name);
    const running: Running = { process, stores, service: undefined };
    this.now = running;
    scheduler.note(`${process.name} starts${this.survives ? ', stores survive' : ''}`);
    try {
      const service = await openService(this.#enginesFor(process, stores));
      running.service = service;
      service.run(new AbortController().signal).then(
        () => broken(new Violation('sound', 'the service ended by itself')),
        (error: unknown) => broken(new Violation('sound', `the service ended by itself: ${error}`)),
      );
    } catch (error) {
      if (!(error instanceof TidemarkError)) return broken(error);
      this.crashed(process);
    }
  }

  #openStores(name: string): Stores {
    if (this.survives && this.#stores !== undefined) return this.#stores;
    const made = this.#mutation.state?.(new MemoryState()) ?? new MemoryState();
    const state = new CheckedState(made, this.#world.model, this.#world.broken);
    this.#stores = { name, state, index: new MemoryIndex(generationOf(lexicalMethod)) };
    return this.#stores;
  }

  #enginesFor(process: Process, stores: Stores): Engines {
    const { durable, scheduler } = this.#world;
    const engines: Engines = {
      log: new SimulatedLog(durable, process, this.#world),
      state: new SimulatedState(stores.state, process),
      index: new SimulatedIndex(stores.index, process),
      method: lexicalMethod,
      clock: process.clock,
      topics,
      audit: 'required',
    };
    return this.#mutation.ports?.(engines, scheduler) ?? engines;
  }

  /** The process ends here and now; another one starts a little later. */
  crashed(process: Process): void {
    process.kill();
    if (this.now?.process === process) this.#startIn(this.#world.random.within(1, 300));
  }

  /** Where the stores survive, somebody may take it for dead and start its successor. */
  paused(process: Process, ms: number): void {
    process.pause(ms);
    const { random, scheduler, faults } = this.#world;
    scheduler.note(`${process.name} stands still for ${ms.toFixed(0)} ms`);
    if (!this.survives || this.now?.process !== process || faults.areOver || random.chance(0.3)) return;
    this.#ghosts.add(process);
    scheduler.after(ms + random.within(1, 3_000), () => process.kill());
    this.#startIn(random.within(1, 300));
  }

  #startIn(ms: number): void {
    this.now = undefined;
    this.#world.scheduler.after(ms, () => void this.start());
  }

  /** From here on there is one process, and it runs. */
  heal(): void {
    for (const ghost of this.#ghosts) ghost.kill();
    this.now?.process.resume();
  }
}
