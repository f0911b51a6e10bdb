/** What a start rests on when checkpoints are damaged, foreign or ahead of the log; and a service whose disk is full (P1, P5). */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import { type FaultyFiles, faultyFiles } from '../../connectors/file/faulty-files.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { versions } from '../../src/checkpoint/header.js';
import { account, policy, ticket } from '../../src/fixtures.test-support.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { keys, tenant } from '../flow/actions.test-support.js';
import { Flow, type FlowOptions, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { stateText } from '../flow/state-text.test-support.js';

const never = new AbortController().signal;
let folder: string;
let files: FaultyFiles;
let options: FlowOptions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-start-'));
  files = faultyFiles();
  const clock = new TwoHandClock();
  options = { clock, log: memoryLog(clock), tenants: [tenant], checkpoints: new FileCheckpoints(folder, files) };
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(flow: Flow, mark: number): Promise<void> {
  const events = [account('A-1', { mark }), ticket('T-1', { mark }), policy('P-1', { mark })];
  const body = events.map((event) => ({ ...event, id: `${event.subject}-${mark}` }));
  await flow.caller(tenant).ok('/v1/events', { body });
  await flow.settle();
}

/** Two checkpoints, and records after them. */
async function lived(): Promise<Flow> {
  const flow = await Flow.open(options);
  for (const mark of [0, 1]) {
    await put(flow, mark);
    await flow.service.keeping?.checkpointer.write();
  }
  await put(flow, 2);
  return flow;
}

async function damage(name: string): Promise<void> {
  const path = join(folder, name);
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

const [older, newest] = ['checkpoint-000000000001', 'checkpoint-000000000002'];

describe('a start', () => {
  it('takes the newest checkpoint, else the one before it, else the log, and says which it passed over', async () => {
    let flow = await lived();
    const state = await stateText(flow.service, keys);
    const expected = [
      { damaged: null, from: 'checkpoint 2', follow: 3n, notices: 0 },
      { damaged: newest, from: 'checkpoint 1', follow: 6n, notices: 1 },
      { damaged: older, from: null, follow: 9n, notices: 2 },
    ];
    for (const { damaged, from, follow, notices } of expected) {
      if (damaged !== null) await damage(damaged);
      flow = await flow.restart();
      const { start } = flow.service;
      expect([start.from, start.recordsToFollow, start.notices.length]).toEqual([from, follow, notices]);
      expect(await stateText(flow.service, keys)).toEqual(state);
    }
    await flow.stop();
  });

  it.each([
    ['of another log', { why: ['another log', 'another log'], from: null }, async () => memoryLog(options.clock)],
    [
      'of another log with as many records',
      { why: ['another log', 'another log'], from: null },
      async () => logOf(options, 3, { id: 'another' }),
    ],
    ['beyond the tail of a log', { why: ['lost its tail'], from: 'checkpoint 1' }, async () => logOf(options, 1)],
    [
      'of a log with another record',
      { why: ['another', 'another'], from: null },
      async () => logOf(options, 3, { header: 'x' }),
    ],
  ])('passes over checkpoints %s', async (_, { why, from }, log) => {
    const flow = await lived();
    await flow.stop();
    const again = await Flow.open({ ...options, log: await log() });
    expect(again.service.start.from).toBe(from);
    expect(again.service.start.notices).toEqual(why.map((one) => expect.stringContaining(one)));
    await again.settle();
    await again.stop();
  });

  it('passes over a checkpoint that was made by other code', async () => {
    const flow = await lived();
    const state = await stateText(flow.service, keys);
    await flow.stop();
    await makeByOtherCode(new FileCheckpoints(folder));
    const again = await Flow.open(options);
    const { from, notices } = again.service.start;
    expect([from, notices]).toEqual(['checkpoint 2', [expect.stringMatching(/^checkpoint 3 .* other code/)]]);
    await again.settle();
    expect(await stateText(again.service, keys)).toEqual(state);
    await again.stop();
  });

  it('is refused when records have expired and neither base nor checkpoint is sound, and not before', async () => {
    const { flow, state } = await expired();
    await flow.stop();
    for (const name of (await readdir(folder)).sort()) {
      // A base is another name of its checkpoint's bytes: a copy of its own makes it one that can be damaged alone.
      const bytes = await readFile(join(folder, name));
      await rm(join(folder, name));
      await writeFile(join(folder, name), bytes);
    }
    for (const name of (await readdir(folder)).filter((file) => file.startsWith('base'))) await damage(name);
    const again = await Flow.open(flow.options);
    await again.settle();
    expect(await stateText(again.service, keys)).toEqual(state);
    await again.stop();
    for (const name of (await readdir(folder)).filter((file) => file.startsWith('checkpoint'))) await damage(name);
    await expect(Flow.open(flow.options)).rejects.toMatchObject({ code: 'log_damaged', retriable: false });
    const { checkpoints: _, retention: __, ...without } = flow.options;
    await expect(Flow.open(without)).rejects.toMatchObject({ code: 'log_damaged', retriable: false });
  });
});

/** The newest checkpoint once more, as code of another version would have written it. */
async function makeByOtherCode(store: FileCheckpoints): Promise<void> {
  const [newest] = await store.list();
  const reading = newest && (await store.read(newest));
  if (reading?.kind !== 'sound') throw new Error('the newest checkpoint is sound');
  const [ours, others] = [`"code":"${versions.code}"`, '"code":"fold-of-others"'];
  const edited = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(ours, others), 'latin1');
  const chunks = reading.chunks.map(({ kind, bytes }) => ({ kind, bytes: edited(bytes) }));
  await store.write(chunks, never);
}

/** Of every partition all but the last record may go. */
async function expiring() {
  const topics = topicsToOpen(defaultTopics).map((topic) => ({ ...topic, retention: { ageMs: null, bytes: 1 } }));
  const log = new MemoryLog({ topics, clock: () => options.clock.wallMs() });
  const flow = await Flow.open({ ...options, log, retention: { log, retentionOf: new Map() } });
  for (const mark of [0, 1]) await put(flow, mark);
  return { flow, log };
}

/** A log whose records a base stands for. */
async function expired() {
  const { flow, log } = await expiring();
  expect(await flow.service.keeping?.retention?.expire(never)).toBe(true);
  expect([...(await log.starts()).values()].some((start) => start > 0n)).toBe(true);
  return { flow, state: await stateText(flow.service, keys) };
}

/** A log of the same identity, or of another, and the first records, or others in their place: with one header more. */
async function logOf(
  { log, clock }: FlowOptions,
  count: number,
  { id = log.id, header = '' }: { readonly id?: string; readonly header?: string } = {},
): Promise<MemoryLog> {
  const topics = topicsToOpen(defaultTopics);
  const extra = header === '' ? [] : [[header, new Uint8Array()] as const];
  const made = new MemoryLog({ id, topics, clock: () => clock.wallMs() });
  for (const { name, partitions } of topics) {
    for (let partition = 0; partition < partitions; partition++) {
      for await (const records of log.scan(name, partition, 0n, BigInt(count))) {
        await made.append(records.map((one) => ({ ...one, topic: name, headers: [...one.headers, ...extra] })));
      }
    }
  }
  return made;
}

describe('a service whose checkpoints cannot be written', () => {
  it('goes on, and writes the next one when the disk has room again', async () => {
    const flow = await Flow.open(options);
    await put(flow, 0);
    files.fault = (step) => (step === 'write' ? { code: 'ENOSPC' } : undefined);
    await expect(flow.service.keeping?.checkpointer.write()).rejects.toMatchObject({ code: 'ENOSPC' });
    await put(flow, 1);
    files.fault = () => undefined;
    await flow.service.keeping?.checkpointer.write();
    expect(await readdir(folder)).toEqual([older]);
    const again = await flow.restart();
    expect([again.service.start.from, again.service.start.recordsToFollow]).toEqual(['checkpoint 1', 0n]);
    await again.stop();
  });

  it.each(['write', 'dataSync', 'rename', 'link', 'syncFolder'] as const)(
    'lets nothing go while no base is durable, at a disk that fails to %s',
    async (step) => {
      const { flow, log } = await expiring();
      files.fault = (met) => (met === step ? { code: 'EIO' } : undefined);
      await expect(flow.service.keeping?.retention?.expire(never)).rejects.toMatchObject({ code: 'EIO' });
      expect(new Set((await log.starts()).values())).toEqual(new Set([0n]));
      files.fault = () => undefined;
      expect(await flow.service.keeping?.retention?.expire(never)).toBe(true);
      await flow.stop();
    },
  );
});
