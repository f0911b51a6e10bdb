/**
 * A whole service whose index is in a Qdrant of the test's own, behind a proxy, and whose state is in Redis; its log is embedded. Policies
 * are written and asked for by words of their own, so that an answer can be held against all that was acknowledged before it.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QdrantClient } from '@qdrant/js-client-rest';
import { expect } from 'vitest';
import { readConfig } from '../../../src/config.js';
import type { Digest } from '../../../src/domain/canonical.js';
import { account, caller, contextRequest, policy, remove, tenant } from '../../../src/fixtures.test-support.js';
import { openEmbedded } from '../../../src/main/embedded.js';
import { type MaterializerReport, reportsNothing } from '../../../src/materializer/report.js';
import { openService, type Service } from '../../../src/pipeline.js';
import { replayFull } from '../../../src/replay/full.js';
import type { ReconcileFindings } from '../../../src/state/findings.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { FaultProxy } from '../proxy.js';
import { OwnQdrant } from '../qdrant.js';
import { hasOwnQdrant, ownQdrantMissing, redisMissing, redisUrl } from '../settings.js';

/** For titles; undefined: nothing is missing. */
export const qdrantSceneMissing: string | undefined =
  redisUrl() === undefined ? redisMissing() : hasOwnQdrant() ? undefined : ownQdrantMissing();

export interface Found {
  readonly label: string;
  readonly reasons: readonly string[];
  /** `n` of each policy that was served. */
  readonly shown: ReadonlyMap<string, number>;
  readonly tookMs: number;
}

/** The index said that it could not be asked: nothing is said about policies. */
export function isMarked({ label, reasons }: Found): boolean {
  return label !== 'fresh' && reasons.includes('retrieval_unavailable');
}

interface Running {
  readonly service: Service;
  readonly notices: string[];
  readonly passes: ReconcileFindings[];
  readonly refusals: string[];
  end(): Promise<void>;
}

export class QdrantScene {
  readonly own: OwnQdrant;
  readonly proxy: FaultProxy;
  /** By id, the newest that was acknowledged; null: deleted. */
  readonly written = new Map<string, number | null>();
  readonly prefix = `t-${randomUUID()}`;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tidemark-qdrant-'));
  #running: Running | undefined;
  #writes = 0;
  #last: Digest | undefined;

  private constructor(own: OwnQdrant, proxy: FaultProxy) {
    this.own = own;
    this.proxy = proxy;
  }

  /** With some policies, all in the index. */
  static async running(...ids: readonly string[]): Promise<QdrantScene> {
    const scene = await QdrantScene.open();
    await scene.serve();
    await scene.service.intake.append(tenant, [account('A-1')]);
    await scene.put(...ids);
    await scene.converged();
    return scene;
  }

  /** The service is not started. */
  static async open(): Promise<QdrantScene> {
    const own = await OwnQdrant.start();
    const proxy = await FaultProxy.open({ listen: 0, target: Number(new URL(own.url).port) });
    return new QdrantScene(own, proxy);
  }

  get service(): Service {
    return this.#need.service;
  }

  get notices(): readonly string[] {
    return this.#need.notices;
  }

  /** What passes over state and index came to, in order. */
  get passes(): readonly ReconcileFindings[] {
    return this.#need.passes;
  }

  /** Why the index would not take an entity, each time. */
  get refusals(): readonly string[] {
    return this.#need.refusals;
  }

  get #need(): Running {
    if (this.#running === undefined) throw new Error('the service does not run');
    return this.#running;
  }

  /** Past the faults. */
  get client(): QdrantClient {
    return new QdrantClient({
      url: this.own.url,
      checkCompatibility: false,
      headers: { 'accept-encoding': 'identity' },
    });
  }

  /** Names of all collections of the service. */
  async collections(): Promise<readonly string[]> {
    const { collections } = await this.client.getCollections();
    return collections.map(({ name }) => name);
  }

  /** The one that is asked now. */
  async collection(): Promise<string> {
    const { mark } = this.service.engines.index;
    if (mark === undefined) throw new Error('an index that outlives the process has a mark');
    return mark.index;
  }

  /** Resolves when the alias names the collection that is asked, and there is no other. */
  async published(): Promise<void> {
    const wanted = { alias_name: this.prefix, collection_name: await this.collection() };
    await eventually(async () => {
      expect((await this.client.getAliases()).aliases).toEqual([wanted]);
      expect(await this.collections()).toEqual([wanted.collection_name]);
    });
  }

  /** Ends the one that runs, if one does. */
  async serve(more: Readonly<Record<string, string>> = {}): Promise<Service> {
    await this.end();
    const config = readConfig({
      LOG_URL: `file:${join(this.#folder, 'log')}`,
      STATE_URL: redisUrl() ?? '',
      REDIS_PREFIX: this.prefix,
      INDEX_URL: `http://${this.proxy.address}`,
      QDRANT_COLLECTION: this.prefix,
      ...more,
    });
    const [notices, passes]: [string[], ReconcileFindings[]] = [[], []];
    const opened = await openEmbedded(config, { tell: ({ text }) => void notices.push(text), signal: undefined });
    const refusals: string[] = [];
    const report: MaterializerReport = {
      ...reportsNothing,
      reconciled: (found) => void passes.push({ ...found }),
      indexRefused: (_, reason) => void refusals.push(reason),
    };
    const service = await openService({ ...opened.engines, report }).catch(async (error: unknown) => {
      await opened.close();
      throw error;
    });
    const stop = new AbortController();
    const running = service.run(stop.signal);
    const end = async () => {
      stop.abort();
      await running;
      await opened.close();
    };
    this.#running = { service, notices, passes, refusals, end };
    return service;
  }

