/** Whatever has been appended and decided, in whatever order: a service started anew over the log is the one that lived through it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { type Action, action, askBoth, carryOut, keys, tenant } from './actions.test-support.js';
import { Flow, memoryLog, TwoHandClock } from './service.test-support.js';
import { stateText } from './state-text.test-support.js';

async function openFlow(): Promise<Flow> {
  const clock = new TwoHandClock();
  return Flow.open({ clock, log: memoryLog(clock), tenants: [tenant] });
}

describe('a restart', () => {
  it('changes nothing, after any records and any decisions', async () => {
    const sameAfterRestart = async (actions: readonly Action[]) => {
      const flow = await openFlow();
      for (const one of actions) await carryOut(flow, one);
      await flow.settle();
      const before = await stateText(flow.service, keys);
      const again = await flow.restart();
      const after = await stateText(again.service, keys);
      await again.stop();
      expect(after).toEqual(before);
    };
    await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 8 }), sameAfterRestart), {
      numRuns: 150,
    });
  }, 120_000);

  it('leaves every record accounted for, and every answer replayable', async () => {
    const holds = async (actions: readonly Action[]) => {
      const flow = await openFlow();
      const given: JsonObject[] = [];
      for (const one of actions) {
        await carryOut(flow, one);
        given.push(...(await askBoth(flow)));
      }
      await flow.settle();
      const again = await flow.restart();
      const caller = again.caller(tenant);
      expect(await caller.ok('/v1/positions')).toMatchObject({ totals: { addsUp: true } });
      for (const body of given) expect(await caller.ok(`/v1/snapshots/${body.id}`)).toEqual(body);
      await again.stop();
    };
    await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 6 }), holds), { numRuns: 100 });
  }, 120_000);
});
