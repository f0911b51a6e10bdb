/** Who may say that a decision is approved or overridden. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../domain/canonical.js';
import { account } from '../fixtures.test-support.js';
import { hashKey, keyAuthentication, type Scope } from './auth.js';
import { ApiWorld, expectProblem } from './world.test-support.js';

const grant = (id: string, scopes: Scope[]) => ({ id, sha256: hashKey(id), tenant: 'acme', scopes });
const keys = [grant('agent', ['read', 'write']), grant('person', ['write', 'approve']), grant('reader', ['approve'])];

let api: ApiWorld;
beforeEach(async () => {
  api = await ApiWorld.open({ auth: keyAuthentication({ keys }) });
});
afterEach(() => api.stop());

const data: JsonObject = { by: 'dana', reason: 'too much' };
const said = (type: string, id = type) => ({ id, source: 's', specversion: '1.0', type, subject: 'D-1', data });
const ask = (key: string, body: unknown, more: Readonly<Record<string, string>> = {}) =>
  api.ask('/v1/events', { body, headers: { authorization: `Bearer ${key}`, ...more } });
const decisions = async () => (await api.world.log.ends()).get('copilot.decision:0');

describe.each(['decision.approved', 'decision.overridden'])('%s', (type) => {
  it('is refused of a key without the scope approve, alone, among others and in binary mode', async () => {
    const { tenant: _, ...other } = account('A-1');
    const binary = { 'ce-specversion': '1.0', 'ce-id': 'e', 'ce-source': 's', 'ce-type': type, 'ce-subject': 'D-1' };
    for (const heard of [
      await ask('agent', said(type)),
      await ask('agent', [other, said(type)]),
      await ask('agent', data, binary),
    ])
      expect(expectProblem(heard, 403, 'forbidden').facts).toEqual({ scope: 'approve' });
    expect(await decisions()).toBe(0n);
  });

  it('is taken of a key with it that may write as well', async () => {
    expect((await ask('person', said(type))).status).toBe(200);
    expect(expectProblem(await ask('reader', said(type, 'x')), 403, 'forbidden').facts).toEqual({ scope: 'write' });
  });

  it('is taken without keys', async () => {
    const open = await ApiWorld.open();
    expect(await open.ok('/v1/events', { body: said(type) })).toMatchObject({ events: [{ status: 'appended' }] });
    await open.stop();
  });
});

it('what an agent says of its own decision takes no more than the scope write', async () => {
  expect((await ask('agent', said('decision.executed'))).status).toBe(200);
});
