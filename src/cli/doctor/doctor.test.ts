import { describe, expect, it } from 'vitest';
import type { FoundCheckpoint } from '../../checkpoint/inspect.js';
import { TidemarkError } from '../../errors.js';
import { jsonOf, memoryComposition, runCli } from '../cli.test-support.js';
import { ApiClient } from '../client.js';
import type { Cluster, LogInspection } from '../composition.js';
import { checkCheckpoints } from './checkpoints.js';
import { checkCluster } from './cluster.js';
import { checkLog } from './log.js';
import { checkServer } from './server.js';
import { checkStores } from './stores.js';
import { checkNode, judgeDisk } from './surroundings.js';

const sound: LogInspection = {
  kind: 'log',
  folder: 'log',
  exists: true,
  holder: async () => undefined,
  check: async () => ({ topics: 2, records: 5n, tornEnds: [], checkpoints: null }),
};
const torn = { topics: 2, records: 5n, tornEnds: [{ file: '0.log', bytes: 9 }], checkpoints: null };
const holder = { pid: 7, host: 'here', alive: true, url: 'http://here' };
const damaged = { code: 'log_damaged', message: 'damaged at byte 9', advice: 'restore it', retriable: false } as const;

const base = { name: 'base 1', role: 'base', fault: null, writtenAtMs: 0 } as const;

function checkpoint(fault: string | null): FoundCheckpoint {
  return { name: 'checkpoint 2', role: 'checkpoint', fault, writtenAtMs: fault === null ? 0 : null };
}

function clusterOf(more: Partial<Cluster>): Cluster {
  const refused = () => Promise.reject(new Error('refused'));
  return { look: refused, planTopics: refused, applyTopics: refused, ...more };
}

async function levelsOf(inspection: LogInspection) {
  return (await checkLog(inspection)).map(({ level }) => level);
}

function serverThatAnswers(ready: number, positions: Response): ApiClient {
  return new ApiClient('http://test', undefined, async ({ url }) =>
    url.endsWith('/readyz') ? Response.json({}, { status: ready }) : positions,
  );
}