  async end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.end();
  }

  /** Acknowledged when it resolves. Each has a word of its own, and the number of the write. */
  async put(...ids: readonly string[]): Promise<void> {
    const events = ids.map((id) => {
      const n = ++this.#writes;
      return { id, n, event: policy(id, { policyId: id, body: `A refund ${wordOf(id)} takes days.`, n }) };
    });
    await this.service.intake.append(
      tenant,
      events.map(({ event }) => event),
    );
    for (const { id, n } of events) this.written.set(id, n);
  }

  async remove(id: string): Promise<void> {
    await this.service.intake.append(tenant, [remove('policy', id, { id: `e-${++this.#writes}` })]);
    this.written.set(id, null);
  }

  /** What is said of a policy when everything that was acknowledged is to be seen. */
  async ask(id: string): Promise<Found> {
    const consistency = { ...contextRequest().consistency, level: 'latest', onViolation: 'mark' } as const;
    const common = { ...contextRequest(), kinds: ['policy'], consistency } as const;
    const request = { ...common, mode: 'search', account: null, question: `refund ${wordOf(id)}` } as const;
    const askedMs = performance.now();
    const result = await this.service.snapshots.snapshot(request, caller);
    const tookMs = countedMs(askedMs);
    if (result.kind !== 'released') throw new Error(`nothing was released: ${result.kind}`);
    const { freshness, items } = JSON.parse(result.body);
    const shown = new Map<string, number>();
    for (const { ref, value } of items) shown.set(String(ref).replace('policy/', ''), value.n);
    const reasons = freshness.reasons.map(({ code }: { readonly code: string }) => code);
    this.#last = result.id;
    return { label: freshness.label, reasons, shown, tookMs };
  }

  /** How long each of so many answers takes that asks nothing of the index. None of them fails. */
  async keyedReadsMs(count: number): Promise<readonly number[]> {
    const took: number[] = [];
    for (let n = 0; n < count; n++) {
      const askedMs = performance.now();
      const { freshness } = await this.service.snapshots.reassemble(contextRequest(), 0);
      took.push(countedMs(askedMs));
      expect(freshness.label).toBe('fresh');
    }
    return took;
  }

  /** The same, and it is not said to be fresh where it is not what was acknowledged (false-fresh 0). */
  async askTruly(id: string): Promise<Found> {
    const wanted = this.written.get(id) ?? undefined;
    const found = await this.ask(id);
    if (found.label === 'fresh') expect([id, found.shown.get(id)]).toEqual([id, wanted]);
    return found;
  }

  /** Resolves when nothing waits for the index and an answer of it is fresh, with how long that took. */
  async converged(): Promise<number> {
    const sinceMs = performance.now();
    const [id = ''] = this.written.keys();
    await eventually(async () => {
      // Asked first: then all that was acknowledged is applied, and has its marks.
      expect(await this.ask(id)).toMatchObject({ label: 'fresh' });
      expect(await this.service.engines.state.pendingCount()).toBe(0);
    });
    return countedMs(sinceMs);
  }

  /**
   * All that was acknowledged, and nothing else, is found through the index alone; a pass finds nothing any more, and a past without an
   * index says the same. Returns what the pass before it found.
   */
  async isWhole(): Promise<ReconcileFindings> {
    const found = await this.pass();
    await this.converged();
    const lost: string[] = [];
    for (const [id, n] of this.written) {
      const found = await this.askTruly(id);
      if (found.label !== 'fresh' || found.shown.get(id) !== (n ?? undefined)) lost.push(`${id}: ${found.label}`);
    }
    expect(lost).toEqual([]);
    expect(await this.pass()).toMatchObject({ missing: 0, differing: 0, orphaned: 0 });
    await this.#replays();
    return found;
  }

  /** An answer that is true, and of one generation: it is put together again by the one that its stamp names. */
  async replayed(id: string): Promise<Found> {
    const found = await this.askTruly(id);
    await this.#replays();
    return found;
  }

  /** The last answer, put together again from the journal without an index. */
  async #replays(): Promise<void> {
    const { audit, replay } = this.service;
    const found = this.#last && (await audit.find(tenant, this.#last));
    if (found?.kind !== 'found') throw new Error('the last answer is not on record');
    expect((await replayFull(replay, found.entry)).verdict).toBe('MATCH');
  }

  /** A pass of the reconciler, now. */
  async pass(): Promise<ReconcileFindings> {
    const { reconciler } = this.service;
    if (reconciler === null) throw new Error('state and index of this service do not outlive it');
    return await reconciler.pass(new AbortController().signal);
  }

  async close(): Promise<void> {
    await this.end().catch(() => undefined);
    await this.proxy.close();
    await this.own.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Of a hundred the one that took longest; a machine that does much else takes some time for anything. */
export function p99(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? 0;
}

export function wordOf(id: string): string {
  return `about${id.toLowerCase().replaceAll('-', '')}`;
}

export function idsOf(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${name}-${n}`);
}
