/**
 * The generations that are open: the configured one, and those that the topic of generations says were started. One is live; a snapshot
 * takes it once, so that none is made of two. The others are kept up beside it: a shadow until it is promoted or dropped, the former one
 * until it is dropped, so that going back is a switch and no rebuild.
 */
import type { Clock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { RetrievalMethod } from '../retrieval/method.js';
import type { ModelReading } from '../retrieval/model-reading.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import { VectorCache } from '../retrieval/vector-cache.js';
import type { Retrieval, Retriever } from '../snapshot/retriever.js';
import type { StateStore } from '../state/port.js';
import { ShadowComparer } from './comparer.js';
import { besideGeneration, type Generation } from './generation.js';
import type { GenerationLog } from './generation-log.js';
import type { SharedIndex } from './reading.js';
import { type GenerationIdentity, type GenerationStarted, generationId } from './record.js';
import { standInFor } from './stand-in.js';
import { isOpen, type Standing } from './standing.js';
import { Troubles } from './troubles.js';

/** How another generation than the configured one comes about. */
export interface GenerationEngines {
  /** The method the service was opened with, as EMBEDDER takes it. */
  readonly configured: string;
  /** How the model of that method is read. Absent: it has none. */
  readonly configuredModel?: ModelReading | undefined;
  /** Rejects with `config_invalid` for a text that names none, a model that is not there, and settings of a model where there is none. */
  open(method: string, isFilling: () => boolean, how?: HowToOpen): Promise<OpenedMethod>;
  /** Told at the start and whenever the record has moved: which indexes are to be kept, and of these the one that answers. */
  followed?(open: OpenIndexes): void;
  /** At a start, of the generation that is live on record: `configured` takes its place where it cannot be opened; absent, `refuse`. */
  readonly whenLost?: 'refuse' | 'configured';
  /** Of a generation that is not live; `limits.shadowEntitiesPerSecond` unless given. */
  readonly entitiesPerSecond?: number;
}

export interface HowToOpen {
  /** Of what it does not say, what the configuration says. */
  readonly model?: Partial<ModelReading> | undefined;
  /** Ends it, with `stopping`. */
  readonly signal?: AbortSignal | undefined;
}

/** By the names that indexes have for themselves, `RetrievalIndex.generation`. */
export interface OpenIndexes {
  readonly live: string;
  readonly open: readonly string[];
  /** Whether it is for this instance to drop what is not open. */
  readonly isFilling: () => boolean;
}

export interface OpenedMethod {
  readonly method: RetrievalMethod;
  /** As its model is read. Absent: it has none. */
  readonly model?: ModelReading | undefined;
  /** Empty, and nobody else's, unless it is shared. */
  readonly index: RetrievalIndex;
  /** The same, where every instance has it in one place. */
  readonly shared?: SharedIndex;
  /** When nobody asks the generation any more. */
  close?(): Promise<void>;
}

export interface GenerationsParts {
  readonly record: GenerationLog;
  readonly configured: Generation;
  /** Absent: there is only the configured one. */
  readonly engines: GenerationEngines | undefined;
  readonly state: StateStore;
  readonly tenants: () => readonly string[];
  readonly clock: Clock;
  /** Whether this instance fills what several share. */
  readonly isFilling: () => boolean;
  readonly onFailure: (error: unknown) => void;
}

/** `kept`: the configured one, when it is none of the others. */
export type Role = 'live' | 'former' | 'shadow' | 'kept';

/** Made, and on record only if it is followed there. */
export interface Prepared {
  readonly generation: Generation;
  close(): Promise<void>;
}

interface Running extends Prepared {
  readonly stop: AbortController;
  ended: Promise<void> | undefined;
}

export class Generations {
  readonly comparer: ShadowComparer;
  readonly #parts: GenerationsParts;
  readonly #beside = new Map<string, Running>();
  /** Made for a request to start it, which has still to be followed. */
  readonly #prepared = new Map<string, Prepared>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #troubles = new Troubles();
  #live: Generation;
  #signal: AbortSignal | undefined;

  private constructor(parts: GenerationsParts) {
    this.#parts = parts;
    this.#live = parts.configured;
    this.comparer = new ShadowComparer({ clock: parts.clock, shadows: () => this.#shadows() });
  }

  /** Rejects with `config_invalid` when the generation that is live on record cannot be opened and none is to take its place. */
  static async open(parts: GenerationsParts): Promise<Generations> {
    const opened = new Generations(parts);
    await opened.#follow(parts.record.standing);
    await opened.#replaceLost(parts);
    return opened;
  }

  async #replaceLost({ record, configured, engines }: GenerationsParts): Promise<void> {
    const { standing } = record;
    const started = standing.known.get(standing.live ?? '')?.started;
    if (started === undefined) return;
    const trouble = this.#troubles.of(started.generation);
    if (trouble === undefined) return;
    const { events, notice } = standInFor({ standing, started, trouble, configured, whenLost: engines?.whenLost });
    await record.writeFirst(events);
    this.#troubles.noticed(notice);
    await this.#follow(record.standing);
  }

  /** The live one, for one snapshot; or that which a stamp names, while it is open. */
  current(of?: GenerationIdentity): Retrieval {
    return (of && this.find(generationId(of))) ?? this.#live;
  }

  get live(): Generation {
    return this.#live;
  }

  get standing(): Standing {
    return this.#parts.record.standing;
  }

  get configured(): Generation {
    return this.#parts.configured;
  }

  /** For a replay: of the generation that a stamp names. */
  pastOf(index: GenerationIdentity): Retriever | 'dropped' | undefined {
    const id = generationId(index);
    return this.find(id)?.past ?? (this.standing.known.has(id) ? 'dropped' : undefined);
  }

  /** For as long as a replay asks it; does nothing for one that is not open. */
  holdOf(index: GenerationIdentity): () => void {
    return this.find(generationId(index))?.hold() ?? (() => undefined);
  }

  find(id: string): Generation | undefined {
    return id === this.#parts.configured.id ? this.#parts.configured : this.#beside.get(id)?.generation;
  }

  /** Those that are open, the configured one first. */
  all(): readonly Generation[] {
    return [this.#parts.configured, ...[...this.#beside.values()].map(({ generation }) => generation)];
  }

  roleOf(id: string): Role {
    const { former } = this.standing;
    if (id === this.#live.id) return 'live';
    if (id === former) return 'former';
    return id === this.#parts.configured.id ? 'kept' : 'shadow';
  }

  troubleOf(id: string): TidemarkError | undefined {
    return this.#troubles.of(id);
  }

  /** What an operator may take for otherwise. One sentence each. */
  notices(): readonly string[] {
    const { configured, record } = this.#parts;
    const live = this.#live;
    const other = `the generation ${live.id} (${live.methodText}) is live, as it was promoted, and not EMBEDDER=${configured.methodText}`;
    const where = live.filling?.isShared === true ? '' : 'its index is of this process and filled at every start: ';
    const advice = `${where}EMBEDDER=${live.methodText} makes it the configured one`;
    const topicless = record.hasTopic ? [] : [withoutTopic];
    const others = live === configured ? [] : [`${other}; ${advice}`];
    return [...topicless, ...others, ...this.#troubles.notices()];
  }

  /** Runs until `signal` aborts: follows the record, fills, compares. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const running of this.#beside.values()) this.#fill(running, signal);
    await Promise.all([
      this.#parts.record.run(signal, (standing, refused) => this.#follow(standing, refused)),
      this.comparer.run(signal),
      this.#retry(signal),
    ]);
    await Promise.all([...[...this.#beside.values()].map(({ ended }) => ended), ...this.#retiring]);
  }

  /** What could not be opened is tried again: files may be back. */
  async #retry(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(limits.generationRetryMs, signal);
      for (const { started } of this.standing.known.values())
        if (!signal.aborted && this.#troubles.of(started.generation) !== undefined) await this.#open(started);
      this.#switch(this.standing);
    }
  }

  /** `refused`: made here or elsewhere, and not started. */
  async #follow(standing: Standing, refused = ''): Promise<void> {
    const unwanted = this.#prepared.get(refused);
    if (unwanted !== undefined) await this.letGo(unwanted).catch((error: unknown) => this.#parts.onFailure(error));
    for (const { started, status } of standing.known.values()) {
      const { generation } = started;
      if (generation === this.#parts.configured.id) continue;
      if (status === 'open' && !this.#beside.has(generation)) await this.#open(started);
    }
    this.#switch(standing);
    for (const [id, running] of this.#beside) {
      if (isOpen(standing, id)) continue;
      this.#beside.delete(id);
      this.comparer.forget(id);
      this.#retire(running);
    }
    this.#troubles.keepOnly((id) => isOpen(standing, id));
    this.#tell(standing);
  }

  /** As the record says, also of what cannot be opened here. */
  #tell({ known, live }: Standing): void {
    const { configured, engines, isFilling } = this.#parts;
    const own = configured.identity.generation;
    const open = [...known.values()].filter(({ status }) => status === 'open');
    const names = new Set([own, ...open.map(({ started }) => started.index.generation)]);
    const answering = live === null ? own : (known.get(live)?.started.index.generation ?? own);
    engines?.followed?.({ live: answering, open: [...names], isFilling });
  }

  /** Not waited for: a model may take seconds over its last texts, and what comes next on record is not to wait for it. */
  #retire({ generation, stop, ended, close }: Running): void {
    stop.abort();
    const retired = Promise.resolve(ended)
      .then(() => generation.unheld())
      .then(close)
      .catch((error: unknown) => this.#parts.onFailure(error))
      .finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }

  async #open(started: GenerationStarted): Promise<void> {
    const { onFailure } = this.#parts;
    try {
      const made = this.#prepared.get(started.generation) ?? (await this.prepare(started.method, started.model));
      this.#prepared.delete(started.generation);
      const { generation } = made;
      if (generation.id !== started.generation) {
        await made.close();
        throw isAnother(started);
      }
      // Dropped while it was made, or made by somebody else.
      if (!isOpen(this.standing, generation.id) || this.#beside.has(generation.id)) return await made.close();
      this.#troubles.over(generation.id);
      const running = { ...made, stop: new AbortController(), ended: undefined };
      this.#beside.set(generation.id, running);
      if (this.#signal !== undefined) this.#fill(running, this.#signal);
    } catch (error) {
      this.#troubles.missing(started.generation, asTrouble(error));
      onFailure(error);
    }
  }

  /** A generation of a method, with nothing in its index; nobody asks it yet. Rejects with `config_invalid` when it cannot be opened. */
  async prepare(methodText: string, model?: Partial<ModelReading>): Promise<Prepared> {
    const { engines, state, tenants, clock, isFilling, onFailure } = this.#parts;
    if (engines === undefined) throw noOthers();
    const opened = await engines
      .open(methodText, isFilling, { model, signal: this.#signal })
      .catch((error: unknown) => {
        throw asTrouble(error);
      });
    const { method, index } = opened;
    const shared = opened.shared && { index: opened.shared, isFilling };
    const entitiesPerSecond = engines.entitiesPerSecond ?? limits.shadowEntitiesPerSecond;
    const around = { state, tenants, clock, onFailure, entitiesPerSecond };
    const parts = {
      methodText,
      model: opened.model,
      method,
      index,
      shared,
      vectors: VectorCache.of(method, onFailure),
    };
    return { generation: besideGeneration(parts, around), close: async () => opened.close?.() };
  }

  /** Where it is followed as started it is taken as it is, instead of being made again. */
  async keep(prepared: Prepared): Promise<void> {
    const { id } = prepared.generation;
    const displaced = this.#prepared.get(id);
    this.#prepared.set(id, prepared);
    await displaced?.close();
  }

  /** It will not be followed as started: unless it was taken, it is closed. */
  async letGo(prepared: Prepared): Promise<void> {
    const { id } = prepared.generation;
    if (this.#prepared.get(id) !== prepared) return;
    this.#prepared.delete(id);
    await prepared.close();
  }

  /** Of one on record that could not be opened here before. */
  async openKnown(id: string): Promise<void> {
    const known = this.standing.known.get(id);
    if (known?.status === 'open') await this.#open(known.started);
    this.#switch(this.standing);
  }

  /**
   * What cannot be opened here is not switched to: the stamps go on naming what answers, and the trouble is told. Where that one is
   * dropped, the configured one answers.
   */
  #switch(standing: Standing): void {
    const { configured } = this.#parts;
    const next = standing.live === null ? configured : this.find(standing.live);
    this.#live = next ?? (isOpen(standing, this.#live.id) ? this.#live : configured);
    for (const { filling } of this.all()) if (filling !== null) filling.isUrgent = filling === this.#live.filling;
  }

  #fill(running: Running, signal: AbortSignal): void {
    running.ended ??= running.generation.filling?.run(AbortSignal.any([signal, running.stop.signal]));
  }

  #shadows(): readonly Generation[] {
    if (this.#beside.size === 0) return [];
    return this.all().filter(({ id, filling }) => this.roleOf(id) === 'shadow' && filling?.isComplete === true);
  }
}

const withoutTopic =
  'the log has no topic for index generations, so none can be started beside EMBEDDER: `tidemark topics apply` makes it, for the next start';

function noOthers(): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: 'this service was put together without a way to open another generation',
    advice: 'Start it with `tidemark serve`.',
    retriable: false,
  });
}

/** Also what a disk or a library says is of this generation alone, and ends nothing else. */
function asTrouble(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  return new TidemarkError({
    code: 'config_invalid',
    message: error instanceof Error ? error.message : 'it failed',
    advice: 'Put right what it says: files, permissions or space on the disk.',
    retriable: true,
    cause: error,
  });
}

function isAnother({ method, index }: GenerationStarted): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `${method} is another generation by now than the one on record, ${index.generation}`,
    advice: 'Put back the files of its model, or the version of this service, as they were when it was started.',
    retriable: false,
  });
}
