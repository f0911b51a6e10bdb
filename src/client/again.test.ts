/** What a process can take up again: a claim whose reply was lost, a decision that another has proposed. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiWorld } from '../api/world.test-support.js';
import { account, policy } from '../fixtures.test-support.js';
import { TidemarkClient } from './client.js';
import type { Run } from './run.js';

let api: ApiWorld;
/** Claims whose reply gets lost. */
let lost: number;
const client = new TidemarkClient({
  url: 'http://tidemark.test',
  attemptsMax: 1,
  fetch: async (request) => {
    const reply = await api.app.fetch(request);
    if (request.url.endsWith('/v1/claims') && lost-- > 0) throw new TypeError('connection reset');
    return reply;
  },
});
const act = vi.fn((_args: unknown) => 'done');
beforeEach(async () => {
  act.mockClear();
  lost = 0;
  api = await ApiWorld.open();
  await api.world.put(account('A-1'), policy('P-1'));
});
afterEach(() => api.stop());

const inRun = <T>(body: (run: Run) => Promise<T>) => client.withContext({ account: 'A-1' }, body);
const unreachable = { code: 'unreachable' };
const acted = { kind: 'acted', result: 'done' };

describe('a claim whose reply was lost', () => {
  beforeEach(() => {
    lost = 1;
  });

  it('is made again under its name by the same run, which then acts', async () => {
    const { value } = await inRun(async (run) => {
      await expect(run.tool('refund', {}, 'k', act)).rejects.toMatchObject(unreachable);
      return [await run.tool('refund', {}, 'k', act), await run.tool('refund', {}, 'k', act)];
    });
    expect(value).toEqual([acted, { kind: 'duplicate', status: 'returned', result: 'done' }]);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it('is made again under its name by the tool of a decision', async () => {
    const { value } = await inRun(async (run) => {
      const decision = await run.propose({ action: 'refund' });
      await expect(decision.tool('refund', {}, 'k', act)).rejects.toMatchObject(unreachable);
      return decision.tool('refund', {}, 'k', act);
    });
    expect(value).toEqual(acted);
  });

  it('is not taken up by a call beside it: of two at once, one acts', async () => {
    lost = 0;
    const { value } = await inRun((run) =>
      Promise.all([run.tool('refund', {}, 'k', act), run.tool('refund', {}, 'k', act)]),
    );
    expect(value.filter(({ kind }) => kind === 'acted')).toHaveLength(1);
    expect(act).toHaveBeenCalledTimes(1);
  });
});

describe('a decision that goes on in another process', () => {
  const propose = () =>
    inRun(async (run) => {
      const { id, last, correlationId } = await run.propose({ action: 'refund', approval: 'required' });
      return { id, last, correlationId, snapshots: [run.snapshot.id] };
    }).then(({ value: { id, ...rest } }) => ({ id, rest }));

  it('follows what was said of it, under its correlation id, and its trace has no gap', async () => {
    const { id, rest } = await propose();
    const decision = client.decision(id, rest);
    await decision.approved('dana');
    expect(await decision.tool('refund', {}, 'k', act)).toEqual(acted);
    await decision.executed();
    const { hops, gaps, correlationId } = await client.trace(id);
    expect({ gaps, correlationId }).toEqual({ gaps: [], correlationId: rest.correlationId });
    expect(hops.map(({ ref }) => ref)).toEqual(expect.arrayContaining(['decision.approved', 'tool.returned']));
    expect(decision.last).not.toBe(rest.last);
  });

  it('claims again what it claimed before under a name that was kept', async () => {
    lost = 1;
    const { id, rest } = await propose();
    const key = { key: 'k', claimId: 'claim-1' };
    const tried = client.decision(id, rest).tool('refund', {}, key, act);
    await expect(tried).rejects.toMatchObject(unreachable);
    expect(await client.decision(id, rest).tool('refund', {}, key, act)).toEqual(acted);
  });
});
