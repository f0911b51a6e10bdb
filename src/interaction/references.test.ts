import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp } from '../../connectors/file/test-kit.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { newCluster, serve } from '../audit/instances.test-support.js';
import type { AuditFinding } from '../audit/port.js';
import { digestOf } from '../domain/canonical.js';
import { caller, contextRequest, DrivenClock, tenant } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { interaction } from './claim.test-support.js';
import { checkReferences } from './references.js';

afterEach(cleanUp);

const [known, unknown] = [digestOf('known'), digestOf('unknown')];
const spooling = { records: 0, bytes: 0, oldestMs: 0 };

describe('snapshots that an event names', () => {
  const placed = (...snapshots: string[]) => {
    const data = { action: 'refund', snapshots };
    return [{ index: 0, event: { about: 'interaction', data } as never }];
  };
  const found = { kind: 'found' } as AuditFinding & { kind: 'found' };

  it('are waited for while another instance may have them on its disk alone', async () => {
    let asked = 0;
    const find = async (): Promise<AuditFinding> => (++asked < 4 ? { kind: 'not_found' } : found);
    const clock = new DrivenClock('rushing');
    const startedMs = clock.monotonicMs();
    await checkReferences({ audit: { find, spool: spooling }, clock }, tenant, placed(unknown));
    expect(clock.monotonicMs() - startedMs).toBe(3 * limits.auditShipPauseMs);
  });

  it('are missing when they do not come in time, and only those', async () => {
    const find = async (_: string, id: string): Promise<AuditFinding> => (id === known ? found : { kind: 'not_found' });
    const clock = new DrivenClock('rushing');
    const startedMs = clock.monotonicMs();
    const checking = checkReferences(
      { audit: { find, spool: spooling }, clock },
      tenant,
      placed(known, unknown, 's-1'),
    );
    await expect(checking).rejects.toMatchObject({ code: 'event_rejected', facts: { missing: ['s-1', unknown] } });
    expect(clock.monotonicMs() - startedMs).toBe(limits.deadlineMsDefault);
  });

  it.each([
    ['that has gone', { kind: 'expired' }, spooling],
    ['that cannot be read', { kind: 'damaged' }, spooling],
    ['that nobody else can have', { kind: 'not_found' }, null],
  ] as const)('are missing at once where one is named %s', async (_, finding, spool) => {
    const clock = new DrivenClock('rushing');
    const startedMs = clock.monotonicMs();
    const checking = checkReferences({ audit: { find: async () => finding, spool }, clock }, tenant, placed(known));
    await expect(checking).rejects.toMatchObject({ code: 'event_rejected' });
    expect(clock.monotonicMs() - startedMs).toBe(0);
  });
});

it('a snapshot is named to one instance as soon as another one has released it', async () => {
  const [cluster, state] = [newCluster(), new MemoryState()];
  const [one, other] = [await serve(cluster, state), await serve(cluster, state)];
  for (let round = 0; round < 20; round++) {
    const [releasing, taking] = round % 2 === 0 ? [one, other] : [other, one];
    const released = await releasing.snapshots.snapshot(contextRequest(), caller);
    if (released.kind !== 'released') throw new Error(released.kind);
    const data = { action: 'refund', snapshots: [released.id] };
    const body = interaction('decision.proposed', `D-${round}`, `e-${round}`, { data });
    expect((await taking.intake.append(tenant, [body])).events).toMatchObject([{ status: 'appended' }]);
  }
});
