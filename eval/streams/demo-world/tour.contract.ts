/** The tour through a whole service, on whatever log: two questions after the last day, and a change that outdates the first answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { enginesAt, type LogHome, type MakeHome } from '../../flow/home.test-support.js';
import { play } from '../../flow/play.test-support.js';
import { Flow, TwoHandClock } from '../../flow/service.test-support.js';
import { demoQuestions, demoWorld, tenants, tourPolicyChange, worldEndsAt } from './index.js';

const DAY_MS = 86_400_000;

/** The tour as it was taken on one log. */
interface Tour {
  readonly flow: Flow;
  /** To both questions, before the change. */
  readonly before: readonly JsonObject[];
  readonly change: JsonObject;
  /** To both questions, after it. */
  readonly after: readonly JsonObject[];
}

async function taken(home: LogHome): Promise<Tour> {
  const clock = new TwoHandClock();
  clock.setWall(worldEndsAt + DAY_MS);
  const flow = await Flow.open({ clock, ...(await enginesAt(home, clock)), tenants });
  await play(flow, demoWorld());
  const before = await asked(flow);
  clock.setWall(clock.wallMs() + DAY_MS);
  const body = tourPolicyChange(clock.wallMs());
  const change = await flow.caller(demoQuestions[0].tenant).ok('/v1/events', { body });
  return { flow, before, change, after: await asked(flow) };
}

function contentsOf({ before, after }: Tour): readonly unknown[] {
  return [...before, ...after].map(({ content }) => content);
}

async function asked(flow: Flow): Promise<readonly JsonObject[]> {
  const answers: JsonObject[] = [];
  for (const { tenant, account, question } of demoQuestions) {
    const body = { account, question, consistency: { level: 'latest' } };
    answers.push(await flow.caller(tenant).ok('/v1/context', { body }));
  }
  return answers;
}

function refsOf(answer: JsonObject | undefined): readonly string[] {
  return (answer?.items as { ref: string }[]).map(({ ref }) => ref);
}

/** `like` makes homes on another engine, whose answers have to have the same content. */
export function tourContract(name: string, makeHome: MakeHome, like?: MakeHome): void {
  describe(`the tour ${name}`, () => {
    let home: LogHome;
    let tour: Tour;
    beforeAll(async () => {
      home = await makeHome();
      tour = await taken(home);
    }, 60_000);
    afterAll(async () => {
      await tour?.flow.stop();
      await home?.remove();
    });

    it('answers both questions, fresh, from what a good answer rests on', () => {
      expect(tour.before.map(({ freshness }) => freshness)).toMatchObject([{ label: 'fresh' }, { label: 'fresh' }]);
      for (const [index, { refs }] of demoQuestions.entries()) {
        expect(refsOf(tour.before[index])).toEqual(expect.arrayContaining([...refs]));
      }
    });

    it('answers with the changed policy afterwards, and no more with the one before', () => {
      expect(refsOf(tour.after[0])).toContain('policy/label-refund@3');
      expect(refsOf(tour.after[0])).not.toContain('policy/label-refund@2');
    });

    it('calls the first answer superseded by the position of that change, and replays it: MATCH', async () => {
      const caller = tour.flow.caller(demoQuestions[0].tenant);
      const path = `/v1/snapshots/${tour.before[0]?.id}`;
      const [written] = tour.change.events as { position: { topic: string; partition: number; offset: string } }[];
      const { topic, partition, offset } = written?.position ?? {};
      const supersededBy = { kind: 'event', position: `${topic}:${partition}:${offset}` };
      expect(await caller.ok(`${path}/validity`)).toMatchObject({ valid: false, supersededBy });
      expect(await caller.ok(`${path}/replay`, { body: {} })).toMatchObject({ verdict: 'MATCH', depth: 'full' });
    });

    if (like === undefined) return;
    it('answers what another log of the same events answers, by content hash', async () => {
      const elsewhere = await like();
      const other = await taken(elsewhere);
      await other.flow.stop();
      await elsewhere.remove();
      expect(contentsOf(tour)).toEqual(contentsOf(other));
    });
  });
}
