/** A restart changes nothing: stores and index made anew from the folder are what they were, whatever operators have decided. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectProblem, member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import type { EntityKey } from '../../src/domain/entity.js';
import { demoQuestions, demoWorld, tenants, traps, worldEndsAt } from '../streams/demo-world/index.js';
import { isEventEntry } from '../streams/stream.js';
import { ScratchFolder } from './file-log.test-support.js';
import { play } from './play.test-support.js';
import { Flow, TwoHandClock } from './service.test-support.js';
import { stateText } from './state-text.test-support.js';

const world = demoWorld();
const repair = traps.find((trap) => trap.repair !== undefined)?.repair?.value ?? '';
const poisoned = 'ticket/T-1002';
const orphan = 'ticket/T-1005';
const operator = 'northquay';

function keysOfWorld(): readonly EntityKey[] {
  const keys = world
    .filter(isEventEntry)
    .map(({ tenant, topicKind, event }): [string, EntityKey] => [
      `${tenant} ${topicKind} ${event.subject}`,
      { tenant, kind: topicKind, id: event.subject },
    ]);
  return [...new Map(keys).values()];
}

const keys = keysOfWorld();
let folder: ScratchFolder;
let flow: Flow;

beforeEach(async () => {
  folder = await ScratchFolder.make();
  const clock = new TwoHandClock();
  clock.setWall(worldEndsAt);
  flow = await Flow.open({ clock, log: await folder.open(clock), tenants });
  await play(flow, world);
  await flow.settle();
});
afterEach(async () => {
  await flow.stop();
  await folder.remove();
});

/** Stops the service, closes the folder, opens both again. */
async function restart(): Promise<void> {
  await flow.stop();
  flow = await flow.restart(await folder.open(flow.options.clock));
}

async function unchangedByRestart(): Promise<void> {
  const before = await stateText(flow.service, keys);
  await restart();
  expect(await stateText(flow.service, keys)).toEqual(before);
}

async function rejectedAbout(ref: string): Promise<JsonObject> {
  const { rejected } = await flow.caller(operator).ok('/v1/rejected');
  const found = (rejected as JsonObject[]).find((one) => member(one, 'concern', 'ref') === ref);
  expect(found, `a rejected record about ${ref}`).toBeDefined();
  return found ?? {};
}

async function decide(ref: string, verb: 'redrive' | 'discard', body: object): Promise<void> {
  const { id } = await rejectedAbout(ref);
  await flow.caller(operator).ok(`/v1/rejected/${id}/${verb}`, { body });
  await flow.settle();
}

const redrivePoisoned = () =>
  decide(poisoned, 'redrive', { repaired: { base64: Buffer.from(repair).toString('base64') } });

async function ask(): Promise<readonly JsonObject[]> {
  const asked: JsonObject[] = [];
  for (const { tenant, account, question } of demoQuestions) {
    const body = { account, question, consistency: { level: 'latest' } };
    asked.push(await flow.caller(tenant).ok('/v1/context', { body }));
  }
  return asked;
}

describe('a restart from the folder', () => {
  it('has every entity, mark and count as before', async () => {
    const { entities, blocked, rejected } = await stateText(flow.service, keys);
    expect(entities.filter(([, entity]) => entity === null)).toEqual([]);
    expect(blocked.flat().map(({ concern }) => concern.id)).toEqual(['T-1002']);
    expect(rejected).toHaveLength(2);
    await unchangedByRestart();
  });

  it('has a redriven record in its place', async () => {
    await redrivePoisoned();
    expect(await rejectedAbout(poisoned)).toMatchObject({ status: 'redriven', blocking: false });
    await unchangedByRestart();
    expect(await rejectedAbout(poisoned)).toMatchObject({ status: 'redriven', blocking: false });
  });

  it('has what was discarded without effect, and unblocked', async () => {
    for (const ref of [poisoned, orphan]) await decide(ref, 'discard', {});
    expect(await rejectedAbout(poisoned)).toMatchObject({ status: 'discarded', blocking: false });
    await unchangedByRestart();
  });

  it('has what was discarded first and redriven later', async () => {
    await decide(poisoned, 'discard', {});
    await redrivePoisoned();
    await unchangedByRestart();
  });

  it('has decisions that were made after another restart', async () => {
    await restart();
    await redrivePoisoned();
    await decide(orphan, 'discard', {});
    await unchangedByRestart();
    await unchangedByRestart();
  });

  it('gives the same answers, and replays those of before', async () => {
    const before = await ask();
    await restart();
    const after = await ask();
    expect(after.map(({ content }) => content)).toEqual(before.map(({ content }) => content));
    for (const { id, tenant, content } of before) {
      const caller = flow.caller(String(tenant));
      expect(await caller.ok(`/v1/snapshots/${id}/replay`, { body: {} })).toMatchObject({ verdict: 'MATCH' });
      expect((await caller.ask(`/v1/snapshots/${id}`)).headers.get('etag')).toBe(`"${content}"`);
    }
  });

  it('knows an answer given before it as superseded by what a redrive changed after it', async () => {
    const body = { account: 'A-1016', question: 'declarations', consistency: { level: 'latest' } };
    const { id } = await flow.caller(operator).ok('/v1/context', { body });
    await restart();
    await redrivePoisoned();
    const validity = await flow.caller(operator).ok(`/v1/snapshots/${id}/validity`);
    const { decidedAt } = await rejectedAbout(poisoned);
    expect(validity).toMatchObject({
      valid: false,
      supersededBy: { kind: 'event', position: decidedAt, ref: poisoned },
    });
    expect(await flow.caller(operator).ok(`/v1/snapshots/${id}/replay`, { body: {} })).toMatchObject({
      verdict: 'MATCH',
    });
  });

  it('judges no snapshot before it has caught up with what that was built from', async () => {
    const [before] = await ask();
    await flow.stop();
    flow = await Flow.open({ ...flow.options, log: await folder.open(flow.options.clock) });
    flow.service.materializer.hold();
    const caller = flow.caller(String(before?.tenant));
    const path = `/v1/snapshots/${before?.id}`;
    for (const call of [path, `${path}/validity`, `${path}/diff`]) {
      expectProblem(await caller.ask(call), 503, 'behind');
    }
    expectProblem(await caller.ask(`${path}/replay`, { body: {} }), 503, 'behind');
    flow.service.materializer.release();
    await flow.settle();
    expect(await caller.ok(`${path}/replay`, { body: {} })).toMatchObject({ verdict: 'MATCH', depth: 'full' });
  });
});
