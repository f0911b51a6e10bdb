/** P5: what one process has released, another one replays to the byte; and after a loss it names the loss. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import { digestOf } from '../../src/domain/canonical.js';
import { positionText } from '../../src/domain/position.js';
import type { EventLog, RecordReader } from '../../src/log/port.js';
import { defaultTopics } from '../../src/log/topics.js';
import { HashingEmbedder } from '../../src/retrieval/hashing-embedder.js';
import { defaultRanking, lexicalMethod, methodWith } from '../../src/retrieval/method.js';
import { cutTail, endsOf, newestSegments } from '../processes/folders.test-support.js';
import { ensureBuilt, removeFolder, Server, scratchFolder } from '../processes/server.test-support.js';
import { againLine, seed, size } from '../prove/settings.js';
import { type Random, seeded } from '../random.js';
import { copyOf, editManifest, forgetTopic, rewrite } from './edits.test-support.js';
import { before, beyond, expectLoss, sourcesOf, throughOf } from './fates.test-support.js';
import { type IsLost, losing } from './losing-log.test-support.js';
import { matchContract } from './match.contract.js';
import { openFolder, type Recorded, recordFolder } from './recording.test-support.js';
import { countOf, type ReplayerOptions, replayAll, type Told } from './replayer.test-support.js';

const SEED = seed();
const count = size(200, 1_000);
const again = againLine('eval/replays');

let folder: string;
let log: string;
let recorded: readonly Recorded[];
/** For what is done again with every loss. */
let sample: readonly Recorded[];
beforeAll(async () => {
  ensureBuilt();
  folder = scratchFolder();
  log = join(folder, 'log');
  recorded = await recordFolder(log, count, SEED);
  sample = recorded.filter((_, index) => index % size(4, 1) === 0);
}, 120_000);
afterAll(() => removeFolder(folder));

matchContract(`${count} snapshots recorded in a folder`, again, {
  recorded: () => recorded,
  sample: () => sample,
  start: (settings) => Server.start(log, { settings }),
  open: () => openFolder(log),
});

type Log = EventLog & RecordReader;

/** The verdicts over a folder, by a service on the log that `seen` makes of it. */
async function judged(
  snapshots: readonly Recorded[],
  seen: (log: Log) => Log,
  { at = log, ...options }: ReplayerOptions & { readonly at?: string } = {},
): Promise<readonly Told[]> {
  const opened = await openFolder(at);
  try {
    return await replayAll(seen(opened), snapshots, options);
  } finally {
    await opened.close();
  }
}

const whole = (all: Log): Log => all;

const timeout = size(60_000, 900_000);

