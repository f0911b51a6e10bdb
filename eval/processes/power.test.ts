/**
 * Power loss on a disk that promised too much: after a kill, 1 to 4,096 bytes are cut off the ends of some partitions. What was acknowledged
 * can be lost there and nowhere else, and the service says of everything that rested on it that it is gone: also once other records have
 * taken the places of the lost ones.
 */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { type PartitionKey, parsePositionText, partitionKey, vectorFromJson } from '../../src/domain/position.js';
import { againLine, seed, size } from '../prove/settings.js';
import { type Random, seeded } from '../random.js';
import { neverFalselyFresh, nothingGoesBack, nothingLost, nothingTwice, redrivesStay } from './checks.test-support.js';
import { type Answer, Clients } from './clients.test-support.js';
import { cutTail, endsOf, newestSegments } from './folders.test-support.js';
import { endAll, ensureBuilt, removeFolder, Server, scratchFolder } from './server.test-support.js';

const SEED = seed();
const losses = size(4, 200);
const again = againLine('eval/processes/power.test.ts');

let folder: string;
beforeAll(ensureBuilt, 60_000);
afterEach(() => {
  endAll();
  removeFolder(folder);
});

type Ends = ReadonlyMap<PartitionKey, bigint>;

/** Bytes of one to three partitions, of those that hold records; where the records of each end then. */
async function losePower(
  random: Random,
): Promise<{ readonly before: Ends; readonly after: Ends; readonly cut: string }> {
  const before = await endsOf(folder);
  const written = newestSegments(folder).filter((file) => (before.get(partitionOfFile(file)) ?? 0n) > 0n);
  const cut: string[] = [];
  for (let left = random.between(1, 3); left > 0; left--) {
    const file = written[random.between(0, written.length - 1)] ?? '';
    if (cut.includes(file)) continue;
    cutTail(folder, file, random.between(1, 4_096));
    cut.push(file);
  }
  return { before, after: await endsOf(folder), cut: cut.join(' ') };
}

function partitionOfFile(file: string): PartitionKey {
  const [topic = '', partition = ''] = file.split('/');
  return partitionKey(topic, Number(partition));
}

function lostFrom(ends: Ends): (position: string) => boolean {
  return (position) => {
    const at = parsePositionText(position);
    return at !== undefined && at.offset >= (ends.get(partitionKey(at.topic, at.partition)) ?? 0n);
  };
}

/**
 * Of what is gone nobody is told that the state covers it. A reply's token knows the history it was made in; a bare position does not, and
 * is one of the future until something else is there.
 */
async function tokensAreRefused(
  server: Server,
  clients: Clients,
  { isLost, taken }: { readonly isLost: (position: string) => boolean; readonly taken: boolean },
): Promise<void> {
  for (const { position, account, token } of clients.acknowledged.filter((one) => isLost(one.position)).slice(-5)) {
    const told = await server.ask(`/v1/accounts/${account}?deadlineMs=1&token=${token}`);
    expect(told, `P2: ${position} was lost`).toMatchObject({ status: 422, body: { code: 'token_of_another_log' } });
    const past = await server.ask(`/v1/accounts/${account}?deadlineMs=1&asOf=${token}`);
    expect(past, `P5: ${position} was lost`).toMatchObject({ status: 422, body: { code: 'token_of_another_log' } });
    if (taken) continue;
    const heard = await server.ask(`/v1/accounts/${account}?deadlineMs=1&token=${position}`);
    expect(heard, `P2: ${position} was lost`).toMatchObject({ status: 422, body: { code: 'token_in_future' } });
  }
}

