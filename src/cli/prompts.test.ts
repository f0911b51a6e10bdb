import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockName } from '../prompts/folder.js';
import { folderOf, promptFile } from '../prompts/prompts.test-support.js';
import { account, memoryComposition, ndjson, runCli } from './cli.test-support.js';

const file = 'plain@1.prompt';
const asked = ['ask', 'A-1', '--prompt', 'plain', 'Are refunds granted?'];

async function loaded() {
  const composition = memoryComposition();
  await runCli(['load', '-', '--json'], { composition, input: ndjson(account) });
  return composition;
}

it('a prompt of one’s own folder is rendered once it is locked there, and refused in one line before', async () => {
  const PROMPTS = folderOf({ [file]: promptFile() });
  const options = { composition: await loaded(), settings: { PROMPTS } };
  const refused = await runCli(asked, options);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain(`prompts cannot be used: ${file} is not locked`);
  expect((await runCli(['config', 'lock-prompts'], options)).code).toBe(0);
  expect(existsSync(join(PROMPTS, lockName))).toBe(true);
  const told = await runCli(asked, options);
  expect(told.code).toBe(0);
  expect(told.out).toMatch(
    /Messages of plain@1\n\n {2}system\n {4}Be brief\.\n[\s\S]+\n {2}user\n[\s\S]+Harbour Books/,
  );
});

it('an edit of a locked prompt is told by the command that locks, and is not taken in', async () => {
  const PROMPTS = folderOf({ [file]: promptFile() });
  const options = { settings: { PROMPTS } };
  await runCli(['config', 'lock-prompts'], options);
  writeFileSync(join(PROMPTS, file), promptFile({ body: 'Be long.' }));
  const told = await runCli(['config', 'lock-prompts'], options);
  expect(told).toMatchObject({ code: 1, out: expect.stringContaining(`${file} has been edited`) });
});

it('the prompts of the package are there without a folder of one’s own, and an unknown one is refused', async () => {
  const composition = await loaded();
  const named = (id: string) => runCli(['ask', 'A-1', '--prompt', id, 'Are refunds granted?'], { composition });
  expect((await named('support_answer')).out).toContain('Messages of support_answer@1');
  expect(await named('none')).toMatchObject({ code: 1, err: expect.stringContaining('no such prompt') });
});