describe(`what is lost between release and replay is named, P5; again: ${again}`, { timeout }, () => {
  it('expired: the oldest segments have gone by retention', async () => {
    const expiring = await openFolder(copyOf(log), 1);
    const upTo = new Map([...(await expiring.ends())].map(([key, end]) => [key, end - 1n]));
    const onCaughtUp = async () => void (await expiring.expire(upTo, 1_900_000_000_000));
    const told = await replayAll(expiring, sample, { onCaughtUp });
    const isLost = before(await expiring.starts());
    await expiring.close();
    expectLoss(told, 'expired', isLost);
  });

  it('compacted: a reader says that every third record is', async () => {
    let isOver = false;
    const isLost: IsLost = (topic, _, offset) => isOver && !topic.startsWith('copilot.') && offset % 3n === 1n;
    const onCaughtUp = () => {
      isOver = true;
    };
    const told = await judged(sample, (all) => losing(all, 'compacted', isLost), { onCaughtUp });
    const odd = told.filter(({ verdict }) => !['MATCH', 'UNREPLAYABLE compacted'].includes(verdict));
    expect(odd.map(({ depth, body }) => [depth, body])).toEqual([]);
    expect(countOf(told)['full UNREPLAYABLE compacted']).toBeGreaterThan(sample.length / 2);
    const hit = told.filter(({ of }) => sourcesOf(of).some((one) => isLost(one.topic, one.partition, one.offset)));
    expect(new Set(hit.map(({ verdict }) => verdict))).toEqual(new Set(['UNREPLAYABLE compacted']));
  });

  it.each(['support.tickets', 'support.policies', 'crm.accounts'])(
    'truncated: the ends of %s were cut',
    async (topic) => {
      const copy = copyOf(log);
      for (const file of newestSegments(copy)) if (file.startsWith(topic)) cutTail(copy, file, 4_096);
      expectLoss(await judged(sample, whole, { at: copy }), 'truncated', beyond(await endsOf(copy)));
    },
  );

  it('recreated: a topic was made anew', async () => {
    const copy = copyOf(log);
    forgetTopic(copy, 'support.tickets');
    for (const { of, verdict } of await judged(sample, whole, { at: copy })) {
      const hadTickets = [...throughOf(of).keys()].some((key) => key.startsWith('support.tickets:'));
      expect(verdict, of.id).toBe(hadTickets ? 'UNREPLAYABLE recreated' : 'MATCH');
    }
  });

  it("recreated: the records are another log's", async () => {
    const other = join(folder, 'other');
    const strangers = await recordFolder(other, 40, SEED + 1);
    const copy = copyOf(log);
    await takeAudit(other, copy);
    const told = await judged(strangers, whole, { at: copy });
    expect(countOf(told)).toEqual({ 'content UNREPLAYABLE recreated': 40, 'full UNREPLAYABLE recreated': 40 });
  });

  it('code_version: another assembler put it together', async () => {
    const copy = copyOf(log);
    const renamed = assembledEarlier(copy);
    const told = await judged(
      sample.map((one) => ({ ...one, id: renamed.get(one.id) ?? '' })),
      whole,
      { at: copy },
    );
    const n = sample.length;
    expect(countOf(told)).toEqual({ 'content UNREPLAYABLE code_version': n, 'full UNREPLAYABLE code_version': n });
  });

  it.each<[string, ReplayerOptions]>([
    ['code_version', { generation: 'another build of the index' }],
    ['code_version', { method: { ...lexicalMethod, ranking: { ...defaultRanking, id: 'another ranking' } } }],
    ['model_missing', { method: methodWith(new HashingEmbedder()) }],
  ])(
    '%s: the index is of another build or the ranking another, which matters where something was asked',
    async (reason, options) => {
      for (const { of, depth, verdict } of await judged(sample, whole, options)) {
        const ranked = depth === 'full' && of.body.question !== null;
        expect(verdict, `${of.id} ${depth}`).toBe(ranked ? `UNREPLAYABLE ${reason}` : 'MATCH');
      }
    },
  );

  it('an audit record with one byte of its manifest edited is a mismatch or damaged, and never a match', async () => {
    const copy = copyOf(log);
    const random = seeded(SEED);
    rewrite(copy, defaultTopics.context, (one) => {
      return { key: one.key, value: editManifest(one, (text) => flipped(text, random)) };
    });
    for (const { verdict, body } of await judged(sample, whole, { at: copy })) {
      expect(verdict).toMatch(/^(MISMATCH|UNREPLAYABLE audit_damaged)$/);
      if (verdict === 'MISMATCH') expect(member(body, 'difference', 'at')).toBe('');
    }
  });

  it('a journal record with one byte of its data edited is a mismatch, and the first difference is named', async () => {
    const copy = copyOf(log);
    const random = seeded(SEED);
    const edited = editedTopics.flatMap((topic) => editData(copy, topic, random));
    const told = await judged(sample, whole, { at: copy });
    const hit = told.filter(({ of }) =>
      sourcesOf(of).some((one) => edited.includes(`${one.topic}:${one.partition}:${one.offset}`)),
    );
    expect(hit.length).toBeGreaterThan(10);
    for (const { of, body } of hit) {
      const difference = { at: expect.stringMatching(/^\/items\/\d+/) };
      expect(body, of.id).toMatchObject({ verdict: 'MISMATCH', difference });
    }
  });
});

/** Puts the audit records of one folder behind those of another. */
async function takeAudit(from: string, to: string): Promise<void> {
  const [source, target] = [await openFolder(from), await openFolder(to)];
  const { context } = defaultTopics;
  for await (const records of source.scan(context, 0, 0n, 1_000n)) {
    await target.append(records.map(({ key, value, headers }) => ({ topic: context, key, value, headers })));
  }
  await source.close();
  await target.close();
}

/** Every snapshot as an older assembler would have released it, under the id it would have had. New ids by the old ones. */
function assembledEarlier(at: string): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  rewrite(at, defaultTopics.context, (one) => {
    const [, manifest = ''] = Buffer.from(one.value ?? [])
      .toString()
      .split('\n');
    const older = manifest.replace('"assembler":"assembler-', '"assembler":"assembler-0');
    const [id, renamed] = [digestOf(manifest), digestOf(older)];
    ids.set(id, renamed);
    const text = editManifest(one, () => older).toString();
    return { key: Buffer.from(renamed), value: Buffer.from(text.replace(id, renamed)) };
  });
  return ids;
}

const editedTopics = ['support.tickets', 'support.policies', 'crm.accounts', 'billing.entitlements'];

/** One letter of every seventh record's data becomes another one. The positions of those records. */
function editData(at: string, topic: string, random: Random): readonly string[] {
  const edited: string[] = [];
  rewrite(at, topic, ({ key, value, position }) => {
    const text = Buffer.from(value ?? []).toString('latin1');
    const place = placeInData(text, random);
    if (place === undefined || position.offset % 7n !== 3n) return { key, value };
    edited.push(positionText(position));
    const letter = text[place] === 'q' ? 'x' : 'q';
    return { key, value: Buffer.from(`${text.slice(0, place)}${letter}${text.slice(place + 1)}`, 'latin1') };
  });
  return edited;
}

/** A letter within a text of an event's data. */
function placeInData(text: string, random: Random): number | undefined {
  const from = text.indexOf('"data":{');
  const to = text.indexOf('}', from);
  if (from < 0) return undefined;
  const texts = [...text.slice(from, to).matchAll(/(?<=":")[a-z]/g)];
  const found = texts[random.between(0, texts.length - 1)];
  return found === undefined ? undefined : from + found.index;
}

function flipped(text: string, random: Random): string {
  const at = random.between(0, text.length - 1);
  return `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`;
}
