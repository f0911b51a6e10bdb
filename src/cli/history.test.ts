import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { account, memoryComposition, ndjson, runCli, temporaryFolder } from './cli.test-support.js';

async function asked(text: string) {
  const composition = memoryComposition();
  await runCli(['load', '-', '--json'], { composition, input: ndjson(account) });
  const file = join(temporaryFolder(), 'turns.json');
  writeFileSync(file, text);
  return runCli(['ask', 'A-1', '--history', file, '--json', 'And for gold customers?'], { composition });
}

describe('a question that follows others', () => {
  it('is asked with the turns of a file, and recorded with them', async () => {
    const history = [{ role: 'user', text: 'Are refunds granted?' }];
    const { code, out } = await asked(JSON.stringify(history));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ question: 'And for gold customers?', history });
  });

  it.each([
    ['no JSON', 'cannot be read as JSON', 2],
    ['[{"role": "user"}]', '/history/0/text', 1],
    ['{}', '/history', 1],
  ])('is refused in one line with the turns %j', async (text, told, code) => {
    expect(await asked(text)).toMatchObject({ code, err: expect.stringContaining(told) });
  });
});
