/**
 * Whatever has been appended, decided and asked, and whenever checkpoints were written in between: a service started from one is the
 * service that lived through it all, and the one that folds the whole log (P1, P3, P5).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { patch } from '../../src/fixtures.test-support.js';
import { type Action, action, askBoth, carryOut, keys, tenant } from '../flow/actions.test-support.js';
import { Flow, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { stateText } from '../flow/state-text.test-support.js';
import { size } from '../prove/settings.js';

const folders: string[] = [];

async function openFlow(): Promise<Flow> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-checkpoint-laws-'));
  folders.push(folder);
  const clock = new TwoHandClock();
  return Flow.open({
    clock,
    log: memoryLog(clock),
    tenants: [tenant],
    checkpoints: new FileCheckpoints(join(folder, 'c')),
  });
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** `settled` waits until everything is applied; without it the checkpoint falls wherever the service is. */
type Moment =
  | { readonly do: 'checkpoint'; readonly settled: boolean }
  | { readonly do: 'restart' }
  | { readonly do: 'ask' };

const life = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: action },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('checkpoint' as const), settled: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constantFrom<Moment>({ do: 'restart' }, { do: 'ask' }) },
  ),
  { minLength: 1, maxLength: 10 },
);

/** Found once: a decision carried out after the tail was folded made a dead letter of the patch that it had let in. */
const policyKey = { tenant, kind: 'policy', id: 'P-1' } as const;
const letInAndPatched: readonly (Action | Moment)[] = [
  { do: 'checkpoint', settled: false },
  { do: 'produce', records: [{ key: policyKey, value: '{"mark": 0', isKeyed: true }] },
  { do: 'decide', verb: 'redrive', index: 0, repaired: true },
  {
    do: 'produce',
    records: [{ key: policyKey, value: patch('policy', 'P-1', { mark: 0 }, { id: 'e-0' }), isKeyed: true }],
  },
];

async function live(flow: Flow, moments: readonly (Action | Moment)[]) {
  let current = flow;
  const given: JsonObject[] = [];
  for (const one of moments) {
    if (one.do === 'restart') current = await current.restart();
    else if (one.do === 'ask') given.push(...(await askBoth(current)));
    else if (one.do === 'checkpoint') {
      if (one.settled) await current.settle();
      await current.service.keeping?.checkpointer.write();
    } else await carryOut(current, one);
  }
  await current.settle();
  return { current, given };
}

/** What three services over one log make of it: the one that lived, one from a checkpoint, one from the log. */
async function threeOf(moments: readonly (Action | Moment)[]) {
  const { current, given } = await live(await openFlow(), moments);
  const lived = await stateText(current.service, keys);
  const resumed = await current.restart();
  const isFromCheckpoint = resumed.service.start.from !== null;
  const fromCheckpoint = await stateText(resumed.service, keys);
  const answers = await answersOf(resumed, given);
  await resumed.stop();
  const { checkpoints: _, ...without } = resumed.options;
  const folded = await Flow.open(without);
  await folded.settle();
  const fromLog = await stateText(folded.service, keys);
  const answersFromLog = await answersOf(folded, given);
  await folded.stop();
  return { given, lived, fromCheckpoint, fromLog, answers, answersFromLog, isFromCheckpoint };
}

async function answersOf(flow: Flow, given: readonly JsonObject[]) {
  const caller = flow.caller(tenant);
  const answers: unknown[] = [];
  for (const { id } of given) {
    answers.push(await caller.ok(`/v1/snapshots/${id}`), await caller.ok(`/v1/snapshots/${id}/replay`, { body: {} }));
  }
  for (const id of ['A-1', 'A-2']) answers.push((await caller.ask(`/v1/accounts/${id}/history`)).body.entries);
  return answers;
}

describe('a start from a checkpoint', () => {
  it('makes what lived on and what folds the whole log, to the byte of every older answer', async () => {
    let fromCheckpoints = 0;
    const holds = async (moments: readonly (Action | Moment)[]) => {
      const { given, lived, fromCheckpoint, fromLog, answers, answersFromLog, isFromCheckpoint } =
        await threeOf(moments);
      if (isFromCheckpoint) fromCheckpoints++;
      expect(fromCheckpoint).toEqual(lived);
      expect(fromLog).toEqual(lived);
      expect(answers).toEqual(answersFromLog);
      const verdicts = answers.slice(0, 2 * given.length).filter((_, index) => index % 2 === 1);
      expect(verdicts.map((verdict) => Object(verdict).verdict)).toEqual(given.map(() => 'MATCH'));
    };
    await fc.assert(fc.asyncProperty(life, holds), { numRuns: size(50, 2_000), examples: [[[...letInAndPatched]]] });
    expect(fromCheckpoints, 'starts from a checkpoint').toBeGreaterThan(10);
  }, 1_200_000);
});
