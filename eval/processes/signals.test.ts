/** One folder, one writer; and what a server does when it is told to stop, or is stopped and let go on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import { limits } from '../../src/limits.js';
import { size } from '../prove/settings.js';
import { neverFalselyFresh, nothingGoesBack, nothingLost, nothingTwice } from './checks.test-support.js';
import { Clients } from './clients.test-support.js';
import { endAll, ensureBuilt, removeFolder, Server, scratchFolder } from './server.test-support.js';

let folder: string;
let clients: Clients;
beforeAll(ensureBuilt, 60_000);
beforeEach(() => {
  folder = scratchFolder();
  clients = new Clients(1);
});
afterEach(() => {
  endAll();
  removeFolder(folder);
});

/** Generous, since the machine may be busy: what must be quick is said where it must. */
const timeout = size(120_000, 600_000);

it(
  'a second server on the folder refuses with one clear line and code 1, and the first serves on',
  { timeout },
  async () => {
    const first = await Server.start(folder);
    const url = await first.opened;
    const second = await new Server(folder).exited;
    expect(second.code).toBe(1);
    const lines = second.err.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`is in use by process ${first.pid} (${url})`);
    expect(lines[1]).toContain('stop process');
    await clients.work(first, () => clients.acknowledged.length > 20);
    await clients.settle(first);
    await nothingLost(first, clients);
  },
);

it(
  'two servers that find the same dead one: one takes the folder over, and nobody writes beside it',
  { timeout: size(120_000, 1_800_000) },
  async () => {
    for (let round = 0; round < size(2, 50); round++) {
      const dead = await Server.start(folder);
      await dead.kill();
      const both = [new Server(folder), new Server(folder)];
      const opened = await Promise.all(both.map((server) => server.opened));
      const [winner, ...others] = both.filter((_, index) => typeof opened[index] === 'string');
      expect(others).toEqual([]);
      const lost = opened.find((one) => typeof one !== 'string');
      expect(lost).toMatchObject({ code: 1, err: expect.stringMatching(/^error: The log in .* is in use/) });
      expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: winner?.pid });
      await winner?.kill();
    }
  },
);

it(
  'SIGTERM under load drains: requests in flight are answered, and the server ends in order with code 0',
  { timeout },
  async () => {
    const server = await Server.start(folder);
    const stopAt = 60;
    let stoppedAtMs = Number.POSITIVE_INFINITY;
    await clients.work(server, () => {
      if (clients.operations >= stopAt && stoppedAtMs === Number.POSITIVE_INFINITY) {
        stoppedAtMs = performance.now();
        server.signal('SIGTERM');
      }
      return false;
    });
    expect(await server.exited).toMatchObject({ code: 0, signal: null });
    // After that long the requests still in flight would have been cut.
    expect(performance.now() - stoppedAtMs).toBeLessThan(limits.drainMs);
    expect(clients.surprises).toEqual([]);
    const next = await Server.start(folder);
    await clients.settle(next);
    await nothingLost(next, clients);
    await nothingTwice(next, clients);
  },
);

it('SIGSTOP and SIGCONT: P2 and P4 hold of every answer, before, across and after the stop', { timeout }, async () => {
  const server = await Server.start(folder);
  await clients.work(server, () => clients.operations > 60);
  const stopMs = size(1_500, 10_000);
  const across = clients.work(server, () => clients.operations > 200);
  server.signal('SIGSTOP');
  await vi.waitFor(() => expect(server.isStopped).toBe(true), { timeout, interval: 20 });
  const stoppedAtMs = performance.now();
  await vi.waitFor(() => expect(performance.now() - stoppedAtMs).toBeGreaterThan(stopMs), { timeout, interval: 50 });
  expect(server.isStopped).toBe(true);
  const asked = server.ask('/v1/context', { account: clients.accounts[0], consistency: { maxStalenessMs: 100 } });
  server.signal('SIGCONT');
  await across;
  const heard = await asked;
  // What was proven before the stop is older than the caller allows: fresh must have been proven anew.
  expect(heard.kind === 'reply' && heard.status, JSON.stringify(heard)).toBe(200);
  if (heard.kind === 'reply' && member(heard.body, 'freshness', 'label') === 'fresh') {
    expect(member(heard.body, 'freshness', 'ageMs')).toBeLessThanOrEqual(100);
  }
  await clients.settle(server);
  await nothingLost(server, clients);
  neverFalselyFresh(clients);
  nothingGoesBack(clients);
  expect(clients.surprises).toEqual([]);
});
