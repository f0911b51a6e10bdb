/** A checkpoint and its log part ways: the log has lost its end, or the checkpoint has rotted. The log is right, and the service says so. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { partitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import { againLine, seed, size } from '../prove/settings.js';
import { seeded } from '../random.js';
import { cutTail, endsOf, filesOf, flipBit, newestSegments } from './folders.test-support.js';
import { endAll, ensureBuilt, removeFolder, Server, scratchFolder } from './server.test-support.js';

let folder: string;
/** A log with a checkpoint of all of it, as a clean stop leaves it. */
let log: string;
let refs: ReadonlyMap<string, string>;
beforeAll(async () => {
  ensureBuilt();
  folder = scratchFolder();
  log = join(folder, 'log');
  const server = await Server.start(log);
  refs = await load(server);
  expect(await server.stop()).toMatchObject({ code: 0 });
  expect(checkpointFiles(), 'a checkpoint was written').not.toEqual([]);
}, 90_000);
afterEach(endAll);
afterAll(() => {
  endAll();
  removeFolder(folder);
});

function checkpointFiles(): readonly string[] {
  return filesOf(log).filter((file) => file.startsWith('checkpoints/'));
}

const SEED = seed();
const again = againLine('eval/processes/checkpoints.test.ts');
const timeout = size(90_000, 3_600_000);
const ACCOUNT = 'A-1';
const count = limits.checkpointStopRecordsMin + 100;

function ticketEvent(n: number): JsonObject {
  const common = { specversion: '1.0', source: '/bulk', type: 'ticket.opened', id: `t-${n}`, subject: `T-${n}` };
  return { ...common, data: { id: `T-${n}`, accountId: ACCOUNT, subject: 'bulk', status: 'open' } };
}

/** Tickets by the position of the one record each has. */
async function load(server: Server): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>();
  const account = { specversion: '1.0', source: '/bulk', type: 'account.created', id: 'a', subject: ACCOUNT };
  await server.ok('/v1/events', { ...account, data: { id: ACCOUNT, name: 'Bulk' } });
  for (let from = 0; from < count; from += 100) {
    const batch = Array.from({ length: 100 }, (_, index) => ticketEvent(from + index));
    const { events } = await server.ok('/v1/events', batch);
    for (const [index, { position }] of (events as { position: JsonObject }[]).entries()) {
      refs.set(`${position.topic}:${position.partition}:${position.offset}`, `ticket/T-${from + index}`);
    }
  }
  await server.ready();
  return refs;
}

/** What an account shows, by reference, of a server that has caught up. */
async function shownBy(server: Server): Promise<ReadonlySet<string>> {
  await server.ready();
  const { members, freshness } = await server.ok(`/v1/accounts/${ACCOUNT}`);
  expect(freshness).toMatchObject({ label: 'fresh' });
  expect((await server.ok('/v1/positions')).totals).toMatchObject({ addsUp: true });
  return new Set((members as JsonObject[]).map(({ ref }) => String(ref)));
}

it('P2, P3: nothing is shown that the log has lost, though a checkpoint still knows it', { timeout }, async () => {
  const copy = join(folder, 'cut');
  cpSync(log, copy, { recursive: true });
  for (const file of newestSegments(copy)) if (file.startsWith('support.tickets')) cutTail(copy, file, 4_096);
  const ends = await endsOf(copy);
  const lost = [...refs].filter(([position]) => {
    const [topic = '', partition = '', offset = ''] = position.split(':');
    return BigInt(offset) >= (ends.get(partitionKey(topic, Number(partition))) ?? 0n);
  });
  expect(lost.length).toBeGreaterThan(4);
  const again = await Server.start(copy);
  const shown = await shownBy(again);
  expect(lost.filter(([, ref]) => shown.has(ref))).toEqual([]);
  expect(shown.size).toBe(refs.size - lost.length);
  for (const [position] of lost.slice(0, 3)) {
    const heard = await again.ask(`/v1/accounts/${ACCOUNT}?deadlineMs=1&token=${position}`);
    expect(heard, position).toMatchObject({ status: 422, body: { code: 'token_in_future' } });
  }
});

it(
  `P2, P3: one bit of a checkpoint turned round changes nothing that is shown; seed ${SEED}; again: ${again}`,
  { timeout },
  async () => {
    const random = seeded(SEED);
    for (let flip = 0; flip < size(2, 100); flip++) {
      const copy = join(folder, `flipped-${flip}`);
      cpSync(log, copy, { recursive: true });
      const files = checkpointFiles();
      const { file, byte, bit } = flipBit(copy, files[random.between(0, files.length - 1)] ?? '', random);
      const server = await Server.start(copy);
      const shown = await shownBy(server);
      expect(shown, `bit ${bit} of byte ${byte} of ${file}`).toEqual(new Set(refs.values()));
      await server.kill();
      removeFolder(copy);
    }
  },
);
