/** What an operator does with generations: start one beside the live one, promote it, go back, drop it; and how each of them is. */
import type { ErrorCode } from '../errors.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { ModelReading } from '../retrieval/model-reading.js';
import type { ComparedCounts, DifferingExample } from './comparer.js';
import { type Generation, startedOf } from './generation.js';
import type { GenerationLog } from './generation-log.js';
import type { Generations, Role } from './generations.js';
import type { GenerationEvent, GenerationIdentity } from './record.js';
import { isOpen, openCount } from './standing.js';

export interface GenerationStatus {
  readonly id: string;
  readonly role: Role | 'unavailable';
  readonly method: string;
  /** How its model is read. Null: it has none, or its record does not say. */
  readonly model: ModelReading | null;
  readonly index: GenerationIdentity;
  /** Null: it is the configured one, and was never written on record. */
  readonly startedAtMs: number | null;
  readonly reason: string | null;
  readonly by: string | null;
  /** Null: it cannot be opened here, or the state's marks tell. */
  readonly filling: { readonly indexed: number; readonly lacking: number; readonly isCaughtUp: boolean } | null;
  /** Of what this instance has answered since its start. Null: nothing is compared with it. */
  readonly compared: Readonly<ComparedCounts> | null;
  readonly examples: readonly DifferingExample[];
  /** Why it cannot be opened here. */
  readonly trouble: string | null;
}

export interface OperatingParts {
  readonly generations: Generations;
  readonly record: GenerationLog;
  /** Resolves when everything of now is applied: what has not been is lacking, and nobody knows. Rejects when that takes too long. */
  readonly followed: () => Promise<void>;
  /** What the index of the configured generation lacks. */
  readonly pendingCount: () => Promise<number>;
}

export class GenerationOperations {
  readonly #parts: OperatingParts;

  constructor(parts: OperatingParts) {
    this.#parts = parts;
  }

  status(): readonly GenerationStatus[] {
    const { generations } = this.#parts;
    const open = generations.all().map((one) => this.#statusOf(one));
    const ids = new Set(open.map(({ id }) => id));
    const missing = [...generations.standing.known.values()].filter(
      ({ started, status }) => status === 'open' && !ids.has(started.generation),
    );
    const unavailable = missing.map(({ started, startedAtMs }) => ({
      id: started.generation,
      role: 'unavailable' as const,
      method: started.method,
      model: started.model ?? null,
      index: started.index,
      startedAtMs,
      reason: started.reason,
      by: started.by,
      ...nothingTold,
      trouble: generations.troubleOf(started.generation)?.message ?? null,
    }));
    return [...open, ...unavailable];
  }

  /**
   * What keeps this instance from answering as the record says: the live one is not to be had here, and another answers, or its index has
   * not had everything yet.
   */
  trouble(): 'unavailable' | 'filling' | null {
    const { live, standing } = this.#parts.generations;
    if (standing.live !== null && standing.live !== live.id) return 'unavailable';
    return live.filling?.isCaughtUp === false ? 'filling' : null;
  }

  /** Its id. The live one is written on record with it: what is promoted later must have something to go back to. */
  async start(method: string, by: string, reason: string | null, model?: Partial<ModelReading>): Promise<string> {
    const { generations, record } = this.#parts;
    const { standing, live } = generations;
    if (openCount(standing) >= limits.generationsMax) throw tooMany();
    const prepared = await generations.prepare(method, model).catch(asRequest);
    const { generation: made } = prepared;
    if (generations.find(made.id) !== undefined) {
      await prepared.close();
      throw conflict(`${method} is open already, as ${made.id}`);
    }
    await generations.keep(prepared);
    if (isOpen(standing, made.id)) {
      await generations.openKnown(made.id);
      return made.id;
    }
    const liveIsKnown = isOpen(standing, live.id);
    const bounded = { ...startedOf(made, by, reason), openMax: limits.generationsMax };
    const events = [...(liveIsKnown ? [] : [startedOf(live, by, null)]), bounded];
    const isInLog = (error: unknown) => error instanceof TidemarkError && error.code === 'behind';
    await record.append(events).catch(async (error: unknown) => {
      if (!isInLog(error)) await generations.letGo(prepared);
      throw error;
    });
    await generations.letGo(prepared);
    // Others were started at the same time, and stand before it on record.
    if (!isOpen(generations.standing, made.id)) throw tooMany();
    return made.id;
  }

  /**
   * Rejects with `behind` until this instance has applied what was in the log and the generation has had everything, and while it lacks
   * more than an answer scores beside its index.
   */
  async promote(id: string, by: string): Promise<void> {
    const { generations, followed } = this.#parts;
    this.#switchable(id);
    await followed();
    const { next, live } = this.#switchable(id);
    const lacking = await this.#lackingOf(next);
    if (next.filling?.isCaughtUp === false || lacking > scoredBeside(next)) {
      // Going back is let through where staying is no better.
      const isNoWorse = id === generations.standing.former && lacking <= (await this.#lackingOf(live));
      if (!isNoWorse) throw notComplete(lacking);
    }
    const known = [live, next].filter((one) => !isOpen(generations.standing, one.id));
    // Only the configured one may be open and not on record: what was dropped meanwhile is not started again by this.
    if (next.id !== generations.configured.id && known.includes(next))
      throw conflict('it was dropped at the same time');
    const switching = {
      type: 'generation.promoted',
      generation: id,
      from: generations.standing.live ?? live.id,
      by,
    } as const;
    await this.#append([...known.map((one) => startedOf(one, by, null)), switching]);
    if (generations.live.id !== id) throw conflict('another generation was promoted or dropped at the same time');
  }

  /** To the generation that was live before. Its id. */
  async rollBack(by: string): Promise<string> {
    const { former } = this.#parts.generations.standing;
    if (former === null) throw conflict('there is no former generation to go back to');
    await this.promote(former, by);
    return former;
  }

  async drop(id: string, by: string): Promise<void> {
    const { generations } = this.#parts;
    if (id === generations.live.id) throw conflict(`${id} is live; promote another one first`);
    if (id === generations.configured.id)
      throw conflict(`${id} is the configured one; set EMBEDDER to another and restart`);
    if (!isOpen(generations.standing, id)) throw notFound(id);
    await this.#append([{ type: 'generation.dropped', generation: id, by }]);
    if (isOpen(generations.standing, id)) throw conflict('it was promoted at the same time');
  }

  async #lackingOf({ filling }: Generation): Promise<number> {
    return filling === null ? this.#parts.pendingCount() : filling.verify();
  }

  /** By what is open now. */
  #switchable(id: string): { readonly next: Generation; readonly live: Generation } {
    const next = this.#required(id);
    const { live } = this.#parts.generations;
    if (next.id === live.id) throw conflict(`${id} is live already`);
    return { next, live };
  }

