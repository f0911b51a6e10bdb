/** Replaying one snapshot at full depth costs what its account and tenant cost, however long the log beside them is. */
import { z } from 'zod';
import { postJson, startService } from '../bench-service.js';
import { appendTickets } from '../big-log.js';
import { snapshotEvents } from '../events.js';
import type { Contender, Row } from '../harness.js';
import { openScratchLog } from '../scratch-log.js';

const EVENTS_MANY = 1_000_000;
const EVENTS_FEW = 10_000;
const REPLAYS = 100;
const TENANT = 'asked';

export const replayCost: Row = {
  name: 'replay: one snapshot at full depth among 1,000,000 events ÷ among 10,000',
  unit: 'ms',
  better: 'low',
  goal: { ship: 2, stretch: 1.2 },
  open: async () => {
    const many = await among(EVENTS_MANY);
    const few = await among(EVENTS_FEW);
    const close = async () => {
      await many.close();
      await few.close();
    };
    return { ours: many.replay, baseline: few.replay, close };
  },
};

/** The events asked about lie in the middle of the others, which are another tenant's. */
async function among(count: number): Promise<{ readonly replay: Contender; close(): Promise<void> }> {
  const { log, remove } = await openScratchLog();
  await appendTickets(log, 'crowd', count / 2);
  const { service, app, settle, stop } = await startService(log, TENANT);
  await service.intake.append(TENANT, snapshotEvents(TENANT));
  await appendTickets(log, 'crowd', count / 2);
  await settle();
  const { id } = released.parse(await postJson(app, '/v1/context', { account: 'A-1', question: 'why the amount?' }));
  const replay = async () => {
    const startedAtMs = performance.now();
    for (let i = 0; i < REPLAYS; i++) matched.parse(await postJson(app, `/v1/snapshots/${id}/replay`, {}));
    return (performance.now() - startedAtMs) / REPLAYS;
  };
  const close = async () => {
    await stop();
    await remove();
  };
  return { replay, close };
}

const released = z.object({ id: z.string() });
const matched = z.object({ verdict: z.literal('MATCH'), depth: z.literal('full') });
