import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiWorld } from '../api/world.test-support.js';
import { account, policy, ticket } from '../fixtures.test-support.js';
import type { CloudEvent } from './api.generated.js';
import { TidemarkClient } from './client.js';

let api: ApiWorld;
let down: (request: Request) => boolean;
let client: TidemarkClient;
beforeEach(async () => {
  api = await ApiWorld.open();
  await api.world.put(account('A-1'), ticket('T-1'), policy('P-1'));
  down = () => false;
  client = new TidemarkClient({
    url: 'http://tidemark.test',
    fetch: (request) => (down(request) ? Promise.reject(new TypeError('down')) : api.app.fetch(request)),
    pause: async () => {},
  });
});
afterEach(() => api.stop());

const question = { account: 'A-1', question: 'refund?' };
const refund = vi.fn(async (args: { readonly amount: string }) => ({ refunded: args.amount }));
beforeEach(() => void refund.mockClear());
const amount = { amount: '12.00' };
const byA = { by: 'dana', reason: 'goodwill is exhausted' };

/** Stages of the hops with what they are about, in order. */
const told = async (decision: string) => {
  const { hops, gaps, complete } = await client.trace(decision);
  return { gaps, complete, refs: hops.map(({ stage, ref }) => `${stage} ${ref}`) };
};

describe('a run', () => {
  it('leaves a trace without gaps: context, claimed calls, proposal, override, the end', async () => {
    const { value, records, snapshot } = await client.withContext(question, async (run) => {
      await run.tool('look_up_invoice', { id: 'I-81' }, 'look/I-81', () => ({ total: '12.00' }));
      const decision = await run.propose({ action: 'refund', approval: 'required', askedOf: 'team-lead' });
      await decision.overridden(byA);
      return decision.id;
    });
    const { refs, gaps, complete } = await told(value);
    expect({ gaps, complete }).toEqual({ gaps: [], complete: true });
    const events = ['task.started', 'tool.called', 'tool.returned', 'decision.proposed', 'approval.requested'];
    for (const type of [...events, 'decision.overridden', 'task.finished', snapshot.id]) {
      expect(refs).toEqual(expect.arrayContaining([expect.stringContaining(type)]));
    }
    expect(records).toHaveLength(7);
  });

  it('carries out what is approved through a claimed tool, and says what was written', async () => {
    const { value } = await client.withContext(question, async (run) => {
      const decision = await run.propose({ action: 'close', approval: 'required' });
      await decision.approved('dana');
      await decision.tool('refund', amount, 'refund/I-81', refund);
      const { positions } = await run.append([ticket('T-1', { status: 'closed' }) as unknown as CloudEvent]);
      await decision.executed({ wrote: positions });
      return decision.id;
    });
    await api.world.settle();
    const { refs, gaps } = await told(value);
    expect(gaps).toEqual([]);
    expect(refs).toEqual(expect.arrayContaining(['approval decision.approved', 'decision decision.executed']));
    expect(refs.filter((ref) => ref.startsWith('written '))).toHaveLength(1);
  });

  it('that fails says so in the log and throws what was thrown', async () => {
    const fault = new Error('no way');
    const failed = client.withContext(question, () => Promise.reject(fault), { correlationId: 'c-1' });
    await expect(failed).rejects.toBe(fault);
    await api.world.settle();
    await api.world.parts.ledger.catchUp();
    const types = api.world.parts.ledger.correlated('acme', 'c-1').map(({ type }) => type);
    expect(types).toEqual(['task.started', 'task.failed']);
  });

  it('that is ended by its signal is recorded as failed all the same', async () => {
    const stopping = new AbortController();
    const reason = new Error('enough');
    const act = () => {
      stopping.abort(reason);
      return client.context(question, { signal: stopping.signal });
    };
    const options = { correlationId: 'c-2', signal: stopping.signal };
    await expect(client.withContext(question, act, options)).rejects.toBe(reason);
    await api.world.parts.ledger.catchUp();
    expect(api.world.parts.ledger.correlated('acme', 'c-2').map(({ type }) => type)).toContain('task.failed');
  });
});

describe('a tool call', () => {
  type Act = (args: typeof amount) => Promise<{ readonly refunded: string }>;
  const call = (act: Act = refund) =>
    client.withContext(question, (run) => run.tool('refund', amount, 'refund/I-81', act)).then(({ value }) => value);

  it('acts once per key: the second is given what the first returned', async () => {
    expect(await call()).toEqual({ kind: 'acted', result: { refunded: '12.00' } });
    const again = { kind: 'duplicate', status: 'returned', result: { refunded: '12.00' } };
    expect(await call()).toEqual(again);
    expect(refund).toHaveBeenCalledTimes(1);
  });

  it('neither acts nor is given an outcome when its key stands for another call', async () => {
    await call();
    const other = client.withContext(question, (run) =>
      run.tool('refund', { amount: '5000.00' }, 'refund/I-81', refund),
    );
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused', facts: { firstTool: 'refund' } });
    expect(refund).toHaveBeenCalledTimes(1);
  });

  it('acts once when eight ask at the same time', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => call()));
    expect(outcomes.filter(({ kind }) => kind === 'acted')).toHaveLength(1);
    expect(refund).toHaveBeenCalledTimes(1);
  });

  it('does not act while another holds the claim', async () => {
    let inner: unknown;
    const act = async (args: typeof amount) => {
      inner = await call();
      return { refunded: args.amount };
    };
    expect(await call(act)).toMatchObject({ kind: 'acted' });
    expect(inner).toEqual({ kind: 'duplicate', status: 'unknown' });
    expect(refund).not.toHaveBeenCalled();
  });

  it('tells of a failure, which is rethrown where it happened', async () => {
    const failing = () => Promise.reject(Object.assign(new Error('declined'), { code: 'card_declined' }));
    await expect(call(failing)).rejects.toThrow('declined');
    const error = { code: 'card_declined', message: 'declined' };
    expect(await call()).toEqual({ kind: 'duplicate', status: 'failed', error });
    expect(refund).not.toHaveBeenCalled();
  });

  it('whose reply is lost asks again under the same name, and acts once', async () => {
    let lost = 0;
    const send = api.app.fetch;
    const lossy = new TidemarkClient({
      url: 'http://tidemark.test',
      pause: async () => {},
      fetch: async (request) => {
        const reply = await send(request);
        if (request.url.endsWith('/v1/claims') && lost++ === 0) throw new TypeError('connection reset');
        return reply;
      },
    });
    const { value } = await lossy.withContext(question, (run) => run.tool('refund', amount, 'refund/I-82', refund));
    expect([value.kind, lost, refund.mock.calls.length]).toEqual(['acted', 2, 1]);
  });

  it('that acted and cannot be recorded says that it must not be done again', async () => {
    const act = async (args: typeof amount) => {
      down = () => true;
      return refund(args);
    };
    const facts = { idempotencyKey: 'refund/I-81', result: { refunded: '12.00' } };
    await expect(call(act)).rejects.toMatchObject({ code: 'outcome_unrecorded', retriable: false, facts });
    down = () => false;
    expect(await call()).toEqual({ kind: 'duplicate', status: 'unknown' });
  });

  it('with a result too large for an event is told by its hash', async () => {
    await call(async () => ({ refunded: 'x'.repeat(70_000) }));
    const result = { hash: expect.stringMatching(/^sha256-[0-9a-f]{64}$/), bytes: 70_015 };
    expect(await call()).toMatchObject({ kind: 'duplicate', status: 'returned', result });
  });
});
