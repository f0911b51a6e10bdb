import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiWorld } from '../api/world.test-support.js';
import { account } from '../fixtures.test-support.js';
import { called, connected, modes, openMcp } from './mcp.test-support.js';
import { provenanceSchema } from './provenance.js';

let api: ApiWorld;
beforeEach(async () => {
  api = await openMcp();
});
afterEach(() => api.stop());

describe.each(modes)('over streamable HTTP, a client in mode %s', (mode) => {
  it('settles on its revision', async () => {
    const client = await connected(api, mode);
    const revision = { auto: '2026-07-28', legacy: '2025-11-25' }[mode];
    expect(client.getNegotiatedProtocolVersion()).toBe(revision);
  });

  it('gets what HTTP gives, as structure and as the same text, with where it comes from', async () => {
    await api.world.put(account('A-1'));
    const asked = { account: 'A-1', question: 'refund?' };
    const client = await connected(api, mode);
    const { value, texts, provenance } = await called(client, 'get_context', asked);
    const direct = await api.ok('/v1/context', { body: asked });
    expect(value.content).toBe(direct.content);
    expect(JSON.parse(texts[0] ?? '')).toEqual(value);
    expect(provenanceSchema.parse(provenance)).toMatchObject({
      snapshot: value.id,
      token: value.token,
      readiness: 'ready',
    });
  });
});
