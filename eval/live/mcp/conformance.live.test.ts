/**
 * The protocol's public conformance suite against the running server, for both revisions that it serves. What fails has to be explained
 * in a baseline beside this file; there is none for 2026-07-28, and an entry that passes by now is a failure as well.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepsOn } from '../services/steps.js';
import { runTool } from '../services/tools.js';
import { type McpPeers, mcpPeersOr } from './peers.js';
import { type McpServerUnderTest, mcpServerUnderTest } from './server.test-support.js';

/** Fewer passed: the suite has not run what it is there for. */
const SCENARIOS_MIN = 20;

const peers = await mcpPeersOr(stepsOn(process.stderr));

const missing = typeof peers === 'string' ? `: ${peers}` : '';

describe.skipIf(typeof peers === 'string')(`MCP (needs the conformance suite${missing})`, () => {
  let server: McpServerUnderTest;
  beforeAll(async () => {
    server = await mcpServerUnderTest({ hasFixtures: true });
  });
  afterAll(() => server.close());

  it.each(['2026-07-28', '2025-11-25'])('conforms to %s, but for what its baseline explains', async (revision) => {
    const { node, conformance } = peers as McpPeers;
    const baseline = fileURLToPath(new URL(`baseline-${revision}.yml`, import.meta.url));
    const expected = existsSync(baseline) ? ['--expected-failures', baseline] : [];
    const args = [conformance, 'server', '--url', server.url, '--requirements', revision, ...expected];
    const lines: string[] = [];
    const { code, lastLines } = await runTool(node, args, { onLine: (line) => lines.push(line) });
    expect(code, lastLines.join('\n')).toBe(0);
    expect(lines.filter((line) => line.startsWith('✓')).length).toBeGreaterThan(SCENARIOS_MIN);
  });
});
