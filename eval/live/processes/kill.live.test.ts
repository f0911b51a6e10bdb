/**
 * `kill -9` of a service on Kafka at any moment of load, read, redrive, commit and start, again and again on one folder: what was
 * acknowledged is there, once; and earlier answers replay from the journal on the disk, or from the archive after the disk is gone.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import {
  answersReplay,
  lockIsTaken,
  neverFalselyFresh,
  nothingGoesBack,
  nothingLost,
  nothingTwice,
  redrivesStay,
  valuesOf,
} from '../../processes/checks.test-support.js';
import { Clients } from '../../processes/clients.test-support.js';
import { endAll, ensureBuilt, type Server } from '../../processes/server.test-support.js';
import { againLine, seed, size } from '../../prove/settings.js';
import { type Random, seeded } from '../../random.js';
import { eventually } from '../eventually.test-support.js';
import {
  kafkaMissing,
  kafkaUrl,
  qdrantMissing,
  qdrantUrl,
  redisMissing,
  redisUrl,
  s3Missing,
  s3Settings,
} from '../settings.js';
import { type Journal, ProcessScene } from './scene.test-support.js';

const SEED = seed();
const again = againLine('--config vitest.live.config.ts eval/live/processes/kill.live.test.ts');

interface Run {
  readonly scene: ProcessScene;
  readonly clients: Clients;
  readonly random: Random;
}

const open: ProcessScene[] = [];
beforeAll(ensureBuilt);
afterEach(async () => {
  endAll();
  for (const scene of open.splice(0)) await scene.close();
});

async function newRun(journal: Journal, more: Readonly<Record<string, string>> = {}): Promise<Run> {
  const scene = await ProcessScene.open(journal);
  scene.more = more;
  open.push(scene);
  return { scene, clients: new Clients(SEED), random: seeded(SEED) };
}

/** Clients at work; after some of their operations the server dies under the others. */
async function workUntilKilled(server: Server, { clients, random }: Run): Promise<void> {
  const last = clients.operations + random.between(1, 250);
  await clients.work(server, () => {
    if (clients.operations >= last) server.signal('SIGKILL');
    return false;
  });
  expect(await server.exited, again).toMatchObject({ signal: 'SIGKILL' });
}

/** A dead member is put out of its group after ten seconds, so most starts are under a group that has none. */
function chooseGroup({ scene, random }: Run): void {
  if (random.chance(0.85)) scene.group = `${scene.map.context}.${random.between(0, 1_000_000_000)}`;
}

/** Servers that are killed while they join, take the lock, copy, or begin to listen. */
async function killWhileStarting(run: Run): Promise<void> {
  const { scene, random } = run;
  chooseGroup(run);
  const server = scene.spawn();
  const moment = random.pick(['locked', 'listening', 'rebuilding']);
  const isLocked = () => existsSync(join(scene.journal, 'lock'));
  if (moment === 'locked') await eventually(() => expect(isLocked()).toBe(true), { everyMs: 1 });
  else await server.opened;
  if (moment === 'rebuilding') await server.ask('/v1/positions');
  await server.kill();
}

async function assertAll(server: Server, { scene, clients }: Run): Promise<void> {
  lockIsTaken(scene.journal, server);
  await server.ready();
  await clients.settle(server);
  await nothingLost(server, clients);
  await nothingTwice(server, clients, scene.map.rejected);
  await redrivesStay(server, clients.redriven.slice(-10));
  await answersReplay(server, clients.answers.slice(-10));
  neverFalselyFresh(clients);
  nothingGoesBack(clients);
  expect(clients.surprises, again).toEqual([]);
}

/** Everything that any account shows, by reference. */
async function shown(server: Server, clients: Clients): Promise<Record<string, JsonObject>> {
  const all: Record<string, JsonObject> = {};
  for (const account of clients.accounts) {
    const token = clients.acknowledged.findLast((one) => one.account === account)?.token;
    if (token !== undefined) Object.assign(all, Object.fromEntries(await valuesOf(server, account, token)));
  }
  return all;
}

async function killed(run: Run, kills: number): Promise<Server> {
  for (let kill = 0; kill < kills; kill++) {
    chooseGroup(run);
    const server = await run.scene.start();
    await assertAll(server, run);
    await workUntilKilled(server, run);
    if (run.random.chance(0.4)) await killWhileStarting(run);
  }
  chooseGroup(run);
  const server = await run.scene.start();
  await assertAll(server, run);
  return server;
}

