import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiWorld } from '../api/world.test-support.js';
import { account, ticket } from '../fixtures.test-support.js';
import { openMcp } from './mcp.test-support.js';
import { factsOfSnapshot } from './snapshot-facts.js';

let api: ApiWorld;
beforeEach(async () => {
  api = await openMcp();
});
afterEach(() => api.stop());

/** Text and members that look like the places where the items begin and end. */
const marks = ',"items":[{"a":1}],"kinds":["x"],"stamp":{}';

describe('the facts of a snapshot', () => {
  it('are its members but the items, whatever those and the question hold', async () => {
    const members = { list: [], kinds: ['x'], items: [], nested: { items: [[]], kinds: [1] }, text: marks };
    await api.world.put(account('A-1', members));
    await api.world.put(ticket('T-1', { accountId: 'A-1', subject: marks, ...members }));
    const asked = { account: 'A-1', question: marks, purpose: marks };
    for (const path of ['/v1/context', '/v1/search']) {
      const { text, body } = await api.ask(path, { body: asked });
      expect(body.items).not.toEqual(path === '/v1/context' ? [] : null);
      expect(factsOfSnapshot(text)).toEqual({ ...body, items: [] });
    }
  });

  it.each([
    '',
    '{}',
    '[]',
    '{"id":"d-1","account":null,"items":[],"kinds":[]}',
    `{"id":"sha256-${'0'.repeat(64)}","account":"x"`,
  ])('are none of %j', (text) => expect(factsOfSnapshot(text)).toBeUndefined());
});
