import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../domain/clock.js';
import type { PartitionKey } from '../../domain/position.js';
import { defaultTopics } from '../../log/topics.js';
import { acceptable, type PartitionTrouble } from '../../log/trouble.js';
import { TroubledLog } from '../../troubled-log.test-support.js';
import { account, jsonOf, memoryComposition, ndjson, runCli } from '../cli.test-support.js';
import type { Composition } from '../composition.js';

const tickets: PartitionKey = 'support.tickets:3';

async function troubled(trouble: PartitionTrouble) {
  const log = new TroubledLog(systemClock, defaultTopics);
  const plain = memoryComposition();
  const composition: Composition = {
    ...plain,
    openEngines: async (...given) => {
      const opened = await plain.openEngines(...given);
      return { ...opened, engines: { ...opened.engines, log, accepting: log } };
    },
  };
  await runCli(['load', '-'], { composition, input: ndjson(account) });
  log.found.set(tickets, trouble);
  const told = async (...args: string[]) => runCli(args, { composition });
  return { log, told };
}

const gap: PartitionTrouble = { kind: 'gap', from: 0n, to: 9n };

describe('tidemark accept', () => {
  it('says what it means before it is done, and then what happens next', async () => {
    const { told, log } = await troubled(gap);
    const ran = await told('accept', tickets, '--kind', 'gap');
    expect([ran.code, ran.err.trim()]).toEqual([0, acceptable.gap]);
    expect(ran.out).toContain('reading goes on now');
    expect(log.troubles.size).toBe(0);
  });

  it('sends what was seen along', async () => {
    const { told, log } = await troubled(gap);
    const accepting = vi.spyOn(log, 'accept');
    expect((await told('accept', tickets, '--kind', 'gap', '--seen', 'from=0,to=9')).code).toBe(0);
    expect(accepting).toHaveBeenCalledWith(tickets, 'gap', { from: '0', to: '9' });
  });

  it('says when a start is needed, also to programs', async () => {
    const { told } = await troubled({ kind: 'recreated', was: 'x', is: 'y' });
    const effect = { effect: 'at_next_start', meaning: acceptable.recreated };
    expect(jsonOf(await told('accept', tickets, '--kind', 'recreated', '--json'))).toEqual(effect);
    expect((await told('accept', tickets, '--kind', 'recreated')).out).toContain('at the next start');
  });

  it('fails where there is nothing of the kind, and where the log has its records to itself', async () => {
    const { told } = await troubled(gap);
    const ran = await told('accept', tickets, '--kind', 'truncated');
    expect([ran.code, ran.out]).toEqual([1, '']);
    const composition = memoryComposition();
    await runCli(['load', '-'], { composition, input: ndjson(account) });
    const embedded = await runCli(['accept', tickets, '--kind', 'gap'], { composition });
    expect([embedded.code, embedded.err]).toEqual([1, expect.stringContaining('has no trouble of the kind gap')]);
  });

  it.each([
    [['accept']],
    [['accept', tickets]],
    [['accept', tickets, '--kind', 'blocked_at_lso']],
    [['accept', 'support.tickets', '--kind', 'gap']],
    [['accept', tickets, '--kind', 'gap', '--seen', 'from']],
  ])('answers %j with exit code 2', async (args) => {
    expect((await runCli(args)).code).toBe(2);
  });
});

describe('tidemark positions', () => {
  it('shows a partition in trouble, what that is, and the command that accepts it', async () => {
    const { told } = await troubled(gap);
    const { out } = await told('positions', '--partitions');
    expect(out).toMatch(/support\.tickets:3 .*gap/);
    expect(out).toContain('offsets 0 to 8 were removed before they were read');
    expect(out).toContain(`tidemark accept ${tickets} --kind gap --seen from=0,to=9\n`);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(acceptable.gap);
    expect(JSON.stringify(jsonOf(await told('positions', '--json')))).toContain('"kind":"gap"');
  });

  it('offers no command against what passes by itself', async () => {
    const { told } = await troubled({ kind: 'blocked_at_lso', readableEnd: 0n });
    const { out } = await told('positions');
    expect(out).toContain('an open transaction keeps offset 0 and later from being read');
    expect(out).not.toContain('tidemark accept');
  });
});