/** A schedule without redrives or requests cut in the middle would prove nothing of them. */
function somethingWasAtStake({ answers, redriven, acknowledged, missed }: Clients, kills: number): void {
  expect(answers.length).toBeGreaterThan(kills * 2);
  expect(acknowledged.length).toBeGreaterThan(kills * 10);
  expect(redriven.length).toBeGreaterThan(0);
  expect(missed.cut).toBeGreaterThan(kills);
}

describe.skipIf(kafkaUrl() === undefined)(`kill -9 on Kafka (${kafkaMissing()})`, () => {
  const kills = size(3, 150);
  it(
    `P1, P2, P4, P5, P8 and P9 hold over ${kills} kills at moments of seed ${SEED}, and the state is the fold of the topics; again: ${again}`,
    async () => {
      const run = await newRun('file');
      const server = await killed(run, kills);
      const before = await shown(server, run.clients);
      expect(await server.stop()).toMatchObject({ code: 0 });
      run.scene.loseFolder();
      const folded = await run.scene.start();
      await folded.ready();
      expect(await shown(folded, run.clients)).toEqual(before);
      await answersReplay(folded, run.clients.answers.slice(-size(30, Number.POSITIVE_INFINITY)));
      somethingWasAtStake(run.clients, kills);
      expect(await folded.stop()).toMatchObject({ code: 0 });
    },
    size(120_000, 7_200_000),
  );
});

const needs = kafkaUrl() === undefined ? kafkaMissing() : s3Missing();
describe.skipIf(kafkaUrl() === undefined || s3Settings() === undefined)(`kill -9 with an archive (${needs})`, () => {
  const kills = size(2, 50);
  it(
    `over ${kills} kills nothing is lost, and without folder and topics every answer replays from the archive; again: ${again}`,
    async () => {
      const run = await newRun('s3');
      const server = await killed(run, kills);
      const before = await shown(server, run.clients);
      expect(await server.stop()).toMatchObject({ code: 0 });
      run.scene.loseFolder();
      await run.scene.expireTopics();
      expect((await run.scene.archived()).length).toBeGreaterThan(kills);
      const restored = await run.scene.start();
      await assertAll(restored, run);
      expect(await shown(restored, run.clients)).toEqual(before);
      await answersReplay(restored, run.clients.answers.slice(-size(30, Number.POSITIVE_INFINITY)));
      somethingWasAtStake(run.clients, kills);
      expect(await restored.stop()).toMatchObject({ code: 0 });
    },
    size(120_000, 3_600_000),
  );
});

const lacks = [
  [kafkaUrl(), kafkaMissing()],
  [redisUrl(), redisMissing()],
  [qdrantUrl(), qdrantMissing()],
].find(([url]) => url === undefined)?.[1];
describe.skipIf(lacks !== undefined)(
  `kill -9 beside Redis and Qdrant (${lacks ?? 'on Kafka, Redis and Qdrant'})`,
  () => {
    const kills = size(2, 240);
    it(
      `over ${kills} kills nothing is lost, and a state begun anew in another place comes to the same (row 39); again: ${again}`,
      async () => {
        const stores = () => ({
          STATE_URL: redisUrl() ?? '',
          INDEX_URL: qdrantUrl() ?? '',
          REDIS_PREFIX: `t-${randomUUID()}`,
          QDRANT_COLLECTION: `t-${randomUUID()}`,
        });
        const run = await newRun('file', stores());
        const server = await killed(run, kills);
        const before = await shown(server, run.clients);
        expect(await server.stop()).toMatchObject({ code: 0 });
        run.scene.loseFolder();
        run.scene.more = stores();
        const folded = await run.scene.start();
        await folded.ready();
        expect(await shown(folded, run.clients)).toEqual(before);
        await answersReplay(folded, run.clients.answers.slice(-size(30, Number.POSITIVE_INFINITY)));
        somethingWasAtStake(run.clients, kills);
        expect(await folded.stop()).toMatchObject({ code: 0 });
      },
      size(300_000, 7_200_000),
    );
  },
);
