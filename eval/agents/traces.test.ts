/** Generated decisions: every trace is whole, in normal running, while a backlog is worked off, and after the index was rolled back. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { patch, policy } from '../../src/fixtures.test-support.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod } from '../../src/retrieval/method.js';
import { Flow, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { againLine, seed, size } from '../prove/settings.js';
import { scattered } from '../random.js';
import { OlderIndex } from './older-index.test-support.js';
import { type Shape, shapeOf } from './shapes.js';
import { Teller, type Told, worldEvents } from './teller.test-support.js';

const DECISIONS = size(20, 200);
const again = againLine('eval/agents/traces.test.ts');

describe(`${DECISIONS} generated decisions (${again})`, { timeout: size(60_000, 600_000) }, () => {
  const random = scattered(seed());
  const shapes: readonly Shape[] = Array.from({ length: DECISIONS }, () => shapeOf(random));
  const clock = new TwoHandClock();
  let flow: Flow;
  let index: OlderIndex;
  let teller: Teller;
  beforeEach(async () => {
    index = new OlderIndex(generationOf(lexicalMethod));
    const stores = async () => ({
      state: new MemoryState(),
      index,
      method: lexicalMethod,
      close: async () => undefined,
    });
    flow = await Flow.open({ clock, log: memoryLog(clock), tenants: ['acme'], stores });
    await caller().ok('/v1/events', { body: worldEvents() });
    await flow.settle();
    teller = new Teller(caller(), clock);
  });
  afterEach(() => flow.stop());

  const caller = () => flow.caller('acme');
  const put = (...body: readonly JsonObject[]) => caller().ok('/v1/events', { body });

  /** Whole, and nothing of the story is left out of it. */
  const expectWhole = async ({ decision, positions }: Told) => {
    clock.advance(1_000);
    const { complete, gaps, hops } = await caller().ok(`/v1/decisions/${decision}/trace`);
    expect([decision, complete, gaps]).toEqual([decision, true, []]);
    const found = new Set((hops as readonly JsonObject[]).map(({ position }) => position));
    expect(positions.filter((at) => !found.has(at))).toEqual([]);
  };
  const expectAllWhole = async (told: readonly Told[]) => {
    expect(told).toHaveLength(DECISIONS);
    for (const one of told) await expectWhole(one);
  };
  const changes = (n: number) => [
    patch('account', `A-${n % 6}`, { plan: `plan-${n}` }),
    policy(`P-new-${n}`, { policyId: `new-${n}`, title: 'Refunds', body: `A refund takes ${n} days.` }),
  ];

  /** As a service does that begins beside an index it does not know: what may be missing there is filled in from the state. */
  const rollBack = async (writeCount: number) => {
    await index.rollBack(writeCount);
    await flow.service.engines.state.repend();
  };

  const depthsOf = async ({ decision }: Told) => {
    clock.advance(1_000);
    const { hops } = await caller().ok(`/v1/decisions/${decision}/trace`);
    return (hops as readonly JsonObject[]).flatMap(({ stage, facts }) =>
      stage === 'snapshot' ? [member(Object(facts), 'depth')] : [],
    );
  };

  it('are whole in normal running', async () => {
    const told: Told[] = [];
    for (const [n, shape] of shapes.entries()) {
      if (n % 5 === 0) await put(...changes(n));
      told.push(await teller.tell(shape));
    }
    await expectAllWhole(told);
  });

  it('are whole while nothing is applied, and once the backlog has been', async () => {
    const { materializer, engines } = flow.service;
    materializer.hold();
    const applied = await engines.state.through();
    const told: Told[] = [];
    for (const [n, shape] of shapes.entries()) {
      await put(...changes(n));
      told.push(await teller.tell(shape));
      if (n % 4 === 0) await expectWhole(told[n] ?? expect.fail());
    }
    expect(await engines.state.through()).toEqual(applied);
    materializer.release();
    await flow.settle();
    await expectAllWhole(told);
  });

  it('are whole after the index went back to what it was, and was filled again', async () => {
    const told: Told[] = [];
    const half = Math.floor(DECISIONS / 2);
    for (const shape of shapes.slice(0, half)) told.push(await teller.tell(shape));
    const older = index.writeCount;
    await put(...changes(0), ...changes(1));
    await flow.settle();
    await rollBack(Math.floor(older / 2));
    for (const one of told) await expectWhole(one);
    for (const shape of shapes.slice(half)) told.push(await teller.tell(shape));
    await rollBack(0);
    await flow.settle();
    await expectAllWhole(told);
  });

  it('are whole beside an index of another build, and say that nobody ranks as it was ranked', async () => {
    const told: Told[] = [];
    const half = Math.floor(DECISIONS / 2);
    for (const shape of shapes.slice(0, half)) told.push(await teller.tell(shape));
    index = new OlderIndex('an-older-build');
    flow = await flow.restart();
    teller = new Teller(caller(), clock, half);
    for (const shape of shapes.slice(half)) told.push(await teller.tell(shape));
    await expectAllWhole(told);
    for (const [n, { question, searches }] of shapes.entries()) {
      const isRanked = question !== null || searches;
      const depths = await depthsOf(told[n] ?? expect.fail());
      expect([n, depths.includes('content')]).toEqual([n, n < half && isRanked]);
    }
  });
});
