import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, entitlement, policy, ticket } from '../../fixtures.test-support.js';
import { openPrompts } from '../../prompts/folder.js';
import { noPrompts, type PromptSet } from '../../prompts/prompt-set.js';
import { hostileTexts, promptFile, promptSetOf, structureOf } from '../../prompts/prompts.test-support.js';
import { ApiWorld, expectProblem, type Heard, member } from '../world.test-support.js';

const packaged = await openPrompts();
const asked = { account: 'A-1', question: 'Can they get a refund?' };
const prompt = { id: 'support_answer', input: { tone: 'plain' } };

type Messages = Parameters<typeof structureOf>[0];
const messagesOf = (heard: Heard) => member(heard.body, 'prompt', 'messages') as Messages;

let api: ApiWorld;
async function opened(promptSet: PromptSet): Promise<void> {
  api = await ApiWorld.open({ promptSet });
  await api.world.put(
    account('A-1'),
    ticket('T-1', { body: hostileTexts.join('\n') }),
    entitlement('E-1'),
    policy('P-1'),
  );
}
beforeEach(() => opened(packaged));
afterEach(() => api.stop());

/** The same log under other prompts. */
async function reopened(promptSet: PromptSet): Promise<void> {
  await api.stop();
  const { log, clock } = api.world;
  api = await ApiWorld.open({ log, clock, promptSet });
  await api.world.settle();
}

const ask = (more: object = {}) => api.ask('/v1/context', { body: { ...asked, ...more } });

describe('a context request with a prompt', () => {
  it('is answered with messages, and the stamp names the version and its digest', async () => {
    const heard = await ask({ prompt });
    await api.ok('/v1/context', { body: { ...asked, prompt } });
    const { text, blocks } = structureOf(messagesOf(heard));
    expect(text).toContain('Write in a plain tone');
    const values = (heard.body.items as { ref: string; value: object; trust: string }[]).map(({ ref, value }) => ({
      ref,
      value,
    }));
    expect(blocks.map(({ value }) => value)).toEqual([...values, asked.question]);
    expect(blocks.map(({ opening }) => /trust="(.+)"/.exec(opening)?.[1])).toEqual([
      ...(heard.body.items as { trust: string }[]).map(({ trust }) => trust),
      'caller',
    ]);
    const { hash, version } = packaged.find({ id: prompt.id, variant: null }) ?? {};
    expect(member(heard.body, 'stamp', 'prompt')).toMatchObject({ id: prompt.id, version, hash, input: prompt.input });
  });

  it('gives all that it gives without one, byte for byte beside the id, the content and the stamp', async () => {
    const [without, withPrompt] = [await ask(), await ask({ prompt })];
    expect(without.text).not.toContain('"prompt"');
    const { prompt: stamped, ...stamp } = member(withPrompt.body, 'stamp') as { prompt: object };
    expect(stamped).toBeDefined();
    const { prompt: messages, ...rest } = withPrompt.body;
    const { id, content, audit } = without.body;
    expect(messages).toBeDefined();
    expect({ ...rest, stamp, id, content, audit }).toEqual(without.body);
    expect(withPrompt.headers.get('etag')).not.toBe(without.headers.get('etag'));
  });

  it('has the ETag of what a copilot sees: the prompt and its input are part of it', async () => {
    const etag = async (chosen: object) => (await ask({ prompt: chosen })).headers.get('etag');
    expect(await etag(prompt)).toBe(await etag({ ...prompt, version: '1' }));
    expect(await etag(prompt)).not.toBe(await etag({ ...prompt, input: { tone: 'warm' } }));
    expect(await etag({ id: prompt.id })).not.toBe(await etag({ id: prompt.id, variant: 'chat' }));
  });

  it.each([
    ['support_refusal', '/prompt'],
    [{ id: 'support_answer', variant: 'letter' }, '/prompt'],
    [{ id: 'support_answer', version: '99' }, '/prompt'],
    [{ id: 'support_answer', input: { tone: 'rude' } }, '/prompt/input/tone'],
    [{ id: 'support_answer', input: { other: 'x' } }, '/prompt/input/other'],
    [{ id: 'groundedness_judge' }, '/prompt/input/answer'],
    [{ id: '__proto__' }, '/prompt'],
  ])('is refused for %j, naming the member', async (chosen, pointer) => {
    const body = expectProblem(await ask({ prompt: chosen }), 422, 'request_invalid');
    expect(body.errors).toMatchObject([{ in: 'body', pointer }]);
  });

  it('is refused without the question that the prompt is about', async () => {
    const heard = await api.ask('/v1/context', { body: { account: 'A-1', prompt: 'support_answer' } });
    expect(expectProblem(heard, 422, 'request_invalid').errors).toMatchObject([{ pointer: '/question' }]);
  });
});

