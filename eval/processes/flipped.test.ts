/**
 * One bit turned round in any file of the folder: the server recovers, or refuses with one clear line. Whatever it answers after that is
 * what it answered before, or is not called fresh.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import { againLine, seed, size } from '../prove/settings.js';
import { seeded } from '../random.js';
import { Clients } from './clients.test-support.js';
import { filesOf, flipBit } from './folders.test-support.js';
import { type Exit, endAll, ensureBuilt, removeFolder, Server, scratchFolder } from './server.test-support.js';

const SEED = seed();
const again = againLine('eval/processes/flipped.test.ts');
/** Of each sort of file. */
const flips = size(2, 100);

let folder: string;
/** What clients had done before; the server was killed, so the lock is there. */
const clients = new Clients(SEED);
beforeAll(async () => {
  ensureBuilt();
  folder = scratchFolder();
  const server = await Server.start(join(folder, 'log'));
  await clients.work(server, () => clients.operations >= 150);
  await clients.settle(server);
  await server.ready();
  await server.kill();
}, 60_000);
afterEach(endAll);
afterAll(() => {
  endAll();
  removeFolder(folder);
});

/** Sorts of files: all segments are one, all sidecars another; what has a name of its own is alone. */
function sortOf(file: string): string {
  return /[0-9]{20}(\.\w+)$/.exec(file)?.[1] ?? file.slice(file.lastIndexOf('/') + 1);
}

/** A refusal tells what and where in one line, what to do in another, and ends with a code of its own. */
function expectRefusal({ code, signal, err }: Exit, what: string): void {
  expect([code, signal], `${what}: ${err}`).toEqual([expect.toSatisfy((one) => one === 1 || one === 2), null]);
  const lines = err.trimEnd().split('\n');
  expect(lines[0], what).toMatch(/^error: .*(log|lock)/i);
  expect(err, what).not.toMatch(/\n\s+at /);
  expect(err, what).not.toContain('not an error we foresaw');
}

/** Every account, against the last that was acknowledged of it: a fresh answer shows it all. */
async function neverWronglyFresh(server: Server, what: string): Promise<void> {
  for (const account of clients.accounts) {
    const own = clients.acknowledged.filter((one) => one.account === account && one.ref === `account/${account}`);
    const heard = await server.ask('/v1/context', { account, consistency: { level: 'latest', deadlineMs: 20_000 } });
    if (heard.kind === 'cut') expect.fail(`${what}: the server is gone`);
    if (heard.status !== 200 || member(heard.body, 'freshness', 'label') !== 'fresh') continue;
    const n = own.at(-1)?.n ?? 0;
    const shown = (heard.body.items as { ref: string; value: { n: number } }[]).find(({ ref }) =>
      ref.startsWith('account/'),
    );
    expect(shown?.value.n, `${what}: P2, ${account}`).toBeGreaterThanOrEqual(n);
  }
}

/**
 * The last record of a partition cannot be told from a write that a crash has cut short, so a flip in it costs that record; the log says so
 * where it is started. Of everything else nothing may be lost.
 */
async function judge(server: Server, what: string): Promise<'recovered' | 'cut'> {
  await server.ready();
  const { partitions, totals } = await server.ok('/v1/positions');
  expect(totals, `${what}: P1`).toMatchObject({ addsUp: true });
  const ends = new Map(
    (partitions as { topic: string; partition: number; highWatermark: string }[]).map((one) => [
      `${one.topic}:${one.partition}`,
      BigInt(one.highWatermark),
    ]),
  );
  const lost = clients.acknowledged.filter(({ position }) => {
    const at = position.lastIndexOf(':');
    return BigInt(position.slice(at + 1)) >= (ends.get(position.slice(0, at)) ?? 0n);
  });
  expect(lost.length, `${what}: P1, acknowledged and gone`).toBeLessThanOrEqual(1);
  if (lost.length === 0) await neverWronglyFresh(server, what);
  for (const { position, account } of lost) {
    const heard = await server.ask(`/v1/accounts/${account}?deadlineMs=1&token=${position}`);
    expect(heard, `${what}: P2`).toMatchObject({ status: 422, body: { code: 'token_in_future' } });
  }
  for (const { body } of clients.answers.slice(-3)) {
    const heard = await server.ask(`/v1/snapshots/${body.id}/replay`, { depth: 'full' });
    const verdict = heard.kind === 'reply' ? `${heard.status} ${heard.body.verdict} ${heard.body.reason ?? ''}` : 'cut';
    expect(verdict, `${what}: P5`).toMatch(/^(200 MATCH |200 UNREPLAYABLE (truncated|audit_damaged)|404 undefined )$/);
  }
  return lost.length === 0 ? 'recovered' : 'cut';
}

it(
  `recovers or refuses after one bit was turned round anywhere, P1, P2, P5; seed ${SEED}; again: ${again}`,
  async () => {
    const random = seeded(SEED);
    const files = filesOf(join(folder, 'log'));
    const ends: string[] = [];
    for (const sort of new Set(files.map(sortOf))) {
      const ofSort = files.filter((file) => sortOf(file) === sort);
      for (let flip = 0; flip < flips; flip++) {
        const copy = join(folder, 'flipped');
        cpSync(join(folder, 'log'), copy, { recursive: true });
        const { file, byte, bit } = flipBit(copy, ofSort[random.between(0, ofSort.length - 1)] ?? '', random);
        const what = `bit ${bit} of byte ${byte} of ${file}`;
        const server = new Server(copy);
        const opened = await server.opened;
        if (typeof opened !== 'string') expectRefusal(opened, what);
        ends.push(typeof opened === 'string' ? await judge(server, what) : 'refused');
        await server.kill();
        removeFolder(copy);
      }
    }
    expect(new Set(ends), again).toContain('recovered');
    expect(new Set(ends), again).toContain('refused');
  },
  size(120_000, 3_600_000),
);