describe('doctor', () => {
  it('finds a sound log and a free lock well', async () => {
    expect(await levelsOf(sound)).toEqual(['ok', 'ok']);
  });

  it('warns of an unfinished write, unless a server may be writing it', async () => {
    expect(await levelsOf({ ...sound, check: async () => torn })).toEqual(['warn', 'ok']);
    expect(await levelsOf({ ...sound, check: async () => torn, holder: async () => holder })).toEqual(['ok', 'ok']);
  });

  it('warns of a lock whose process is gone, and of a log that is not there', async () => {
    expect(await levelsOf({ ...sound, holder: async () => ({ ...holder, alive: false }) })).toEqual(['ok', 'warn']);
    expect(await levelsOf({ ...sound, exists: false })).toEqual(['warn']);
  });

  it('asks the archive of a journal, whether or not there is a folder yet', async () => {
    const where = 's3://bucket';
    const archive = { where, look: async () => undefined };
    const refused = { where, look: async () => Promise.reject(new TidemarkError(damaged)) };
    expect(await levelsOf({ ...sound, kind: 'journal', archive })).toEqual(['ok', 'ok', 'ok']);
    expect(await checkLog({ ...sound, kind: 'journal', exists: false, archive: refused })).toEqual([
      expect.objectContaining({ level: 'fail', found: 'damaged at byte 9' }),
      expect.objectContaining({ level: 'ok', found: expect.stringContaining('restores what the archive has') }),
    ]);
  });

  it('fails for a damaged log, with the advice of the error', async () => {
    const check = () => Promise.reject(new TidemarkError(damaged));
    expect((await checkLog({ ...sound, check }))[0]).toMatchObject({
      level: 'fail',
      found: damaged.message,
      advice: 'restore it',
    });
  });

  it.each([
    ['nothing yet', [], 0n, ['ok', 'ok']],
    ['a base and what follows it', [checkpoint(null), base], 9n, ['ok', 'ok']],
    ['one that is damaged', [checkpoint('a frame'), base], 9n, ['warn', 'ok']],
    ['all damaged, beside a whole log', [checkpoint('a frame')], 0n, ['warn', 'ok']],
    ['no base for what has expired', [checkpoint(null)], 9n, ['ok', 'warn']],
    ['nothing for what has expired', [checkpoint('a frame')], 9n, ['fail', 'warn']],
  ])('judges checkpoints: %s', (_, checkpoints, recordsExpired, levels) => {
    expect(checkCheckpoints({ checkpoints, recordsExpired }).map(({ level }) => level)).toEqual(levels);
  });

  it.each([
    [200, { totals: { addsUp: true, records: '5' } }, 200, ['ok', 'ok']],
    [503, { totals: { addsUp: true } }, 200, ['warn', 'ok']],
    [200, { totals: { addsUp: false } }, 200, ['ok', 'fail']],
    [200, { totals: null }, 200, ['ok', 'warn']],
    [200, { code: 'unauthenticated' }, 401, ['ok', 'warn']],
    [404, {}, 500, ['fail', 'fail']],
  ])('judges a server that is ready with %i and answers %j', async (ready, body, status, levels) => {
    const found = await checkServer(serverThatAnswers(ready, Response.json(body, { status })));
    expect(found.map(({ level }) => level)).toEqual(levels);
  });

  it('fails for a server that does not answer', async () => {
    const client = new ApiClient('http://test', undefined, () => Promise.reject(new Error('refused')));
    expect(await checkServer(client)).toMatchObject([{ level: 'fail', name: 'server' }]);
  });

  it.each([
    ['whole', [{ name: 'a', partitions: 4, underReplicated: 0, leaderless: 0 }], ['ok', 'ok']],
    ['with copies behind', [{ name: 'a', partitions: 4, underReplicated: 1, leaderless: 1 }], ['ok', 'ok', 'warn']],
    ['without a topic', [{ name: 'a', partitions: null, underReplicated: 0, leaderless: 0 }], ['ok', 'fail']],
  ])('judges a cluster that is %s', async (_, topics, levels) => {
    const found = await checkCluster(clusterOf({ look: async () => ({ id: 'c', brokers: 3, topics }) }));
    expect(found.map(({ level }) => level)).toEqual(levels);
  });

  it('fails for a cluster that does not answer, and takes a journal that is not there yet for nothing bad', async () => {
    expect(await checkCluster(clusterOf({}))).toMatchObject([{ level: 'fail', name: 'kafka' }]);
    expect(await levelsOf({ ...sound, kind: 'journal', exists: false })).toEqual(['ok']);
  });

  it('tells what is well with the engines of state and index, and what is not with the advice of the error', async () => {
    const look = () => Promise.reject(new TidemarkError(damaged));
    expect(
      await checkStores([
        { name: 'redis', look: async () => 'it answers' },
        { name: 'qdrant', look },
      ]),
    ).toEqual([
      { name: 'redis', level: 'ok', found: 'it answers', advice: null },
      { name: 'qdrant', level: 'fail', found: damaged.message, advice: 'restore it' },
    ]);
  });

  it('judges Node and the disk', () => {
    expect(['18.20.0', '20.18.1', '20.19.0', '26.1.0'].map((version) => checkNode(version).level)).toEqual([
      'fail',
      'fail',
      'ok',
      'ok',
    ]);
    expect([1e6, 5e8, 5e9].map((bytes) => judgeDisk(bytes).level)).toEqual(['fail', 'warn', 'ok']);
  });

  it('tells a configuration that is not understood, and ends with exit code 1', async () => {
    const ran = await runCli(['doctor', '--json'], { composition: memoryComposition(), settings: { PORT: 'x' } });
    expect(ran.code).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ ok: false });
  });
});
