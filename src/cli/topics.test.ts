import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../errors.js';
import type { TopicStep, TopicWish } from '../log/topic-plan.js';
import { jsonOf, memoryComposition, runCli } from './cli.test-support.js';
import type { Cluster, Composition } from './composition.js';

const inOrder: TopicStep = { topic: 'crm.accounts', action: 'none', what: '4 partitions' };
const missing: TopicStep = { topic: 'support.tickets', action: 'create', what: '4 partitions, kept for ever' };
const fewer: TopicStep = { topic: 'billing.entitlements', action: 'differs', what: '2 partitions instead of 4' };

function withCluster(cluster: Partial<Cluster>): Composition {
  const absent = () => Promise.reject(new Error('not asked for'));
  return {
    ...memoryComposition(),
    cluster: async () => ({ look: absent, planTopics: absent, applyTopics: absent, ...cluster }),
  };
}

describe('tidemark topics', () => {
  it('has nothing to plan for an embedded log', async () => {
    expect(await runCli(['topics', 'plan'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('nothing to plan'),
    });
    expect(jsonOf(await runCli(['topics', 'apply', '--json']))).toEqual({ embedded: true, steps: [] });
  });

  it('plan tells what apply would do and what it would leave', async () => {
    const composition = withCluster({ planTopics: async () => [inOrder, missing, fewer] });
    const { code, out } = await runCli(['topics', 'plan'], { composition });
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +crm\.accounts +4 partitions\ncreate +support\.tickets/);
    expect(out).toContain('apply would change 1 topics. 1 differ');
  });

  it('apply makes what is missing, as it was wished', async () => {
    const wishes: TopicWish[] = [];
    const applyTopics = async (wish: TopicWish) => {
      wishes.push(wish);
      return [inOrder, missing];
    };
    const args = ['topics', 'apply', '--partitions', '12', '--replication', '3', '--json'];
    const ran = await runCli(args, { composition: withCluster({ applyTopics }) });
    expect(jsonOf(ran)).toEqual({ embedded: false, applied: true, steps: [inOrder, missing] });
    expect([ran.code, wishes]).toEqual([0, [{ partitions: 12, replication: 3 }]]);
  });

  it('says so when there is nothing to do', async () => {
    const composition = withCluster({ planTopics: async () => [inOrder] });
    expect((await runCli(['topics', 'plan'], { composition })).out).toContain('Nothing to do.');
  });

  it('fails with one line when the cluster cannot be asked', async () => {
    const message = 'none of the brokers answers';
    const unreachable = { code: 'unreachable', message, advice: 'Check LOG_URL.', retriable: true } as const;
    const composition = withCluster({ planTopics: () => Promise.reject(new TidemarkError(unreachable)) });
    const ran = await runCli(['topics', 'plan'], { composition });
    expect(ran).toEqual({ code: 1, out: '', err: `error: ${message}\n       Check LOG_URL.\n` });
  });

  it.each(['0', 'x', '-1'])('refuses %j partitions', async (partitions) => {
    expect((await runCli(['topics', 'plan', '--partitions', partitions])).code).toBe(2);
  });
});
