/** The base that stands for an expired past: a folder that fails for a moment, and one that other code wrote (P5). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import { chooseCheckpoint } from '../../src/checkpoint/choose.js';
import type { CheckpointName, CheckpointReading } from '../../src/checkpoint/port.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, ticket } from '../../src/fixtures.test-support.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';

const tenant = 'acme';

/** A folder that cannot be listed or read as often as `failures` says, and whose checkpoints `code` wrote, if that is given. */
class TriedCheckpoints extends FileCheckpoints {
  readonly failures = { list: 0, read: 0 };
  code: string | null = null;

  override async list(): Promise<readonly CheckpointName[]> {
    if (this.failures.list-- > 0) throw Object.assign(new Error('no descriptor is free'), { code: 'EMFILE' });
    return super.list();
  }

  override async read(name: CheckpointName): Promise<CheckpointReading> {
    if (this.failures.read-- > 0) throw Object.assign(new Error('the disk failed'), { code: 'EIO' });
    const reading = await super.read(name);
    const { code } = this;
    if (code === null || reading.kind === 'damaged') return reading;
    const [head, ...rest] = reading.chunks;
    const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(String(head?.bytes)), code }));
    return { kind: 'sound', chunks: [{ kind: head?.kind ?? 0, bytes }, ...rest] };
  }
}

let folder: string;
let checkpoints: TriedCheckpoints;
let log: MemoryLog;
let flow: Flow;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-bases-'));
  const clock = new TwoHandClock();
  const topics = topicsToOpen(defaultTopics).map((topic) =>
    topic.name === defaultTopics.context ? topic : { ...topic, retention: { ageMs: null, bytes: 1 } },
  );
  log = new MemoryLog({ topics, clock: () => clock.wallMs() });
  checkpoints = new TriedCheckpoints(folder);
  flow = await Flow.open({ clock, log, retention: { log, retentionOf: new Map() }, tenants: [tenant], checkpoints });
});

afterEach(async () => {
  await flow.stop();
  await rm(folder, { recursive: true, force: true });
});

async function put(mark: number): Promise<void> {
  const events = [account('A-1', { mark }), ticket('T-1', { mark })];
  const body = events.map((event) => ({ ...event, id: `${event.subject}-${mark}` }));
  await flow.caller(tenant).ok('/v1/events', { body });
  await flow.settle();
}

/** A snapshot of keys whose first records have expired since: the base stands for them. */
async function givenThenExpired(): Promise<JsonObject> {
  for (const mark of [0, 1]) await put(mark);
  const given = await flow.caller(tenant).ok('/v1/context', { body: { account: 'A-1' } });
  expect(await flow.service.keeping?.retention?.expire(new AbortController().signal)).toBe(true);
  await put(2);
  return given;
}

const replay = async ({ id }: JsonObject, depth: string) =>
  flow.caller(tenant).ask(`/v1/snapshots/${id}/replay`, { body: { depth } });

describe('the base', () => {
  it.each(['list', 'read'] as const)('is looked for again after one attempt to %s has failed', async (what) => {
    const given = await givenThenExpired();
    checkpoints.failures[what] = 1;
    expect((await replay(given, 'content')).status).toBe(500);
    for (const depth of ['content', 'full']) {
      expect(await replay(given, depth)).toMatchObject({ status: 200, body: { verdict: 'MATCH' } });
    }
    expect((await flow.caller(tenant).ask('/v1/accounts/A-1/history')).status).toBe(200);
  });

  it('of other code is none that a replay can rest on, and says so; answers are still given from it', async () => {
    const given = await givenThenExpired();
    checkpoints.code = 'fold-of-others';
    flow = await flow.restart();
    expect(flow.service.start.notices).toContainEqual(expect.stringContaining('taken all the same'));
    for (const depth of ['content', 'full']) {
      const { body } = await replay(given, depth);
      expect(body).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'code_version' });
    }
    const asked = { body: { account: 'A-1', asOf: given.token ?? null } };
    expect((await flow.caller(tenant).ask('/v1/context', asked)).status).toBe(200);
  });

  it('of other code does not hide what this code has folded', async () => {
    await givenThenExpired();
    checkpoints.code = 'fold-of-others';
    flow = await flow.restart();
    await flow.caller(tenant).ok('/v1/events', { body: [account('A-2'), ticket('T-2', { accountId: 'A-2' })] });
    await flow.settle();
    const given = await flow.caller(tenant).ok('/v1/context', { body: { account: 'A-2' } });
    expect((await replay(given, 'content')).body).toMatchObject({ verdict: 'MATCH' });
  });
});

it('a scrape is told how many records of which topic have expired', async () => {
  await givenThenExpired();
  const starts = [...(await log.starts())].filter(([partition]) => partition.startsWith('support.tickets:'));
  const expired = starts.reduce((sum, [, start]) => sum + start, 0n);
  expect(expired).toBeGreaterThan(0n);
  const { text } = await flow.caller(tenant).ask('/metrics');
  expect(text).toContain(`tidemark_expired_records{topic="support.tickets"} ${expired}`);
  expect(text).toContain('tidemark_expired_records{topic="copilot.context"} 0');
});

describe('a checkpoint of other code that a start has to take', () => {
  it.each([
    ['as it is where the audit topic has what it says', 'same', 0n],
    ['without what it says of an audit topic that has another record there', 'other', -1n],
  ] as const)('is taken %s', async (_, record, through) => {
    await givenThenExpired();
    checkpoints.code = 'fold-of-others';
    const read: MemoryLog['read'] = async (topic, ...place) => {
      const readings = await log.read(topic, ...place);
      if (record === 'same' || topic !== defaultTopics.context) return readings;
      return readings.map((one) =>
        one.kind === 'found' ? { ...one, record: { ...one.record, value: Buffer.from('another') } } : one,
      );
    };
    const asked = { id: log.id, topics: () => log.topics(), starts: () => log.starts(), ends: () => log.ends(), read };
    const { chosen } = await chooseCheckpoint({ store: checkpoints, log: asked, topics: defaultTopics });
    expect(chosen?.checkpoint.header.code).toBe('fold-of-others');
    expect(chosen?.checkpoint.recorded.through).toBe(through);
  });
});
