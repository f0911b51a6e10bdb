import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryComposition, type Ran, runCli, smallWorld, temporaryFolder } from '../cli.test-support.js';
import { freshDemoFolder } from './folder.js';

function tour(folder: string, ...more: readonly string[]): Promise<Ran> {
  return runCli(['demo', '--exit', '--folder', join(folder, 'demo'), ...more]);
}

describe('the demo', () => {
  it('shows every step of its tour, each as promised', async () => {
    const ran = await tour(temporaryFolder(), '--json');
    expect(ran.err).toBe('');
    const steps = ran.out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as { title: string; kept: boolean });
    expect(steps.filter(({ kept }) => !kept)).toEqual([]);
    expect(steps).toHaveLength(8);
    expect(ran.code).toBe(0);
  });

  it('tells a person what to see: counters, supersession, a match, a repair, one refund, isolation', async () => {
    const { out } = await tour(temporaryFolder());
    for (const part of [
      'adds up',
      'NO LONGER VALID',
      'MATCH',
      'rejected → applied',
      'DUPLICATE',
      'COMPLETE',
      'snapshot_not_found',
    ]) {
      expect(out).toContain(part);
    }
  });

  it('fails when a step does not come out as promised', async () => {
    const changesNothing = {
      ...smallWorld,
      policyChange: () => ({ tenant: 'default', event: unrelated, what: 'Nothing.' }),
    };
    const args = ['demo', '--exit', '--folder', join(temporaryFolder(), 'demo')];
    const ran = await runCli(args, { composition: memoryComposition(changesNothing) });
    expect(ran.out).toContain('This is not what it should be');
    expect(ran.code).toBe(1);
  });

  it('stores no key, only hashes, and nobody else may read them', async () => {
    const folder = temporaryFolder();
    await tour(folder);
    const file = join(folder, 'demo', 'keys.json');
    expect(readFileSync(file, 'utf8')).not.toContain('tm_');
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('deletes a folder that a demo made, and no other', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'precious'), '');
    await expect(freshDemoFolder(folder)).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(freshDemoFolder(join(folder, 'precious'))).rejects.toMatchObject({ code: 'config_invalid' });
    expect(existsSync(join(folder, 'precious'))).toBe(true);
    const own = join(folder, 'own');
    await freshDemoFolder(own);
    writeFileSync(join(own, 'old'), '');
    await freshDemoFolder(own);
    expect(existsSync(join(own, 'old'))).toBe(false);
  });
});

const unrelated = {
  specversion: '1.0',
  id: 'x',
  source: '/x',
  type: 'account.created',
  subject: 'A-9',
  data: { id: 'A-9' },
};
