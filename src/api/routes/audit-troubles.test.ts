/** What happens to the topic of the audit is seen where an operator looks. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PartitionKey } from '../../domain/position.js';
import { account, DrivenClock } from '../../fixtures.test-support.js';
import type { PartitionTrouble } from '../../log/trouble.js';
import { TroubledLog } from '../../troubled-log.test-support.js';
import { ApiWorld, member } from '../world.test-support.js';

const audit: PartitionKey = 'copilot.context:0';
const recreated: PartitionTrouble = { kind: 'recreated', was: 'a', is: 'b' };
let api: ApiWorld;
let log: TroubledLog;
beforeEach(async () => {
  const clock = new DrivenClock('rushing');
  log = new TroubledLog(clock);
  api = await ApiWorld.open({ clock, log, accepting: log });
  await api.world.put(account('A-1'));
});
afterEach(() => api.stop());

const auditRows = async () => {
  const partitions = (await api.ok('/v1/positions')).partitions as Record<string, unknown>[];
  return partitions.filter(({ topic }) => topic === 'copilot.context');
};

describe('the topic of the audit', () => {
  it('is listed with its trouble while it has one, with counts that add up, and can be accepted', async () => {
    expect(await auditRows()).toEqual([]);
    log.found.set(audit, recreated);
    const counts = { sum: '0', records: '0', addsUp: true };
    expect(await auditRows()).toMatchObject([
      {
        partition: 0,
        appliedThrough: null,
        lagSeconds: null,
        label: 'unknown',
        trouble: { kind: 'recreated' },
        counts,
      },
    ]);
    const accepted = await api.ok('/v1/positions/copilot.context/0/accept', { body: { kind: 'recreated' } });
    expect(accepted.meaning).toContain('snapshots that only the old one had on record can no longer be explained');
  });

  it.each([recreated, { kind: 'gap', from: 5n, to: 9n }, { kind: 'topic_missing' }] as const)(
    'degrades the service, which is ready nevertheless, by $kind',
    async (trouble) => {
      expect((await api.ok('/readyz')).status).toBe('ready');
      log.found.set(audit, trouble);
      const ready = await api.ok('/readyz');
      expect(ready.status).toBe('degraded');
      expect(member(ready, 'checks', 'partitions', 'detail')).toContain(`${trouble.kind}: 1`);
    },
  );

  it('is in the metric of troubles', async () => {
    log.found.set(audit, recreated);
    const { text } = await api.ask('/metrics');
    expect(text).toContain('tidemark_partition_trouble{topic="copilot.context",partition="0",kind="recreated"} 1');
  });
});
