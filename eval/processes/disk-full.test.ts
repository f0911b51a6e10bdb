/** A full disk: nothing is taken that cannot be kept, no snapshot is released without its record, and with space again all is as before. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faultyFiles } from '../../connectors/file/faulty-files.js';
import { FileLog } from '../../connectors/file/log.js';
import { expectProblem, member } from '../../src/api/world.test-support.js';
import { account, ticket } from '../../src/fixtures.test-support.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';
import { answersReplay, neverFalselyFresh, nothingGoesBack, nothingLost, nothingTwice } from './checks.test-support.js';
import { Clients } from './clients.test-support.js';
import { endAll, ensureBuilt, removeFolder, Server, scratchFolder } from './server.test-support.js';

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => {
  endAll();
  removeFolder(folder);
});

function openLog(files = faultyFiles()): Promise<FileLog> {
  const topics = topicsToOpen(defaultTopics);
  return FileLog.open({ folder: join(folder, 'log'), topics, clock: () => 0, onReport: () => undefined, files });
}

describe('the file layer says that the disk is full', () => {
  it('P9: a write is refused, an audited read too, keyed state is told with its label; a restart with space has it all', async () => {
    const files = faultyFiles();
    const clock = new TwoHandClock();
    const log = await openLog(files);
    const flow = await Flow.open({ clock, log, tenants: ['acme'] });
    const caller = flow.caller('acme');
    await caller.ok('/v1/events', { body: [account('A-1'), ticket('T-1')] });
    await flow.settle();
    const before = await caller.ok('/v1/context', { body: { account: 'A-1' } });
    files.fault = (step) => (step === 'write' ? { code: 'ENOSPC' } : undefined);
    expectProblem(await caller.ask('/v1/context', { body: { account: 'A-1' } }), 503, 'audit_unavailable');
    expectProblem(await caller.ask('/v1/events', { body: ticket('T-2') }), 503, 'log_failed');
    const state = await caller.ok('/v1/accounts/A-1');
    expect(member(state, 'members', 0, 'ref')).toBe('ticket/T-1');
    expect(await caller.ok(`/v1/snapshots/${before.id}/replay`, { body: {} })).toMatchObject({ verdict: 'MATCH' });
    files.fault = () => undefined;
    await flow.stop();
    await log.close();
    const again = await Flow.open({ clock, log: await openLog(), tenants: ['acme'] });
    await again.settle();
    await keepsAll(again, String(before.id));
  });
});

async function keepsAll(again: Flow, id: string): Promise<void> {
  const caller = again.caller('acme');
  expect(await caller.ok(`/v1/snapshots/${id}/replay`, { body: {} })).toMatchObject({ verdict: 'MATCH' });
  await caller.ok('/v1/events', { body: ticket('T-2') });
  await again.settle();
  const after = await caller.ok('/v1/context', { body: { account: 'A-1' } });
  expect((after.items as { ref: string }[]).map(({ ref }) => ref)).toEqual(['account/A-1', 'ticket/T-1', 'ticket/T-2']);
  await again.stop();
  await again.options.log.close();
}

/** Undefined when it worked; else why not. */
function mount(...args: readonly string[]): string | undefined {
  const ran = spawnSync('mount', ['-t', 'tmpfs', ...args, 'tmpfs', folder], { encoding: 'utf8' });
  return ran.status === 0 ? undefined : `no tmpfs can be mounted here: ${ran.error?.message ?? ran.stderr.trim()}`;
}

describe('a disk of one megabyte', () => {
  beforeAll(ensureBuilt, 60_000);
  afterEach(() => void spawnSync('umount', ['-l', folder]));

  it('P1, P2, P4, P9 while it fills, is full and is given space again (needs leave to mount a tmpfs)', async (context) => {
    const whyMissing = mount('-o', 'size=1m');
    context.skip(whyMissing !== undefined, whyMissing ?? '');
    const clients = new Clients(7);
    const full = await Server.start(join(folder, 'log'));
    await clients.work(full, () => clients.missed.refused > 3);
    const [accountId] = clients.accounts;
    const posted = await full.ask('/v1/events', { ...account('A-9'), tenant: 'default' });
    expect(posted).toMatchObject({ status: 503, body: { code: 'log_failed', advice: expect.stringMatching(/space/) } });
    const read = await full.ask('/v1/context', { account: accountId });
    expect(read).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
    expect(await full.ask(`/v1/accounts/${accountId}`)).toMatchObject({ status: 200 });
    await full.stop();
    expect(mount('-o', 'remount,size=64m')).toBeUndefined();
    const spacious = await Server.start(join(folder, 'log'));
    await clients.settle(spacious);
    await nothingLost(spacious, clients);
    await nothingTwice(spacious, clients);
    await answersReplay(spacious, clients.answers.slice(-20));
    neverFalselyFresh(clients);
    nothingGoesBack(clients);
    expect(clients.surprises).toEqual([]);
  }, 90_000);
});
