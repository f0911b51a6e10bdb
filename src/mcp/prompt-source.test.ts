import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiWorld } from '../api/world.test-support.js';
import { account, ticket } from '../fixtures.test-support.js';
import { openPrompts } from '../prompts/folder.js';
import { listingsOf } from '../prompts/listing.js';
import { hostileTexts, structureOf } from '../prompts/prompts.test-support.js';
import { Asking } from './asking.js';
import { connected, modes, openMcp } from './mcp.test-support.js';
import { askedPrompts, promptSource } from './prompt-source.js';

it('a server that cannot be asked yet offers no prompts, tells why, and is asked again by the next who wants them', async () => {
  const body = JSON.stringify({ prompts: listingsOf(await openPrompts()) });
  let isUp = false;
  const asking = new Asking(async () => {
    if (!isUp) throw new TypeError('fetch failed');
    return { status: 200, headers: {}, body };
  }, {});
  const codes: string[] = [];
  const source = askedPrompts(asking, (code) => codes.push(code));
  expect([await source.list(), codes]).toEqual([[], ['internal']]);
  isUp = true;
  expect((await source.list()).length).toBeGreaterThan(3);
  isUp = false;
  expect((await source.list()).length).toBeGreaterThan(3);
});

const promptSet = await openPrompts();

describe.each(modes)('the prompts of the folder over MCP, %s', (mode) => {
  let api: ApiWorld;
  let client: Awaited<ReturnType<typeof connected>>;
  beforeEach(async () => {
    api = await openMcp({ promptSet, prompts: promptSource(listingsOf(promptSet)) });
    await api.world.put(account('A-1'), ticket('T-1', { body: hostileTexts.join('\n') }));
    client = await connected(api, mode);
  });
  afterEach(async () => {
    await client.close();
    await api.stop();
  });

  it('are listed with what they take', async () => {
    const { prompts } = await client.listPrompts();
    const names = ['entitlement_check', 'groundedness_judge', 'support_answer', 'support_answer-chat', 'ticket_triage'];
    expect(prompts.map(({ name }) => name)).toEqual(names);
    const [, judge] = prompts;
    const required = judge?.arguments?.filter((one) => one.required).map(({ name }) => name);
    expect(required?.sort()).toEqual(['account', 'answer']);
  });

  it('come as the messages that POST /v1/context gives, the instructions first', async () => {
    const asked = { account: 'A-1', question: 'why?' };
    const { messages } = await client.getPrompt({ name: 'support_answer-chat', arguments: asked });
    const prompt = { id: 'support_answer', variant: 'chat' };
    const body = await api.ok('/v1/context', { body: { ...asked, prompt } });
    const given = (body.prompt as unknown as { messages: { role: string; content: string }[] }).messages;
    expect(messages.map(({ content }) => (content.type === 'text' ? content.text : ''))).toEqual(
      given.map(({ content }) => content),
    );
    expect(messages.map(({ role }) => role)).toEqual(['user', 'user']);
    expect(structureOf(given).blocks).toHaveLength(3);
  });

  it('are refused for an account that is not there, as over HTTP', async () => {
    const asked = { account: 'A-9', question: 'why?' };
    await expect(client.getPrompt({ name: 'support_answer', arguments: asked })).rejects.toThrow(/account/);
  });
});
