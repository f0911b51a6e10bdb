/** Live snapshots beside the building of another generation: p99 from the moment a request was due, against the same without one (P15). */
import { MemoryIndex } from '../../../connectors/memory/index.js';
import { MemoryState } from '../../../connectors/memory/state.js';
import { TransformersEmbedder } from '../../../connectors/transformers/embedder.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { systemClock } from '../../../src/domain/clock.js';
import type { OpenedMethod } from '../../../src/generations/generations.js';
import { defaultTopics } from '../../../src/log/topics.js';
import { openService, type Service } from '../../../src/pipeline.js';
import { generationOf } from '../../../src/retrieval/generation.js';
import { HashingEmbedder } from '../../../src/retrieval/hashing-embedder.js';
import { lexicalMethod, methodWith } from '../../../src/retrieval/method.js';
import { dataFolder } from '../../data.js';
import { type BenchPassage, benchPassages, benchQuestions } from '../corpus.js';
import { snapshotEvents } from '../events.js';
import type { Opened, Row, Unavailable } from '../harness.js';
import { loadFrom, percentile } from '../load.js';
import { openScratchLog } from '../scratch-log.js';
import { serveWorld, settle, tenant, warmUp } from '../snapshot-world.js';

const POLICIES = 5_000;
const BATCH = 1_000;
const REQUESTS_PER_SECOND = 50;
const CONNECTIONS = 8;
const ROUND_MS = 6_000;
const UNBOUNDED = 1_000_000;
const LOOK_MS = 20;
const MODEL = 'models/all-MiniLM-L6-v2';

type OpenMethod = () => Promise<Pick<OpenedMethod, 'method' | 'close'>>;

const hashing = async () => async () => ({ method: methodWith(new HashingEmbedder()) });

export const shadowHashing: Row = rowOf('the building of a generation with the hashing embedder', 'building', hashing);
export const shadowCompared: Row = rowOf('answering as well by one with the hashing embedder', 'comparing', hashing);

export const shadowModel: Row = rowOf('the building of a generation with a model', 'building', async () => {
  const folder = dataFolder();
  if (folder === undefined) return { unavailable: 'put the shared data in place' };
  const model = `${folder}/${MODEL}`;
  return async () => {
    const reading = { dtype: 'q8', pooling: 'mean', questionPrefix: '', passagePrefix: '' } as const;
    const embedder = await TransformersEmbedder.open({ model, ...reading, cacheFolder: folder });
    const method = { ...methodWith(embedder), passages: embedder.passages };
    return { method, close: () => embedder.close() };
  };
});

type Phase = 'building' | 'comparing';

function rowOf(beside: string, phase: Phase, opening: () => Promise<OpenMethod | Unavailable>): Row {
  return {
    name: `shadow: snapshot with a question at ${REQUESTS_PER_SECOND} requests/s beside ${beside}, p99 ÷ without`,
    unit: 'ms',
    better: 'low',
    goal: { ship: 1.5, stretch: 1.2 },
    open: async () => {
      const open = await opening();
      return 'unavailable' in open ? open : openedWith(open, phase);
    },
  };
}

async function openedWith(openMethod: OpenMethod, phase: Phase): Promise<Opened> {
  const { log, remove } = await openScratchLog();
  const generations = {
    configured: 'lexical',
    ...(phase === 'comparing' ? { entitiesPerSecond: UNBOUNDED } : {}),
    open: async (): Promise<OpenedMethod> => {
      const opened = await openMethod();
      return { ...opened, index: new MemoryIndex(generationOf(opened.method)) };
    },
  };
  const index = new MemoryIndex(generationOf(lexicalMethod));
  const parts = { log, state: new MemoryState(), index, method: lexicalMethod, generations, topics: defaultTopics };
  const service = await openService({ ...parts, clock: systemClock, audit: 'required' });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  await fill(service);
  const server = await serveWorld(service);
  await warmUp(server.context);
  const [question] = benchQuestions(1);
  const body = JSON.stringify({ account: 'A-1', question });
  const load = { url: server.context, body, connections: CONNECTIONS, perSecond: REQUESTS_PER_SECOND, forMs: ROUND_MS };
  const p99Ms = async () => percentile((await loadFrom(load)).latenciesMs, 0.99);
  const built: number[] = [];
  const compared: number[] = [];
  const ours = async () => {
    const id = await service.generations.start('other', 'bench', null);
    const statusNow = () => service.generations.status().find((one) => one.id === id);
    const isWhole = () => statusNow()?.filling?.isCaughtUp === true;
    while (phase === 'comparing' && !isWhole()) await systemClock.sleep(LOOK_MS);
    const p99 = await p99Ms();
    const status = statusNow();
    built.push(status?.filling?.indexed ?? 0);
    compared.push(status?.compared?.compared ?? 0);
    await service.generations.drop(id, 'bench');
    return p99;
  };
  const close = async () => {
    await server.drain();
    stop.abort();
    await running;
    await remove();
  };
  const note = () =>
    `in a round ${percentile(built, 0.5)} of ${POLICIES} policies were indexed and ${percentile(compared, 0.5)} snapshots compared`;
  const isBuilding = () => built.every((entities) => entities > 0 && entities < POLICIES);
  const isComparing = () => compared.every((snapshots) => snapshots > 0);
  const isMeant = () => (phase === 'building' ? isBuilding() : isComparing());
  const shortfall = () => (isMeant() ? null : `it was not ${phase} all the time: ${built.join(', ')}`);
  return { ours, baseline: p99Ms, note, shortfall, close };
}

async function fill(service: Service): Promise<void> {
  await service.intake.append(tenant, snapshotEvents(tenant));
  const policies = benchPassages(POLICIES).map(policyEvent);
  for (let at = 0; at < POLICIES; at += BATCH) await service.intake.append(tenant, policies.slice(at, at + BATCH));
  await settle(service);
  await service.indexer.idle(AbortSignal.timeout(60_000));
}

function policyEvent({ id, text }: BenchPassage): JsonObject {
  const told = { specversion: '1.0', id: `e-${id}`, source: '/bench', type: 'policy.published', subject: id, tenant };
  const force = { effectiveFrom: '2025-01-01', effectiveTo: null };
  return { ...told, data: { id, policyId: id, version: 1, title: 'Policy', body: text, ...force } };
}
