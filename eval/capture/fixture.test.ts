import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../src/domain/canonical.js';
import { defaultTopics } from '../../src/log/topics.js';
import { openPrompts } from '../../src/prompts/folder.js';
import { type CheckedSnapshot, checkFixture } from '../../src/replay/fixture/check.js';
import { type ExportChoice, exportFixture } from '../../src/replay/fixture/export.js';
import { readFixture, writeFixture } from '../../src/replay/fixture/folder.js';
import { KeptLog } from '../../src/replay/fixture/kept-log.js';
import type { ReplayDepth } from '../../src/replay/verdict.js';
import { lexicalMethod, type RetrievalMethod } from '../../src/retrieval/method.js';
import { memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { type Recorded, record } from '../replays/recording.test-support.js';

const everything: ExportChoice = { ids: [], sinceMs: null, tenant: null, depth: 'full' };
const log = memoryLog(new TwoHandClock());
let released: readonly Recorded[] = [];
let folder = '';

async function exportTo(into: string, choice: Partial<ExportChoice> = {}): Promise<void> {
  await writeFixture(into, await exportFixture(new KeptLog(log), defaultTopics, { ...everything, ...choice }));
}

async function scratch(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'tidemark-fixture-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

async function check(
  of: string,
  { depth = 'full', method = lexicalMethod }: { readonly depth?: ReplayDepth; readonly method?: RetrievalMethod } = {},
): Promise<readonly CheckedSnapshot[]> {
  const checked: CheckedSnapshot[] = [];
  const prompts = await openPrompts();
  for await (const one of checkFixture(await readFixture(of), { prompts, method, depth })) checked.push(one);
  return checked;
}

/** A copy of the fixture with one of its files changed. */
async function altered(name: string, change: (text: string) => string): Promise<string> {
  const copy = await scratch();
  await cp(folder, copy, { recursive: true });
  const text = await readFile(join(copy, name), 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(join(copy, name), changed);
  return copy;
}

beforeAll(async () => {
  released = await record({ log }, 60, 8);
  folder = await mkdtemp(join(tmpdir(), 'tidemark-fixture-'));
  await exportTo(folder);
});

afterAll(() => rm(folder, { recursive: true }));

describe('an exported fixture', () => {
  it('matches at full depth, and at content depth, every snapshot that was released', async () => {
    for (const depth of ['full', 'content'] as const) {
      const checked = await check(folder, { depth });
      expect(checked.filter(({ verdict }) => verdict.verdict !== 'MATCH' || verdict.depth !== depth)).toEqual([]);
      expect(new Set(checked.map(({ id }) => id))).toEqual(new Set(released.map(({ id }) => id)));
    }
    expect((await readFixture(folder)).altered).toEqual([]);
  });

  it('is the same bytes when it is exported again', async () => {
    const again = await scratch();
    await exportTo(again);
    for (const name of ['fixture.json', 'snapshots.ndjson', 'records.ndjson']) {
      expect(await readFile(join(again, name), 'utf8')).toBe(await readFile(join(folder, name), 'utf8'));
    }
  });

  it('of one snapshot has its records alone, of content depth fewer, and still matches', async () => {
    const [one] = released.filter(({ tenant }) => tenant === 'pinbell');
    const sizes: number[] = [];
    for (const depth of ['full', 'content'] as const) {
      const into = await scratch();
      await exportTo(into, { ids: [one?.id ?? ''], depth });
      expect(await check(into)).toMatchObject([{ id: one?.id, verdict: { verdict: 'MATCH', depth } }]);
      const { records } = await readFixture(into);
      expect(records.filter(({ value }) => !String(value).includes('"tenant":"pinbell"'))).toEqual([]);
      sizes.push(records.length);
    }
    expect(sizes[1]).toBeLessThan(sizes[0] ?? 0);
  });

  it('has only what was released since an instant, to one tenant', async () => {
    const into = await scratch();
    await exportTo(into, { tenant: 'northquay' });
    const { snapshots } = await readFixture(into);
    expect(new Set(snapshots.map(({ tenant }) => tenant))).toEqual(new Set(['northquay']));
    await expect(exportTo(into, { sinceMs: Number.MAX_SAFE_INTEGER })).rejects.toThrow('No snapshot is on record');
    await expect(exportTo(into, { ids: [digestOf('x')] })).rejects.toThrow(`No snapshot ${digestOf('x')}`);
  });
});

describe('a check is red, with the first difference, for', () => {
  it('a record that was tampered with', async () => {
    const of = await altered('records.ndjson', (text) =>
      text.replaceAll(/postage/g, 'porridge').replace('Growth', 'Growth!'),
    );
    const wrong = (await check(of)).filter(({ verdict }) => verdict.verdict !== 'MATCH');
    expect(wrong.length).toBeGreaterThan(0);
    for (const { verdict } of wrong) {
      expect(verdict).toMatchObject({ verdict: 'MISMATCH', difference: { at: expect.stringMatching(/^\//) } });
    }
    expect((await readFixture(of)).altered).toEqual(['records.ndjson']);
  });

  it('a record that is missing', async () => {
    const of = await altered('records.ndjson', (text) => text.split('\n').slice(40).join('\n'));
    const wrong = (await check(of)).filter(({ verdict }) => verdict.verdict !== 'MATCH');
    expect(wrong.length).toBeGreaterThan(0);
    expect(new Set(wrong.map(({ verdict }) => verdict.verdict))).toEqual(new Set(['MISMATCH']));
  });

  it('a manifest that was tampered with, also together with its id', async () => {
    const digit = (text: string) => text.replace(/\\"tokenBudget\\":8/, '\\"tokenBudget\\":9');
    expect(await check(await altered('snapshots.ndjson', digit))).toContainEqual(
      expect.objectContaining({ verdict: { verdict: 'MISMATCH', difference: expect.objectContaining({ at: '' }) } }),
    );
    const forged = await altered('snapshots.ndjson', (text) => {
      const [line = '', ...rest] = text.split('\n');
      const snapshot = JSON.parse(line) as { id: string; manifest: string };
      const manifest = snapshot.manifest.replace(/"content":"sha256-../, '"content":"sha256-00');
      return [JSON.stringify({ ...snapshot, manifest, id: digestOf(manifest) }), ...rest].join('\n');
    });
    expect((await check(forged))[0]?.verdict).toMatchObject({ verdict: 'MISMATCH', difference: { at: '/content' } });
  });

  it('another ranking or other passages, which are named', async () => {
    const method = { ...lexicalMethod, ranking: { ...lexicalMethod.ranking, id: 'ranking-0' } };
    const verdicts = (await check(folder, { method })).map(({ verdict }) => verdict.verdict);
    expect(verdicts.filter((verdict) => verdict !== 'MATCH').length).toBeGreaterThan(0);
    expect(
      (await check(folder, { method, depth: 'content' })).every(({ verdict }) => verdict.verdict === 'MATCH'),
    ).toBe(true);
  });

  it('code of another version, which is said', async () => {
    const of = await altered('snapshots.ndjson', (text) => {
      return text
        .split('\n')
        .map((line) => {
          if (line === '') return line;
          const snapshot = JSON.parse(line) as { manifest: string };
          const manifest = snapshot.manifest.replace(/"assembler":"[^"]*"/, '"assembler":"assembler-0"');
          return JSON.stringify({ ...snapshot, manifest, id: digestOf(manifest) });
        })
        .join('\n');
    });
    const verdicts = (await check(of)).map(({ verdict }) => verdict);
    expect(verdicts).toHaveLength(released.length);
    for (const verdict of verdicts) expect(verdict).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'code_version' });
  });
});

describe('one clear line says what is wrong with a fixture', () => {
  it.each<[string, string, (text: string) => string, RegExp]>([
    ['whose head is cut off', 'fixture.json', (text) => text.slice(0, 40), /damaged: fixture.json is no JSON/],
    ['of another format', 'fixture.json', (text) => text.replace('"format": 1', '"format": 2'), /fixture.json format:/],
    [
      'whose last line is cut off',
      'records.ndjson',
      (text) => text.slice(0, -20),
      /records.ndjson: line \d+ is no JSON/,
    ],
    [
      'with a line of another shape',
      'snapshots.ndjson',
      (text) => `{"id":"x"}\n${text}`,
      /snapshots.ndjson: line 1 id:/,
    ],
  ])('%s', async (_what, name, change, line) => {
    await expect(readFixture(await altered(name, change))).rejects.toThrow(line);
  });

  it.each(['fixture.json', 'snapshots.ndjson', 'records.ndjson'])('without %s', async (name) => {
    const copy = await scratch();
    await cp(folder, copy, { recursive: true });
    await rm(join(copy, name));
    await expect(readFixture(copy)).rejects.toThrow(`${name} is not in the folder`);
  });
});
