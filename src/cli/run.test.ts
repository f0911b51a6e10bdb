import { describe, expect, it } from 'vitest';
import { account, jsonOf, memoryComposition, ndjson, policy, runCli, ticket } from './cli.test-support.js';
import { objectOf, objectsOf, textAt } from './json-read.js';

const events = ndjson(account, ticket, policy(1, '2026-01-01T00:00:00Z'));

async function loaded() {
  const composition = memoryComposition();
  const ran = await runCli(['load', '-', '--json'], { composition, input: events });
  expect(ran.code).toBe(0);
  return composition;
}

async function askedFor(composition: ReturnType<typeof memoryComposition>): Promise<string> {
  const ran = await runCli(['ask', 'A-1', 'Are', 'refunds', 'granted?', '--json'], { composition });
  return textAt(jsonOf(ran), 'id');
}

describe('the command line', () => {
  it.each([
    [['ask']],
    [['fly']],
    [['ask', 'A-1', '--budget', 'lots']],
    [['ask', 'A-1', '--consistency', 'sometimes']],
    [['ask', 'A-1']],
    [['serve', '--host', '0.0.0.0']],
    [['serve', '--port', 'http']],
    [['load', '/no/such/file']],
    [[]],
  ])('answers %j with exit code 2 and tries nothing', async (args) => {
    const ran = await runCli(args);
    expect(ran.code).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).not.toContain('    at ');
  });

  it.each(['demo', 'serve', 'load', 'ask', 'replay', 'diff', 'trace', 'positions', 'doctor'])(
    '%s has help with an example',
    async (name) => {
      const ran = await runCli([name, '--help']);
      expect(ran.code).toBe(0);
      expect(ran.out).toContain(`Examples:\n  ${name === 'ask' ? 'tidemark ask' : 'tidemark'}`);
      expect(ran.out).toContain('--json');
    },
  );

  it('says after a bad line how to set it aside and how to leave it out, never to send it again as it is', async () => {
    const ran = await runCli(['load', '-'], { input: `${ndjson(account)}{"n":\n${ndjson(ticket)}` });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('tidemark load - --from-line 2 --rejects rejected.ndjson');
    expect(ran.err).toContain('tidemark load - --from-line 3\n');
    expect(ran.err).not.toMatch(/--from-line 2\n/);
  });

  it('tells a refusal in two lines: what happened, and what to do', async () => {
    const ran = await runCli(['ask', 'nobody'], { composition: await loaded() });
    expect(ran.code).toBe(1);
    expect(ran.err.trimEnd().split('\n')).toEqual([
      'error: no event of this tenant has made such an account',
      '       Check the id; if it was just written, pass the token of that write.',
    ]);
  });

  it('asks, and shows what a copilot would see', async () => {
    const ran = await runCli(['ask', 'A-1', 'Are refunds granted?'], { composition: await loaded() });
    expect(ran.code).toBe(0);
    for (const part of [
      'FRESH',
      'Harbour Books',
      'Refund? · open',
      'refund@1',
      'support.policies:',
      'copilot.context:0:0',
    ]) {
      expect(ran.out).toContain(part);
    }
  });

  it('passes the options of a question on', async () => {
    const args = ['ask', 'A-1', '--kinds', 'account', '--consistency', 'latest', '--purpose', 'billing', '--json'];
    const snapshot = jsonOf(await runCli(args, { composition: await loaded() }));
    expect(objectsOf(snapshot.items).map((item) => textAt(item, 'ref'))).toEqual(['account/A-1']);
    expect(snapshot).toMatchObject({ purpose: 'billing', question: null });
  });

  it('replays with exit code 0 for a match and 1 for an unknown snapshot', async () => {
    const composition = await loaded();
    const ran = await runCli(['replay', await askedFor(composition), '--depth', 'content'], { composition });
    expect([ran.code, ran.out]).toEqual([
      0,
      'MATCH · 3 items rebuilt from the journal, byte for byte what was released\n',
    ]);
    const full = await runCli(['replay', await askedFor(composition)], { composition });
    expect([full.code, full.out]).toEqual([0, expect.stringContaining('answered again as of then')]);
    expect((await runCli(['replay', 'sha256-0'], { composition })).code).toBe(1);
  });

  it('tells by exit code whether a snapshot is still valid, and what superseded it', async () => {
    const composition = await loaded();
    const id = await askedFor(composition);
    expect((await runCli(['diff', id], { composition })).code).toBe(0);
    await runCli(['load', '-'], { composition, input: ndjson(policy(2, '2026-02-01T00:00:00Z')) });
    const ran = await runCli(['diff', id], { composition });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('NO LONGER VALID · superseded by the event at support.policies:');
    expect(ran.out).toContain('+ policy/refund@2 added');
  });

  it('counts a second load of the same lines as duplicates', async () => {
    const ran = await runCli(['load', '-', '--json'], { composition: await loaded(), input: events });
    expect(jsonOf(ran)).toMatchObject({ appended: 0, duplicates: 3 });
  });

  it('stops a load at a bad line with its number, its reason and how to go on', async () => {
    const ran = await runCli(['load', '-'], { input: `${ndjson(account)}{"type":7}\n` });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('line 2 is no event: not_a_cloudevent');
    expect(ran.err).toContain('tidemark load - --from-line 2');
  });

  it('shows that the positions add up', async () => {
    const ran = await runCli(['positions'], { composition: await loaded() });
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('3 records = 3 applied + 0 superseded + 0 duplicate + 0 rejected: adds up');
  });

  it('never prints a secret', async () => {
    const ran = await runCli(['config', 'print', '--json'], { settings: { TIDEMARK_KEY: 'tm_hidden' } });
    expect(objectOf(jsonOf(ran)).TIDEMARK_KEY).toBe('(set)');
    expect(ran.out).not.toContain('tm_hidden');
  });

  it('prints no control character of a customer, neither for people nor as JSON', async () => {
    const composition = memoryComposition();
    const hostile = { ...account, data: { id: 'A-1', name: 'Harbour\u001b[2J\u009b31m' } };
    await runCli(['load', '-'], { composition, input: ndjson(hostile) });
    for (const flag of [[], ['--json']]) {
      const ran = await runCli(['ask', 'A-1', ...flag], { composition });
      expect(ran.out).toContain('Harbour');
      expect(ran.out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });
});
