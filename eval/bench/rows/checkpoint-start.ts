/** From nothing to everything applied, a million events and two hundred thousand entities: from a checkpoint, and from the log. */
import { join } from 'node:path';
import { FileCheckpoints } from '../../../connectors/file/checkpoints.js';
import { startService } from '../bench-service.js';
import { appendTickets } from '../big-log.js';
import type { Row } from '../harness.js';
import { openLogIn, openScratchLog } from '../scratch-log.js';

const EVENTS = 1_000_000;
const TENANT = 'bench';

export const checkpointStart: Row = {
  name: 'start: from a checkpoint ÷ from the log, 1,000,000 events over 200,000 entities',
  unit: 'ms',
  better: 'low',
  goal: { ship: 0.2, stretch: 0.05 },
  open: async () => {
    const { folder, log, remove } = await openScratchLog();
    await appendTickets(log, TENANT, EVENTS);
    const checkpoints = new FileCheckpoints(join(folder, 'checkpoints'));
    await leaveCheckpoint(folder, log, checkpoints);
    const start = async (from: FileCheckpoints | undefined) => {
      const startedAtMs = performance.now();
      const opened = await openLogIn(folder);
      const { settle, stop, service } = await startService(opened, TENANT, from);
      await settle();
      const tookMs = performance.now() - startedAtMs;
      const began = service.start.from === null ? undefined : from;
      if (began !== from) throw new Error('the start did not begin where it should have');
      await stop();
      await opened.close();
      return tookMs;
    };
    return { ours: () => start(checkpoints), baseline: () => start(undefined), close: remove };
  },
};

/** A service that has applied everything leaves one when it is stopped. */
async function leaveCheckpoint(
  folder: string,
  log: Awaited<ReturnType<typeof openLogIn>>,
  checkpoints: FileCheckpoints,
): Promise<void> {
  const { settle, stop } = await startService(log, TENANT, checkpoints);
  await settle();
  await stop();
  await log.close();
  if ((await checkpoints.list()).length === 0) throw new Error(`no checkpoint was left in ${folder}`);
}
