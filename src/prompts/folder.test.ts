import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockName, lockPrompts, openPrompts, packagedPrompts, promptFaults } from './folder.js';
import { folderOf, promptFile } from './prompts.test-support.js';

const first = 'plain@1.prompt';

async function locked(): Promise<string> {
  const folder = folderOf({ [first]: promptFile() });
  expect(await lockPrompts(folder)).toEqual([]);
  return folder;
}

const lockIn = (folder: string) => readFileSync(join(folder, lockName), 'utf8');

describe('the prompts of the package', () => {
  it('are as they were locked: put an edit into a file with the next version, then `npm run prompts`', async () => {
    expect(await promptFaults(packagedPrompts())).toEqual([]);
  });

  it('are these', async () => {
    const names = (await openPrompts()).list().map(({ newest }) => [newest.name, newest.variant]);
    const expected = ['entitlement_check', 'groundedness_judge', 'support_answer', 'support_answer', 'ticket_triage'];
    expect(names.map(([name]) => name)).toEqual(expected);
    expect(names[3]).toEqual(['support_answer', 'chat']);
  });

  it('are as many as there are files', () => {
    const files = readdirSync(packagedPrompts()).filter((name) => name !== lockName);
    expect(files.sort()).toEqual(Object.keys(JSON.parse(lockIn(packagedPrompts())).prompts).sort());
  });
});

describe('a folder of prompts', () => {
  it('is refused once a locked version is edited, and locking again does not help', async () => {
    const folder = await locked();
    const before = lockIn(folder);
    writeFileSync(join(folder, first), promptFile({ body: promptFile() }));
    expect(await promptFaults(folder)).toMatchObject([{ file: first, kind: 'broken' }]);
    expect(await lockPrompts(folder)).toMatchObject([{ file: first, kind: 'broken' }]);
    expect(lockIn(folder)).toBe(before);
    await expect(openPrompts(folder)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('keeps an older version beside the newer, and gives the newer by default', async () => {
    const folder = await locked();
    for (const version of [2, 10]) writeFileSync(join(folder, `plain@${version}.prompt`), promptFile({ version }));
    await lockPrompts(folder);
    const prompts = await openPrompts(folder);
    const name = { id: 'plain', variant: null };
    expect([prompts.find(name)?.version, prompts.find(name, '2')?.version, prompts.find(name, '1')?.version]).toEqual([
      '10',
      '2',
      '1',
    ]);
    expect(prompts.list()[0]?.versions).toEqual(['10', '2', '1']);
    expect(prompts.find(name, '3')).toBeUndefined();
  });

  it('is refused with a file that is not locked, one that is gone, and one under another name', async () => {
    const folder = await locked();
    writeFileSync(join(folder, 'plain@2.prompt'), promptFile({ version: 2 }));
    expect(await promptFaults(folder)).toMatchObject([{ file: 'plain@2.prompt', kind: 'unlocked' }]);
    writeFileSync(join(folder, 'other@1.prompt'), promptFile());
    rmSync(join(folder, first));
    expect(await promptFaults(folder)).toMatchObject([
      { file: 'other@1.prompt', kind: 'broken' },
      { file: first, kind: 'broken' },
      { file: 'plain@2.prompt', kind: 'unlocked' },
    ]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['nothing in it', {}, /^prompts cannot be used: there is no file that ends in \.prompt$/],
    ['a lock that is no JSON', { [first]: promptFile(), [lockName]: '{' }, /: lock\.json is no lock file$/],
    ['a lock of another form', { [first]: promptFile(), [lockName]: '{"format":2}' }, /: lock\.json is no lock file$/],
    ['a file that is no prompt', { [first]: 'hello' }, /: plain@1\.prompt [^\n]+$/],
  ])('is refused in one line with %s', async (_, files, message) => {
    const folder = folderOf(files);
    const fault = { code: 'config_invalid', message: expect.stringMatching(message) };
    await expect(openPrompts(folder)).rejects.toMatchObject(fault);
  });

  it('is refused in one line when it is not there', async () => {
    const fault = { code: 'config_invalid', message: 'prompts cannot be used: the folder cannot be read' };
    await expect(openPrompts(join(folderOf({}), 'none'))).rejects.toMatchObject(fault);
  });
});
