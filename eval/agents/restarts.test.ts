/** Decisions on a log in a folder: told after it was opened anew as they were told before, by a ledger made from its records. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { ScratchFolder } from '../flow/file-log.test-support.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';
import { againLine, seed, size } from '../prove/settings.js';
import { scattered } from '../random.js';
import { shapeOf } from './shapes.js';
import { Teller, type Told, worldEvents } from './teller.test-support.js';

const DECISIONS = size(6, 60);
const RESTARTS = 3;
const tenant = 'acme';
const clock = new TwoHandClock();
let folder: ScratchFolder;
let flow: Flow;
beforeEach(async () => {
  folder = await ScratchFolder.make();
  flow = await Flow.open({ clock, log: await folder.open(clock), tenants: [tenant] });
  await flow.caller(tenant).ok('/v1/events', { body: worldEvents() });
  await flow.settle();
});
afterEach(async () => {
  await flow.stop();
  await folder.remove();
});

/** The reply as text, which is whole. */
const traceOf = async ({ decision, positions }: Told): Promise<string> => {
  clock.advance(1_000);
  const { text, body } = await flow.caller(tenant).ask(`/v1/decisions/${decision}/trace`);
  expect([decision, body.complete, body.gaps]).toEqual([decision, true, []]);
  const found = new Set((body.hops as readonly JsonObject[]).map(({ position }) => position));
  expect(positions.filter((at) => !found.has(at))).toEqual([]);
  return text;
};

/** The folder is closed and read anew. */
const restart = async () => {
  await flow.stop();
  flow = await Flow.open({ clock, log: await folder.open(clock), tenants: [tenant] });
  await flow.settle();
};

it(
  `${DECISIONS} decisions before each of ${RESTARTS} restarts, and as many after them, are told the same ever after (${againLine('eval/agents/restarts.test.ts')})`,
  async () => {
    const random = scattered(seed());
    const told: { readonly story: Told; readonly trace: string }[] = [];
    for (let start = 0; start <= RESTARTS; start++) {
      for (const { story, trace } of told) expect(await traceOf(story)).toBe(trace);
      const teller = new Teller(flow.caller(tenant), clock, told.length);
      for (let n = 0; n < DECISIONS; n++) {
        const story = await teller.tell(shapeOf(random));
        told.push({ story, trace: await traceOf(story) });
      }
      await restart();
    }
    for (const { story, trace } of told) expect(await traceOf(story)).toBe(trace);
  },
  size(60_000, 600_000),
);
