/** Where to go on from the tour: addresses, and lines to paste into a shell. */
import type { World } from '../composition.js';
import { blank, type Line, line, span } from '../text/line.js';
import { tourDecision } from './agent-step.js';

export function tryItLines(url: string, { questions }: World, key: string): readonly Line[] {
  const [first] = questions;
  const authorization = `-H 'authorization: Bearer ${key}'`;
  const asked = JSON.stringify({ account: first.account, question: first.question });
  const calls = [
    `curl -s ${url}/v1/context ${authorization} -H 'content-type: application/json' -d ${quoted(asked)}`,
    `curl -s ${url}/v1/accounts/${encodeURIComponent(first.account)} ${authorization}`,
    `curl -s ${url}/v1/positions ${authorization}`,
    `curl -s ${url}/v1/rejected ${authorization}`,
  ];
  const settings = `TIDEMARK_URL=${url} TIDEMARK_KEY=${key}`;
  // By `npx` and by path: a checkout has no command `tidemark`.
  const agents = [
    `${settings} npx tidemark trace ${tourDecision}`,
    `${settings} node examples/copilot-loop.mjs ${quoted(first.account)} ${quoted(first.question)}`,
    `${settings} node examples/mcp-host/list-tools.mjs`,
  ];
  return [
    blank,
    line([span(`Now it is yours: ${url}`, 'strong')]),
    line([`documentation ${url}/docs · ready? ${url}/readyz · Ctrl-C stops it`], 3),
    blank,
    ...calls.map((call) => line([call], 3)),
    blank,
    line([`For agents, from a checkout; an MCP host is pointed at ${url}/mcp with the same key:`], 3),
    blank,
    ...agents.map((call) => line([call], 3)),
  ];
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
