/** The service that the protocol's programs are turned on: in memory, listening on this machine, with the fixtures beside its own tools. */

import { ApiWorld } from '../../../src/api/world.test-support.js';
import { type Listening, listen } from '../../../src/cli/server.js';
import { mcpMount } from '../../../src/mcp/http.js';
import { noPromptSource } from '../../../src/mcp/prompts.js';
import { fixtures } from './fixtures/index.js';

export interface McpServerUnderTest {
  readonly url: string;
  readonly api: ApiWorld;
  close(): Promise<void>;
}

export async function mcpServerUnderTest({
  hasFixtures,
}: {
  readonly hasFixtures: boolean;
}): Promise<McpServerUnderTest> {
  const stopping = new AbortController();
  const parts = { version: '0.1.0', prompts: noPromptSource };
  const mounts = [mcpMount(hasFixtures ? { ...parts, also: fixtures } : parts)];
  const api = await ApiWorld.open({ mounts, stopping: stopping.signal });
  const listening: Listening = await listen(api.app, '127.0.0.1', 0);
  const close = async () => {
    stopping.abort();
    await listening.drain();
  };
  return { url: `${listening.url}/mcp`, api, close };
}
