import { describe, expect, it } from 'vitest';
import { classNames } from '../interaction/catalogue.js';
import { jsonOf, runCli } from './cli.test-support.js';

describe('tidemark contracts', () => {
  it('prints every class with its topic, owner and retention', async () => {
    const { code, out } = await runCli(['contracts']);
    expect(code).toBe(0);
    for (const name of classNames) expect(out).toMatch(new RegExp(`^${name} +copilot\\.${name}`, 'm'));
    expect(out.match(/^owner +\S/gm)).toHaveLength(classNames.length);
    expect(out.match(/^retention +Everything is kept/gm)).toHaveLength(classNames.length);
    expect(out).toMatch(/^types +tool\.called, tool\.returned, tool\.failed$/m);
  });

  it('prints the same as JSON, with the schema of each type', async () => {
    const { contracts } = jsonOf(await runCli(['contracts', '--json']));
    const tool = (contracts as { name: string }[]).find(({ name }) => name === 'tool');
    expect(tool).toMatchObject({ topic: 'copilot.tool', types: { 'tool.called': { required: ['tool'] } } });
  });
});
