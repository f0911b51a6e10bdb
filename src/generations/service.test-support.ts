/** A service with generations over a log in memory, of which a second instance can be opened. */
import { MemoryIndex } from '../../connectors/memory/index.js';
import type { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import type { RecordedEntry } from '../audit/port.js';
import type { Digest, JsonObject } from '../domain/canonical.js';
import { type Clock, systemClock } from '../domain/clock.js';
import { covers } from '../domain/position.js';
import { decodeToken } from '../domain/token.js';
import { TidemarkError } from '../errors.js';
import { caller, contextRequest, newLog, tenant, topics } from '../fixtures.test-support.js';
import { unappliedTopics } from '../log/topics.js';
import { openService, type Service } from '../pipeline.js';
import { replayFull } from '../replay/full.js';
import { type Validity, validityOf } from '../replay/validity.js';
import type { Verdict } from '../replay/verdict.js';
import { generationOf } from '../retrieval/generation.js';
import { HashingEmbedder } from '../retrieval/hashing-embedder.js';
import { lexicalMethod, methodWith, type RetrievalMethod } from '../retrieval/method.js';
import type { ContextRequest } from '../snapshot/request.js';
import type { GenerationEngines, OpenedMethod } from './generations.js';

/** `sparse`: the words weigh more than they do otherwise. */
export const methods: Methods = {
  lexical: lexicalMethod,
  hashing: methodWith(new HashingEmbedder()),
  wordy: {
    ...methodWith(new HashingEmbedder()),
    ranking: { ...lexicalMethod.ranking, id: 'wordy', denseShare: 0.1, lexicalShare: 0.9 },
  },
};

export type Methods = Readonly<Record<string, RetrievalMethod>>;

/** The same names by another version of the code: other weights. */
export const upgraded: Methods = Object.fromEntries(
  Object.entries(methods).map(([text, method]) => [
    text,
    { ...method, ranking: { ...method.ranking, id: `${method.ranking.id}-next` } },
  ]),
);

export function openedMethod(text: string, among = methods): OpenedMethod {
  const method = among[text];
  if (method === undefined) {
    const advice = 'Name one that there is.';
    throw new TidemarkError({ code: 'config_invalid', message: `there is no ${text}`, advice, retriable: false });
  }
  return { method, index: new MemoryIndex(generationOf(method)) };
}

const everyMethod = { configured: 'lexical', entitiesPerSecond: 1e6 };

interface Opening {
  readonly log?: MemoryLog;
  readonly engines?: Partial<GenerationEngines>;
  /** Of this code: what the names stand for. */
  readonly among?: Methods;
  readonly clock?: Clock;
}

export class GenerationWorld {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(
    readonly log: MemoryLog,
    readonly service: Service,
  ) {
    this.#running = service.run(this.#stop.signal);
  }

  static async open({ log, engines, among, clock = systemClock }: Opening = {}): Promise<GenerationWorld> {
    const on = log ?? newLog(clock);
    const generations = { ...everyMethod, open: async (text: string) => openedMethod(text, among), ...engines };
    const { method, index } = openedMethod(generations.configured, among);
    const stores = { log: on, state: new MemoryState(), index, method, generations };
    return new GenerationWorld(on, await openService({ ...stores, clock, topics, audit: 'required' }));
  }

  /** Another instance over the same log, with a state and indexes of its own. */
  async beside(engines: Partial<GenerationEngines> = {}, among = methods): Promise<GenerationWorld> {
    return GenerationWorld.open({ log: this.log, engines, among });
  }

  get operations() {
    return this.service.generations;
  }

  async put(...bodies: readonly JsonObject[]): Promise<void> {
    const { token } = await this.service.intake.append(tenant, bodies);
    const written = decodeToken(this.service.identity, token);
    await this.until(async () => covers(await this.service.engines.state.through(), written));
  }

  /** Everything of the log that is applied is. */
  async caughtUp(): Promise<void> {
    const unapplied = unappliedTopics(topics);
    const ends = [...(await this.log.ends())].filter(
      ([key, end]) => end > 0n && !unapplied.some((name) => key.startsWith(name)),
    );
    const last = new Map(ends.map(([key, end]) => [key, end - 1n]));
    await this.until(async () => covers(await this.service.engines.state.through(), last));
  }

  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise(setImmediate);
  }

  /** Started, and with everything in its index. */
  async startFilled(method: string): Promise<string> {
    const id = await this.operations.start(method, 'one', null);
    await this.filled(id);
    return id;
  }

  filled(id: string): Promise<void> {
    return this.until(() => {
      const filling = this.operations.status().find((one) => one.id === id)?.filling;
      return filling?.isCaughtUp === true && filling.lacking === 0;
    });
  }

  get live(): string {
    return this.operations.status().find(({ role }) => role === 'live')?.id ?? 'none';
  }

  async ask(more: Partial<ContextRequest> = {}) {
    const request = contextRequest({ question: 'how long do refunds take?', ...more });
    const result = await this.service.snapshots.snapshot(request, caller);
    if (result.kind !== 'released') throw new Error(result.kind);
    const json = JSON.parse(result.body);
    return { id: result.id, refs: json.items.map(({ ref }: { ref: string }) => ref) as string[], stamp: json.stamp };
  }

  async replay(id: Digest): Promise<Verdict> {
    return replayFull(this.service.replay, await this.recorded(id));
  }

  async validity(id: Digest): Promise<Validity> {
    return validityOf(this.service.replay, await this.recorded(id));
  }

  async recorded(id: Digest): Promise<RecordedEntry> {
    const finding = await this.service.audit.find(tenant, id);
    if (finding.kind !== 'found') throw new Error(finding.kind);
    return finding.entry;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
