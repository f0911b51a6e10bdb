/**
 * Index generations beside reads at a steady rate, on a server of its own: started, compared, promoted, rolled back, restarted, dropped.
 * Whatever an operator does meanwhile, each answer is of one generation, says of which, and replays for as long as that one is there.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { dataFolder } from '../data.js';
import { size } from '../prove/settings.js';
import { type Read, SteadyReader } from './reader.test-support.js';
import { endAll, ensureBuilt, removeFolder, Server, scratchFolder } from './server.test-support.js';

const READS_PER_SECOND = 50;
/** Between two acts of the operator. */
const READS = size(40, 1_500);
const REPLAYS = size(10, 300);
const POLICIES = size(60, 600);
const data = dataFolder();
/** A real model where there is one. */
const OTHER = data === undefined ? 'hashing' : `transformers:${data}/models/all-MiniLM-L6-v2`;
const matters = ['refund', 'invoice', 'label', 'parcel', 'discount', 'outage'];

let folder: string;
let server: Server;
let reader: SteadyReader;
beforeAll(async () => {
  ensureBuilt();
  folder = scratchFolder();
  reader = new SteadyReader();
  server = await Server.start(folder);
  const account = event('account', 'A-1', { name: 'Acme', plan: 'pro', region: 'eu' });
  await server.ok('/v1/events', [account, ...Array.from({ length: POLICIES }, (_, number) => policyEvent(number))]);
  await server.ready();
}, 180_000);
afterAll(async () => {
  await reader.end();
  endAll();
  removeFolder(folder);
});

function event(kind: string, id: string, said: JsonObject): JsonObject {
  const head = { specversion: '1.0', id: `e-${id}`, source: '/shadow', type: `${kind}.changed`, subject: id };
  return { ...head, data: { id, ...said } };
}

function policyEvent(number: number): JsonObject {
  const matter = matters[number % matters.length] ?? '';
  const body = `Case ${number}: a customer who asks about the ${matter} hears within ${number + 1} days.`;
  const id = `p-${number}`;
  return event('policy', id, { policyId: id, version: '1', title: `Rules of ${matter} ${number}`, body });
}

function question(number: number): JsonObject {
  const [matter, other] = [matters[number % matters.length], matters[(number * 5 + 1) % matters.length]];
  return {
    account: 'A-1',
    question: `When does somebody hear about money back, ${matter} or ${other}, in case ${number % 60}?`,
  };
}

const begin = () => reader.begin(server, READS_PER_SECOND, question);

interface Told extends JsonObject {
  readonly live: string;
  readonly generations: readonly (JsonObject & { readonly id: string; readonly role: string })[];
}

const told = async (path = '', body?: JsonObject): Promise<Told> =>
  (await server.ok(`/v1/generations${path}`, body)) as Told;

/** What was sent in it, once that is so much. */
async function enough(phase: string): Promise<readonly Read[]> {
  await expect.poll(() => reader.of(phase).length, { timeout: 120_000, interval: 20 }).toBeGreaterThan(READS);
  return reader.of(phase);
}

/** Reads that are sent while an operator acts may be of either side; those that are sent when it is done may not. */
async function act(name: string, path: string, body: JsonObject = {}): Promise<readonly [Told, readonly Read[]]> {
  reader.phase = `during ${name}`;
  const done = await told(path, body);
  reader.phase = name;
  return [done, await enough(name)];
}

const indexesOf = (reads: readonly Read[]) => new Set(reads.map(({ index }) => index));

async function replays(reads: readonly Read[]): Promise<ReadonlySet<string>> {
  const step = Math.max(1, Math.floor(reads.length / REPLAYS));
  const verdicts = new Set<string>();
  for (const { id } of reads.filter((_, index) => index % step === 0)) {
    const { verdict, reason = '' } = await server.ok(`/v1/snapshots/${id}/replay`, { depth: 'full' });
    verdicts.add(`${verdict} ${reason}`.trim());
  }
  return verdicts;
}

