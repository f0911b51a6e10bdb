/** The wall clock is set back while the service runs: labels go by the monotonic clock alone, and ages are never negative. */
import { expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, ticket } from '../../src/fixtures.test-support.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';

const HOUR_MS = 3_600_000;

/** A log that can be cut off: then nobody knows where it ends. */
class SilentLog extends MemoryLog {
  isSilent = false;

  override async ends(): ReturnType<MemoryLog['ends']> {
    if (this.isSilent) throw new Error('no answer');
    return super.ends();
  }
}

async function opened(): Promise<{ readonly flow: Flow; readonly log: SilentLog; readonly clock: TwoHandClock }> {
  const clock = new TwoHandClock();
  const log = new SilentLog({ topics: topicsToOpen(defaultTopics), clock: () => clock.wallMs() });
  const flow = await Flow.open({ clock, log, tenants: ['acme'] });
  await flow.caller('acme').ok('/v1/events', { body: [account('A-1'), ticket('T-1')] });
  await flow.settle();
  return { flow, log, clock };
}

async function freshness(
  flow: Flow,
  maxStalenessMs = 5_000,
): Promise<{ readonly label: string; readonly ageMs: number }> {
  const body = { account: 'A-1', consistency: { maxStalenessMs, onViolation: 'mark' } };
  const answer = await flow.caller('acme').ok('/v1/context', { body });
  return answer.freshness as JsonObject & { label: string; ageMs: number };
}

it.each([
  ['an hour back', -HOUR_MS],
  ['an hour on', HOUR_MS],
  ['to 1970', -Date.UTC(2026, 2, 1)],
])('P2: the wall clock set %s changes neither label nor age', async (_how, byMs) => {
  const { flow, clock } = await opened();
  expect(await freshness(flow)).toMatchObject({ label: 'fresh' });
  clock.setWall(clock.wallMs() + byMs);
  clock.advance(100);
  const after = await freshness(flow);
  expect(after).toMatchObject({ label: 'fresh' });
  expect(after.ageMs).toBeGreaterThanOrEqual(0);
  expect(after.ageMs).toBeLessThanOrEqual(100);
  await flow.stop();
});

it('P2: a witness that is an hour old is not made young by setting the wall clock back by that hour', async () => {
  const { flow, log, clock } = await opened();
  await freshness(flow);
  log.isSilent = true;
  clock.advance(HOUR_MS);
  clock.setWall(clock.wallMs() - HOUR_MS);
  const after = await freshness(flow);
  expect(after.label).not.toBe('fresh');
  expect(after.ageMs).toBeGreaterThanOrEqual(HOUR_MS);
  await flow.stop();
});

it('P2, P5: what is written and released after the clock was set back is there, in its order, and replays', async () => {
  const { flow, clock } = await opened();
  clock.setWall(clock.wallMs() - HOUR_MS);
  const newer = { ...ticket('T-1', { subject: 'newer' }), tenant: 'acme' };
  const { token } = await flow.caller('acme').ok('/v1/events', { body: newer });
  const consistency = { level: 'at_least', tokens: [token], deadlineMs: 0, onViolation: 'mark' };
  await flow.settle();
  const answer = await flow.caller('acme').ok('/v1/context', { body: { account: 'A-1', consistency } });
  expect(JSON.stringify(answer.items)).toContain('"subject":"newer"');
  expect(answer.freshness).toMatchObject({ label: 'fresh' });
  const verdict = await flow.caller('acme').ok(`/v1/snapshots/${answer.id}/replay`, { body: {} });
  expect(verdict).toMatchObject({ verdict: 'MATCH', depth: 'full' });
  await flow.stop();
});
