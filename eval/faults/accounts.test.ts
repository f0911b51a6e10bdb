import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, remove, ticket } from '../../src/fixtures.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());

describe('an account that is not there', () => {
  const reads: readonly (readonly [string, (id: string) => ReturnType<BadInputService['ask']>])[] = [
    ['a snapshot', (id) => subject.ask('/v1/context', { body: { account: id } })],
    ['a search', (id) => subject.ask('/v1/search', { body: { account: id, question: 'refund' } })],
    ['its state', (id) => subject.ask(`/v1/accounts/${id}`)],
  ];

  it.each(reads)(
    'is not found by %s, as of a stated freshness, and no snapshot is made of nothing',
    async (_by, read) => {
      const recorded = subject.service.audit.count;
      expect((await read('nobody')).body).toMatchObject({
        code: 'account_not_found',
        accountStatus: 'unknown',
        freshness: { label: 'fresh', ageMs: expect.any(Number) },
        token: expect.stringMatching(/^t1\./),
      });
      expect(subject.service.audit.count).toBe(recorded);
    },
  );

  it.each(reads)('is told to be deleted by %s, and its history is kept', async (by, read) => {
    const id = `gone-${by.replaceAll(' ', '-')}`;
    await subject.put(account(id), ticket(`T-${id}`, { accountId: id }));
    await subject.put(remove('account', id));
    expect((await read(id)).body).toMatchObject({ code: 'account_not_found', accountStatus: 'deleted' });
    const { entries } = await subject.ok(`/v1/accounts/${id}/history`);
    expect(entries).toMatchObject([{ effect: 'created' }, { effect: 'created' }, { effect: 'deleted' }]);
  });

  it('has no account of its own because a ticket names it', async () => {
    await subject.put(ticket('T-orphan', { accountId: 'never-made' }));
    expect((await subject.ask('/v1/context', { body: { account: 'never-made' } })).body).toMatchObject({
      code: 'account_not_found',
      accountStatus: 'unknown',
    });
  });
});