describe('a snapshot with messages', () => {
  const path = (heard: Heard, rest = '') => `/v1/snapshots/${heard.body.id}${rest}`;
  const verdict = (heard: Heard, depth: string) => api.ok(path(heard, '/replay'), { body: { depth } });

  it('is rendered again byte for byte, at both depths, after all has changed and after a restart', async () => {
    const released = await ask({ prompt });
    await api.world.put(ticket('T-1', { subject: 'other' }), ticket('T-2'));
    await reopened(packaged);
    const again = await api.ask(path(released));
    expect(again.text).toBe(released.text);
    for (const depth of ['content', 'full'])
      expect(await verdict(released, depth)).toMatchObject({ verdict: 'MATCH', depth });
  });

  it('is rendered from the version it was released with, once there is a newer', async () => {
    const first = { 'plain@1.prompt': promptFile() };
    await reopened(await promptSetOf(first));
    const released = await ask({ prompt: 'plain' });
    await reopened(await promptSetOf({ ...first, 'plain@2.prompt': promptFile({ version: 2 }) }));
    expect((await api.ask(path(released))).text).toBe(released.text);
    expect(await verdict(released, 'full')).toMatchObject({ verdict: 'MATCH' });
    expect(member((await ask({ prompt: 'plain' })).body, 'stamp', 'prompt')).toMatchObject({ version: '2' });
    expect(await api.ok(path(released, '/validity'))).toMatchObject({ valid: true });
  });

  it.each([
    ['is gone', async () => noPrompts],
    ['has other bytes', () => promptSetOf({ 'plain@1.prompt': promptFile({ more: '# edited\n' }) })],
  ])('cannot be replayed or judged when its version %s, and that is the reason given', async (_, after) => {
    await reopened(await promptSetOf({ 'plain@1.prompt': promptFile() }));
    const released = await ask({ prompt: 'plain' });
    await reopened(await after());
    for (const depth of ['content', 'full']) {
      expect(await verdict(released, depth)).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'prompt_missing' });
    }
    for (const rest of ['', '/diff', '/validity']) {
      const facts = { reason: 'prompt_missing' };
      expect(expectProblem(await api.ask(path(released, rest)), 410, 'snapshot_unreplayable')).toMatchObject({ facts });
    }
  });

  it('is valid until an item changes, and tells which', async () => {
    const released = await ask({ prompt });
    expect(await api.ok(path(released, '/validity'))).toMatchObject({ valid: true });
    expect(await api.ok(path(released, '/diff'))).toMatchObject({ same: true, changes: [] });
    await api.world.put(ticket('T-1', { body: 'calm' }));
    expect(await api.ok(path(released, '/validity'))).toMatchObject({
      valid: false,
      supersededBy: { ref: 'ticket/T-1' },
    });
  });
});

describe('GET /v1/prompts', () => {
  it('lists what a request may name', async () => {
    const { prompts } = await api.ok('/v1/prompts');
    expect(prompts).toHaveLength(5);
    expect(prompts).toContainEqual(
      expect.objectContaining({
        id: 'support_answer',
        variant: null,
        version: '1',
        versions: ['1'],
        needsQuestion: true,
      }),
    );
  });
});
