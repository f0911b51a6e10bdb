/** `kill -9` at any moment of load, read and redrive, again and again on one folder: what was acknowledged is there, once. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import { againLine, seed, size } from '../prove/settings.js';
import { type Random, seeded } from '../random.js';
import {
  answersReplay,
  lockIsTaken,
  neverFalselyFresh,
  nothingGoesBack,
  nothingLost,
  nothingTwice,
  redrivesStay,
} from './checks.test-support.js';
import { Clients } from './clients.test-support.js';
import { endAll, ensureBuilt, removeFolder, Server, scratchFolder } from './server.test-support.js';

const SEED = seed();
const kills = size(8, 200);
const again = againLine('eval/processes/kill.test.ts');

let folder: string;
beforeAll(ensureBuilt, 60_000);
afterEach(() => {
  endAll();
  removeFolder(folder);
});

/** Clients at work; after some of their operations the server dies under the others. */
async function workUntilKilled(server: Server, clients: Clients, random: Random): Promise<void> {
  const last = clients.operations + random.between(1, 250);
  await clients.work(server, () => {
    if (clients.operations >= last) server.signal('SIGKILL');
    return false;
  });
  expect(await server.exited, again).toMatchObject({ signal: 'SIGKILL' });
}

/** Servers that are killed while they take the lock, read the log or begin to listen. */
async function killWhileStarting(random: Random): Promise<void> {
  const server = new Server(folder);
  const moment = random.pick(['locked', 'listening', 'rebuilding']);
  const isLocked = () => existsSync(join(folder, 'lock'));
  if (moment === 'locked') await expect.poll(isLocked, { interval: 1, timeout: 60_000 }).toBe(true);
  else await server.opened;
  if (moment === 'rebuilding') await server.ask('/v1/positions');
  await server.kill();
}

async function assertAll(server: Server, clients: Clients): Promise<void> {
  lockIsTaken(folder, server);
  await clients.settle(server);
  await nothingLost(server, clients);
  await nothingTwice(server, clients);
  await redrivesStay(server, clients.redriven.slice(-10));
  await answersReplay(server, clients.answers.slice(-10));
  neverFalselyFresh(clients);
  nothingGoesBack(clients);
  expect(clients.surprises, again).toEqual([]);
}

/** A schedule without fresh answers, redrives or requests cut in the middle would prove nothing of them. */
function somethingWasAtStake({ answers, redriven, acknowledged, missed }: Clients): void {
  expect(answers.filter(({ body }) => member(body, 'freshness', 'label') === 'fresh').length).toBeGreaterThan(kills);
  expect(redriven.length).toBeGreaterThan(0);
  expect(acknowledged.length).toBeGreaterThan(kills * 10);
  expect(missed.cut).toBeGreaterThan(kills);
}

it(
  `P1, P2, P4, P5, P8 and P9 hold over ${kills} kills at moments of seed ${SEED}; again: ${again}`,
  async () => {
    folder = scratchFolder();
    const random = seeded(SEED);
    const clients = new Clients(SEED);
    for (let kill = 0; kill < kills; kill++) {
      const server = await Server.start(folder);
      await assertAll(server, clients);
      await workUntilKilled(server, clients, random);
      if (random.chance(0.4)) await killWhileStarting(random);
    }
    const server = await Server.start(folder);
    await assertAll(server, clients);
    await redrivesStay(server, clients.redriven);
    await answersReplay(server, clients.answers.slice(-size(60, Number.POSITIVE_INFINITY)));
    somethingWasAtStake(clients);
    expect(await server.stop()).toMatchObject({ code: 0 });
  },
  size(120_000, 3_600_000),
);