/** Until it has everything and so many answers were compared with it. */
async function isCompared(id: string): Promise<boolean> {
  const one = await statusOf(id);
  return member(one, 'filling', 'isCaughtUp') === true && Number(member(one, 'compared', 'compared')) >= 10;
}

const statusOf = async (id: string): Promise<JsonObject> =>
  (await told()).generations.find((one) => one.id === id) ?? {};

/** In the order in which an operator goes: each of these goes on where the one before it has ended. */
describe(`beside ${READS_PER_SECOND} reads/s`, { timeout: size(180_000, 1_800_000) }, () => {
  let first: string;
  let other: string;
  let lexical: ReadonlySet<string>;
  let dense: ReadonlySet<string>;
  const ofOne = (index: ReadonlySet<string>) => reader.reads.filter((read) => index.has(read.index));

  it('a shadow is compared with what is released, and told with the answers that would have been others', async () => {
    begin();
    first = (await told()).live;
    const [started, reads] = await act('started', '', { method: OTHER, reason: 'to see' });
    other = started.generations.find(({ id }) => id !== first)?.id ?? '';
    lexical = indexesOf(reads);
    await expect.poll(() => isCompared(other), { timeout: 120_000, interval: 50 }).toBe(true);
    const status = await statusOf(other);
    expect([status.role, lexical.size, member(status, 'compared', 'failed')]).toEqual(['shadow', 1, 0]);
    expect(Number(member(status, 'compared', 'differing'))).toBeGreaterThan(0);
    const snapshots = (status.examples as JsonObject[]).map(({ snapshot }) => String(snapshot));
    expect(snapshots.length).toBeGreaterThan(0);
    // What was released last may still be on its way to us.
    const released = () => reader.reads.map(({ id }) => id);
    await expect.poll(released, { timeout: 60_000 }).toEqual(expect.arrayContaining(snapshots));
  });

  it('a promotion and a rollback switch every answer that is asked for behind them', async () => {
    const [, promoted] = await act('promoted', `/${other}/promote`);
    const [back, rolledBack] = await act('rolled back', '/rollback');
    dense = indexesOf(promoted);
    expect([dense.size, indexesOf(rolledBack)]).toEqual([1, lexical]);
    expect(lexical).not.toEqual(dense);
    expect([back.live, back.generations.map(({ role }) => role)]).toEqual([first, ['live', 'former']]);
  });

  it('a restart leaves live what was promoted, and all that was released replays', async () => {
    await act('promoted again', `/${other}/promote`);
    await reader.end();
    expect(await server.stop()).toMatchObject({ code: 0 });
    server = await Server.start(folder);
    await server.ready();
    reader.phase = 'restarted';
    begin();
    expect([indexesOf(await enough('restarted')), (await told()).live]).toEqual([dense, other]);
    expect(await replays(reader.reads)).toEqual(new Set(['MATCH']));
  });

  it('what a dropped one has answered says that its model is missing, and the rest replays', async () => {
    await act('left', '/rollback');
    const [dropped] = await act('dropped', `/${other}/drop`);
    await reader.end();
    expect(dropped.generations.map(({ id }) => id)).toEqual([first]);
    expect(await replays(ofOne(dense))).toEqual(new Set(['UNREPLAYABLE model_missing']));
    expect(await replays(ofOne(lexical))).toEqual(new Set(['MATCH']));
  });

  it('no answer was of two generations, and none was refused', ({ annotate }) => {
    expect(indexesOf(reader.reads)).toEqual(new Set([...lexical, ...dense]));
    expect(reader.reads.filter((read) => read.dense !== (read.hasEmbedder ? 'all' : 'none'))).toEqual([]);
    expect(reader.faults).toEqual([]);
    return annotate(`${ofOne(lexical).length} answers of ${first}, ${ofOne(dense).length} of ${other} (${OTHER})`);
  });
});
