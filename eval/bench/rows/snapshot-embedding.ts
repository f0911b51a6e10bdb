/** What whoever asks feels of a backlog that is being embedded: snapshots with a question, beside the same service at rest. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import { postJson } from '../bench-service.js';
import { benchModel, type EmbeddingWorld, openEmbeddingWorld, textOf } from '../embedding.js';
import { snapshotEvents } from '../events.js';
import type { Row } from '../harness.js';

const TENANT = 'bench';
const POLICIES = 200;
/** Of each round: more than the model reads while the questions are asked. */
const BACKLOG = 300;
/** Of a hundred, the second worst would be the p99: one of the two that are asked while the backlog itself arrives. */
const QUESTIONS = 300;
const DRAIN_MS_MAX = 120_000;

export const snapshotEmbedding: Row = {
  name: 'snapshot while embedding: with a question, p99 beside a backlog of passages ÷ at rest',
  unit: 'ms',
  better: 'low',
  goal: { ship: 2, stretch: 1.3 },
  open: async () => {
    const model = benchModel();
    if ('unavailable' in model) return model;
    const world = await openEmbeddingWorld(model.folder, TENANT);
    let published = 0;
    let drained = 0;
    const publish = async (count: number) => {
      const from = published;
      published += count;
      const events = Array.from({ length: count }, (_, n) => policyEvent(from + n));
      await world.service.intake.append(TENANT, events);
    };
    await world.service.intake.append(TENANT, snapshotEvents(TENANT));
    await publish(POLICIES);
    await drain(world);
    const ours = async () => {
      await publish(BACKLOG);
      const p99Ms = await p99Of(world, published);
      if ((await world.service.engines.state.pendingCount()) === 0) drained++;
      await drain(world);
      return p99Ms;
    };
    const baseline = () => p99Of(world, published + 1);
    const shortfall = () =>
      drained === 0 ? null : `the backlog was embedded before the questions in ${drained} rounds`;
    return { ours, baseline, shortfall, close: () => world.close() };
  },
};

/** Every question is another one: the model reads each of them. */
async function p99Of({ app }: EmbeddingWorld, round: number): Promise<number> {
  const timesMs: number[] = [];
  for (let n = 0; n < QUESTIONS; n++) {
    const startedAtMs = performance.now();
    await postJson(app, '/v1/context', { account: 'A-1', question: `${textOf(n, 8)} ${round}` });
    timesMs.push(performance.now() - startedAtMs);
  }
  timesMs.sort((a, b) => a - b);
  return timesMs[Math.ceil(QUESTIONS * 0.99) - 1] ?? Number.NaN;
}

async function drain({ service }: EmbeddingWorld): Promise<void> {
  const { clock, state } = service.engines;
  const endsAtMs = clock.monotonicMs() + DRAIN_MS_MAX;
  // What was appended is pending once it is applied, which takes milliseconds.
  await clock.sleep(500, new AbortController().signal);
  while ((await state.pendingCount()) > 0) {
    if (clock.monotonicMs() > endsAtMs) throw new Error('the backlog was not embedded in time');
    await clock.sleep(50, new AbortController().signal);
  }
}

function policyEvent(n: number): JsonObject {
  const data = { id: `P-${n}`, policyId: `P-${n}`, version: '1', title: `Policy ${n}`, effectiveFrom: '2025-01-01' };
  return {
    specversion: '1.0',
    id: `policy-${n}`,
    source: '/bench',
    type: 'policy.published',
    subject: `P-${n}`,
    time: '2026-01-01T00:00:00Z',
    tenant: TENANT,
    data: { ...data, body: textOf(n, 180) },
  };
}
