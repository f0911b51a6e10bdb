import { expect, it } from 'vitest';
import { smallWorld } from '../cli.test-support.js';
import { tryItLines } from './try-it.js';

const url = 'http://127.0.0.1:7420';
const lines = tryItLines(url, smallWorld, 'tm_k').map(({ spans }) => spans.map(({ text }) => text).join(''));

it("leads on to the tour's decision, to an example and to MCP, with address and key", () => {
  const settings = `TIDEMARK_URL=${url} TIDEMARK_KEY=tm_k`;
  expect(lines).toContain(`${settings} npx tidemark trace waive-the-next-fee`);
  expect(lines).toContain(`${settings} node examples/copilot-loop.mjs 'A-1' 'Are refunds granted?'`);
  expect(lines).toContainEqual(expect.stringContaining(`${url}/mcp`));
});
