import { expect, it, vi } from 'vitest';
import type { EntityKey } from '../domain/entity.js';
import { keyOf, patch, recordOf, ticket } from '../fixtures.test-support.js';
import { CutBackState } from './cut-back-state.test-support.js';
import { decisions, everything, hasAll, manyPartitions, openInstance } from './instances.test-support.js';

/** Loses everything after it has said how far it is and before it says what it has. */
class FleetingState extends CutBackState {
  isLeaving = false;

  override async entities(keys: readonly EntityKey[]) {
    const isLeaving = this.isLeaving;
    this.isLeaving = false;
    if (isLeaving) await this.loseEverything();
    return super.entities(keys);
  }
}

it('turns no patch away by letter because a state that begins anew does not show what it is for (P8)', async () => {
  const [log, state] = [manyPartitions(), new FleetingState()];
  const one = await openInstance(log, state);
  one.ownership.give(...everything);
  const settled = () =>
    vi.waitFor(async () => expect(await hasAll(log, state)).toBe(true), { timeout: 10_000, interval: 2 });
  await log.append([recordOf('ticket', 'T-1', ticket('T-1'))]);
  await settled();
  state.isLeaving = true;
  await log.append([recordOf('ticket', 'T-1', patch('ticket', 'T-1', { status: 'closed' }))]);
  await vi.waitFor(() => expect(state.isLeaving).toBe(false), { timeout: 10_000, interval: 2 });
  await settled();
  expect((await log.ends()).get(decisions) ?? 0n).toBe(0n);
  const [found] = await state.entities([keyOf('ticket', 'T-1')]);
  expect(found).toMatchObject({ status: 'present', json: expect.stringContaining('"closed"') });
  await one.stop();
});