  #append(events: readonly GenerationEvent[]): Promise<void> {
    return this.#parts.record.append(events);
  }

  #required(id: string): Generation {
    const { generations } = this.#parts;
    const found = generations.find(id);
    if (found !== undefined) return found;
    const trouble = generations.troubleOf(id);
    if (trouble !== undefined) throw conflict(`it cannot be opened here: ${trouble.message}`);
    throw notFound(id);
  }

  #statusOf(one: Generation): GenerationStatus {
    const { generations } = this.#parts;
    const known = generations.standing.known.get(one.id);
    const role = generations.roleOf(one.id);
    const { filling } = one;
    return {
      id: one.id,
      role,
      method: one.methodText,
      model: one.model ?? null,
      index: one.identity,
      startedAtMs: known?.startedAtMs ?? null,
      reason: known?.started.reason ?? null,
      by: known?.started.by ?? null,
      filling: filling && {
        indexed: filling.filled.count,
        lacking: filling.lacking,
        isCaughtUp: filling.isCaughtUp && !filling.hasUnseen,
      },
      compared: role === 'shadow' ? generations.comparer.countsOf(one.id) : null,
      examples: role === 'shadow' ? generations.comparer.examplesOf(one.id) : [],
      trouble: null,
    };
  }
}

/** A method that cannot be opened is the fault of who asked for it, not of how the service is set up. */
function asRequest(error: unknown): never {
  if (!(error instanceof TidemarkError) || error.code !== 'config_invalid') throw error;
  const { message, advice, facts, cause } = error;
  throw new TidemarkError({ code: 'request_invalid', message, advice, facts, cause, retriable: false });
}

/** Up to how many entities that its index lacks an answer scores all the same. */
function scoredBeside({ identity }: Generation): number {
  return identity.embedder === null ? limits.pendingScoredMax : limits.pendingEmbeddedMax;
}

const nothingTold = { filling: null, compared: null, examples: [] };

function refused(code: ErrorCode, message: string, advice: string): TidemarkError {
  return new TidemarkError({ code, message, advice, retriable: false });
}

function conflict(message: string): TidemarkError {
  return refused('generation_conflict', message, 'GET /v1/generations shows what there is.');
}

function tooMany(): TidemarkError {
  return conflict(`${limits.generationsMax} generations are open, which is the most: drop one first`);
}

function notFound(id: string): TidemarkError {
  return refused('generation_not_found', `no generation ${id} is open`, 'GET /v1/generations lists those that are.');
}

function notComplete(lacking: number): TidemarkError {
  return new TidemarkError({
    code: 'behind',
    message: 'the generation does not have everything yet',
    advice:
      'Ask again later: GET /v1/generations tells of a generation, GET /v1/positions of the configured one, how far it is.',
    retriable: true,
    facts: { lacking },
  });
}
