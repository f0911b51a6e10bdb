/**
 * The playing of a stream: record after record in virtual time, and in between the questions, each at its moment. A question that the
 * service lets wait stays open while time and the stream go on, and is judged by what is true when it is answered.
 */
import { invariant } from '../../src/errors.js';
import type { PromptCall } from '../../src/prompts/prompt.js';
import { type DecisionEntry, positionOf, type SourceEntry } from '../streams/source.js';
import { readAnswer } from './answer.js';
import type { AnswersFile } from './answers-file.js';
import { PlainRows } from './corpus.js';
import { Decisions } from './decisions.js';
import { OpenQuestions } from './open-questions.js';
import { Oracle } from './oracle.js';
import { demandsOf, requestOf } from './request.js';
import type { RunParts } from './run.js';
import { arrivalsOf, type PlacedQuestion, type Survey } from './survey.js';
import type { Stage } from './types.js';
import { UnknownNames } from './unknown-names.js';
import type { World } from './world.js';

export interface PlayParts
  extends Pick<RunParts, 'source' | 'setup' | 'signal' | 'stopwatch'>,
    Pick<Survey, 'hasDecisions'> {
  readonly world: World;
  readonly kept: AnswersFile;
  readonly prompt: PromptCall | undefined;
  progress(done: number, total: number): void;
}

export class Play {
  readonly unknown = new UnknownNames();
  readonly #parts: PlayParts;
  readonly #oracle: Oracle;
  readonly decisions: Decisions;
  readonly #plain = new PlainRows();
  readonly #open: OpenQuestions;
  /** Entries of the stream. */
  #arrived = 0;

  constructor(parts: PlayParts) {
    this.#parts = parts;
    this.#oracle = new Oracle(parts.hasDecisions);
    this.decisions = new Decisions();
    this.#open = new OpenQuestions(parts.world.clock);
  }

  /**
   * How many records arrived; null: ended before all was answered. Records after the last question are not played, but for those that
   * arrive while somebody waits.
   */
  async through({ placed, startsAtMs }: Survey): Promise<number | null> {
    const { source, signal, progress } = this.#parts;
    const waiting = [...placed].reverse();
    const last = placed.at(-1)?.after ?? 0;
    const total = last + placed.length;
    const arrivalOf = arrivalsOf(startsAtMs);
    const tell = () => progress(Math.min(this.#arrived, last) + placed.length - waiting.length, total);
    const askDue = async () => {
      for (let next = waiting.at(-1); next !== undefined && next.after <= this.#arrived; next = waiting.at(-1)) {
        if (signal.aborted) return;
        await this.#ask(next);
        waiting.pop();
        tell();
      }
    };
    for await (const entry of source.entries()) {
      await askDue();
      if (signal.aborted) break;
      const atMs = arrivalOf(entry);
      if (this.#arrived >= last) {
        if (this.#open.count > 0) await this.#passTo(atMs);
        if (this.#open.count === 0) break;
      }
      await this.#arrive(entry, atMs);
      tell();
    }
    await askDue();
    if (!signal.aborted) await this.#passTo(Number.POSITIVE_INFINITY);
    return waiting.length + this.#open.count > 0 ? null : this.#arrived - this.decisions.count;
  }

  async #arrive(entry: SourceEntry, atMs: number): Promise<void> {
    await this.#passTo(atMs);
    const position = positionOf(entry, this.#arrived);
    this.#arrived++;
    if ('decision' in entry) return this.#decide(entry, atMs);
    const arrived = await this.#parts.world.arrive(entry, position, atMs);
    if (arrived !== null) this.#oracle.take(arrived);
  }

  async #decide({ decision }: DecisionEntry, atMs: number): Promise<void> {
    const { world } = this.#parts;
    await world.clock.holding(async () => {
      const why = await world.decide(decision, atMs);
      this.decisions.note(decision, why);
      if (why === null) this.#oracle.decide(decision);
    });
    await this.#open.quiet();
  }

  /** Time goes by. While somebody waits it stops wherever something happens; `Infinity`: until nobody does. */
  async #passTo(ms: number): Promise<void> {
    const { world, signal } = this.#parts;
    while (this.#open.count > 0 && !signal.aborted) {
      const next = Math.min(this.#open.nextDueMs ?? ms, world.nextFoldMs ?? ms);
      if (next >= ms) break;
      invariant(next > world.clock.wallMs(), 'time goes on while somebody waits');
      await this.#moveTo(next);
    }
    if (Number.isFinite(ms)) await this.#moveTo(ms);
  }

  /** Who sleeps until then wakes, and only after that what is due is folded: who has reached a deadline is not helped by it. */
  async #moveTo(ms: number): Promise<void> {
    const { world } = this.#parts;
    world.clock.moveTo(ms);
    await this.#open.quiet();
    await world.clock.holding(async () => {
      world.fold();
      if (this.#open.count > 0) await world.caughtUp();
    });
    await this.#open.quiet();
  }

  async #ask({ question, atMs }: PlacedQuestion): Promise<void> {
    const { world, kept, setup } = this.#parts;
    await this.#passTo(Math.max(atMs, world.clock.wallMs()));
    // What has been answered is brought up to date all the same: the next answer must not depend on where a run was ended.
    const catchUp = await this.#timed(() => world.caughtUp());
    const index = await this.#timed(() => world.indexed());
    await world.witnessed();
    this.unknown.see(question, this.#oracle);
    this.decisions.asked();
    // Beside a state that lags, what one question has learned of the log tells in the next one's age: it is asked again.
    if (kept.answers.has(question.id) && setup.lag === null) return;
    await this.#open.begin(() => this.#answer({ question, atMs }, { catch_up: catchUp.ms, index: index.ms }));
  }

  async #answer(
    { question, atMs }: Pick<PlacedQuestion, 'question' | 'atMs'>,
    took: Omit<Record<Stage, number>, 'snapshot'>,
  ) {
    const { world, kept, setup, prompt } = this.#parts;
    const askedAtMs = world.clock.wallMs();
    const request = requestOf(question, demandsOf(setup), prompt);
    const snapshot = await this.#timed(() => world.ask(request, question.id));
    const waitedMs = world.clock.wallMs() - askedAtMs;
    if (kept.answers.has(question.id)) return;
    const { values, kept: reading } = readAnswer(question, snapshot.value, (source) => world.positionOf(source));
    const plain = await this.#plain.rank(world.service.engines.state, request, atMs + waitedMs);
    const isRefused = reading.refused !== undefined;
    const findings = isRefused ? [] : this.#oracle.judge({ question, atMs: atMs + waitedMs, items: values });
    const waited = waitedMs === 0 ? {} : { waitedMs };
    const latencyMs: Record<Stage, number> = { ...took, snapshot: snapshot.ms };
    kept.add({ question: question.id, atMs, ...reading, ...waited, plain, findings, latencyMs });
  }

  async #timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
    const { stopwatch } = this.#parts;
    const startedAtMs = stopwatch();
    const value = await work();
    return { value, ms: Math.round((stopwatch() - startedAtMs) * 1_000) / 1_000 };
  }
}