/** Rests on lost records, in whole or in part; or has lost the record of its release; or neither. */
function fateOf(
  { body }: Answer,
  isLost: (position: string) => boolean,
  ends: Ends,
): 'unrecorded' | 'truncated' | 'touched' | 'whole' {
  const audit = body.audit as JsonObject;
  if (isLost(`${audit.topic}:${audit.partition}:${audit.offset}`)) return 'unrecorded';
  const sources = (body.items as JsonObject[]).map((item) => item.source as JsonObject);
  if (sources.some(({ topic, partition, offset }) => isLost(`${topic}:${partition}:${offset}`))) return 'truncated';
  const through = vectorFromJson(member(body, 'stamp', 'through') as Record<string, Record<string, string>>);
  return [...through].some(([key, offset]) => offset >= (ends.get(key) ?? 0n)) ? 'touched' : 'whole';
}

const verdicts = {
  unrecorded: { content: [[404, undefined, undefined]], full: [[404, undefined, undefined]] },
  truncated: { content: [[200, 'UNREPLAYABLE', 'truncated']], full: [[200, 'UNREPLAYABLE', 'truncated']] },
  // What it shows may all be there, but for a decision behind it; the past that it was chosen from is not.
  touched: {
    content: [
      [200, 'UNREPLAYABLE', 'truncated'],
      [200, 'MATCH', undefined],
    ],
    full: [[200, 'UNREPLAYABLE', 'truncated']],
  },
  whole: { content: [[200, 'MATCH', undefined]], full: [[200, 'MATCH', undefined]] },
} as const;

async function answersTellTheirFate(
  server: Server,
  clients: Clients,
  { isLost, ends }: { readonly isLost: (position: string) => boolean; readonly ends: Ends },
): Promise<void> {
  for (const answer of clients.answers.slice(-40)) {
    const fate = fateOf(answer, isLost, ends);
    for (const depth of ['content', 'full'] as const) {
      const heard = await server.ask(`/v1/snapshots/${answer.body.id}/replay`, { depth });
      if (heard.kind === 'cut') expect.fail('the server is gone');
      const told = [heard.status, heard.body.verdict, heard.body.reason];
      expect(verdicts[fate][depth], `P5: ${fate}, ${depth}: ${heard.text}`).toContainEqual(told);
    }
  }
}

/** Work, a kill, and the loss. How many records it took. */
async function loseSome(clients: Clients, random: Random): Promise<{ readonly after: Ends; readonly records: bigint }> {
  const server = await Server.start(folder);
  const last = clients.operations + random.between(30, 150);
  await clients.work(server, () => {
    if (clients.operations >= last) server.signal('SIGKILL');
    return false;
  });
  await server.exited;
  const { before, after, cut } = await losePower(random);
  let records = 0n;
  for (const [key, end] of before) {
    records += end - (after.get(key) ?? 0n);
    expect(cut.includes(key.replace(':', '/')) || after.get(key) === end, `P1: ${key} lost records`).toBe(true);
  }
  return { after, records };
}

/** `others`: how many batches of other events come before anything is checked. */
async function recover(clients: Clients, after: Ends, others: number): Promise<void> {
  const isLost = lostFrom(after);
  const server = await Server.start(folder);
  await server.ready();
  neverFalselyFresh(clients);
  nothingGoesBack(clients);
  const taking = await clients.sendOthers(server, others);
  await tokensAreRefused(server, clients, { isLost, taken: others > 0 });
  await answersTellTheirFate(server, clients, { isLost, ends: after });
  await clients.sendAgain(server, isLost);
  clients.acknowledged.push(...taking);
  await clients.settle(server);
  await nothingLost(server, clients);
  await nothingTwice(server, clients);
  await redrivesStay(server, clients.redriven);
  expect(clients.surprises, again).toEqual([]);
  await server.stop();
}

it(
  `after each of ${losses} power losses only cut tails are lost, and P2 and P5 say so; seed ${SEED}; again: ${again}`,
  async () => {
    folder = scratchFolder();
    const random = seeded(SEED);
    const clients = new Clients(SEED);
    let recordsLost = 0n;
    for (let loss = 0; loss < losses; loss++) {
      const { after, records } = await loseSome(clients, random);
      recordsLost += records;
      await recover(clients, after, loss % 2 === 0 ? 0 : 60);
    }
    expect(recordsLost).toBeGreaterThan(losses);
  },
  size(120_000, 3_600_000),
);
