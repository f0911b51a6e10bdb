import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lexicalMethod } from '../../retrieval/method.js';
import { account, jsonOf, memoryComposition, ndjson, policy, runCli, ticket } from '../cli.test-support.js';
import type { Composition } from '../composition.js';
import { textAt } from '../json-read.js';

/** Fixtures of the log in memory. */
function withFixtures(composition: Composition): Composition {
  return {
    ...composition,
    fixtures: {
      openRecords: async (config) => {
        const { log } = (await composition.openEngines(config, () => {})).engines;
        const { id } = log;
        return {
          id,
          topics: () => log.topics(),
          starts: () => log.starts(),
          ends: () => log.ends(),
          read: (...args) => log.read(...args),
          scan: (...args) => log.scan(...args),
          close: async () => {},
        };
      },
      openMethod: async () => ({ method: lexicalMethod, close: async () => {} }),
    },
  };
}

async function released() {
  const composition = withFixtures(memoryComposition());
  await runCli(['load', '-'], { composition, input: ndjson(account, ticket, policy(1, '2026-01-01T00:00:00Z')) });
  const asked = await runCli(['ask', 'A-1', 'Are', 'refunds', 'granted?', '--json'], { composition });
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-fixture-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return { composition, id: textAt(jsonOf(asked), 'id'), folder };
}

describe('tidemark replay export and check', () => {
  it('take a released snapshot into a folder, and build it again from there alone', async () => {
    const { composition, id, folder } = await released();
    const exported = await runCli(['replay', 'export', folder, id], { composition });
    expect([exported.code, exported.out]).toEqual([0, expect.stringContaining('1 snapshots and the 3 records')]);
    const elsewhere = withFixtures(memoryComposition());
    const checked = await runCli(['replay', 'check', folder], { composition: elsewhere });
    expect([checked.code, checked.out]).toEqual([0, '1 of 1 snapshots match, byte for byte, answered again in full\n']);
    const json = jsonOf(
      await runCli(['replay', 'check', folder, '--depth', 'content', '--json'], { composition: elsewhere }),
    );
    expect(json).toMatchObject({ passed: true, snapshots: [{ id, verdict: 'MATCH', depth: 'content' }] });
  });

  it('end with exit code 100 and the first difference when a record says something else', async () => {
    const { composition, folder } = await released();
    await runCli(['replay', 'export', folder, '--since', '2020-01-01T00:00:00Z'], { composition });
    const path = join(folder, 'records.ndjson');
    await writeFile(path, (await readFile(path, 'utf8')).replace('Harbour Books', 'Harbour Boots'));
    const checked = await runCli(['replay', 'check', folder], { composition });
    expect(checked.code).toBe(100);
    for (const part of ['ALTERED · records.ndjson', 'MISMATCH · the first difference is at /items/0/', '0 of 1']) {
      expect(checked.out).toContain(part);
    }
  });

  it.each<[string, readonly string[], string]>([
    ['no snapshot is named', ['export', 'x'], 'No snapshot is named'],
    ['the instant is none', ['export', 'x', '--since', 'yesterday'], 'yesterday is no instant'],
    ['the folder is no fixture', ['check', '/nowhere'], 'fixture.json is not in the folder /nowhere'],
  ])('end with exit code 2 and one line when %s', async (_what, args, told) => {
    const ran = await runCli(['replay', ...args], { composition: withFixtures(memoryComposition()) });
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(told)]);
  });

  it('end with exit code 1 when a snapshot that is named is not on record', async () => {
    const { composition, folder } = await released();
    const ran = await runCli(['replay', 'export', folder, `sha256-${'0'.repeat(64)}`], { composition });
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('No snapshot sha256-000')]);
  });
});
