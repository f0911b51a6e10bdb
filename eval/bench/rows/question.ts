/** What a question over 10,000 passages of policies costs beside the same snapshot without one. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import { postJson, startService } from '../bench-service.js';
import { type BenchPassage, benchPassages, benchQuestions } from '../corpus.js';
import { snapshotEvents } from '../events.js';
import { type Contender, type Row, spread } from '../harness.js';
import { openScratchLog } from '../scratch-log.js';

const PASSAGES = 10_000;
const REQUESTS = 200;
const BATCH = 1_000;
const TENANT = 'bench';

export const question: Row = {
  name: 'question: snapshot with a question over 10,000 passages, lexical, p50 ÷ the keyed one without policies',
  unit: 'ms',
  better: 'low',
  goal: { ship: 6, stretch: 3 },
  open: async () => {
    const { log, remove } = await openScratchLog();
    const { service, app, settle, stop } = await startService(log, TENANT);
    await service.intake.append(TENANT, snapshotEvents(TENANT));
    const policies = benchPassages(PASSAGES).map(policyEvent);
    for (let at = 0; at < PASSAGES; at += BATCH) await service.intake.append(TENANT, policies.slice(at, at + BATCH));
    await settle();
    await service.indexer.idle(AbortSignal.timeout(60_000));
    const questions = benchQuestions(REQUESTS);
    const median = (bodyOf: (n: number) => object): Contender => {
      return async () => {
        const timesMs: number[] = [];
        for (let n = 0; n < REQUESTS; n++) {
          const startedAtMs = performance.now();
          await postJson(app, '/v1/context', bodyOf(n));
          timesMs.push(performance.now() - startedAtMs);
        }
        return spread(timesMs).median;
      };
    };
    const close = async () => {
      await stop();
      await remove();
    };
    const asked = median((n) => ({ account: 'A-1', question: questions[n] }));
    // Of the account's own: the stricter baseline, since without a question and without kinds all policies that apply are selected from.
    const keyed = median(() => ({ account: 'A-1', kinds: ['account', 'entitlement', 'ticket'] }));
    const plain = median(() => ({ account: 'A-1' }));
    const plainMs: number[] = [];
    const baseline = async () => {
      plainMs.push(await plain());
      return keyed();
    };
    const note = () => `a keyed one of all kinds, so with policies: ${spread(plainMs).median.toFixed(2)} ms`;
    return { ours: asked, baseline, note, close };
  },
};

function policyEvent({ id, text }: BenchPassage): JsonObject {
  return {
    specversion: '1.0',
    id: `e-${id}`,
    source: '/bench',
    type: 'policy.published',
    subject: id,
    time: '2026-01-01T00:00:00Z',
    tenant: TENANT,
    data: { id, policyId: id, version: 1, title: 'Policy', body: text, effectiveFrom: '2025-01-01', effectiveTo: null },
  };
}
