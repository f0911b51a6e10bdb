import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/canonical.js';
import { account, ticket } from '../../fixtures.test-support.js';
import { limits } from '../../limits.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

describe('POST /v1/events', () => {
  let api: ApiWorld;
  beforeEach(async () => {
    api = await ApiWorld.open();
  });
  afterEach(() => api.stop());

  const ONE = { 'content-type': 'application/cloudevents+json' };
  const BATCH = { 'content-type': 'application/cloudevents-batch+json; charset=UTF-8' };
  const post = (body: unknown, headers = {}) => api.ask('/v1/events', { body, headers });

  it.each([
    ['application/json', account('A-1')],
    ['application/json', [account('A-1')]],
    ['application/cloudevents+json', account('A-1')],
    ['application/cloudevents-batch+json', [account('A-1')]],
  ])('appends %s and answers with positions and a token', async (type, body) => {
    const heard = await post(body, { 'content-type': type });
    expect(heard.status).toBe(200);
    const position = { topic: 'crm.accounts', partition: 0, offset: '0', leaderEpoch: expect.any(Number) };
    expect(heard.body.events).toMatchObject([{ status: 'appended', position }]);
    expect(heard.body.token).toMatch(/^t1\./);
  });

  it('takes binary mode: the same event as in structured mode, by every attribute', async () => {
    const event: JsonObject = { ...account('A-1'), entityversion: '7', correlationid: 'c-1', op: 'upsert' };
    const { data, ...attributes } = event;
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]),
    );
    const heard = await post(data, { ...headers, 'content-type': 'application/json' });
    expect(heard.body.events).toMatchObject([{ status: 'appended' }]);
    const structured = { ...attributes, datacontenttype: 'application/json', data };
    expect((await post(structured)).body.events).toMatchObject([{ status: 'duplicate' }]);
  });

  it('takes a delete in binary mode without a body, and judges it like any event', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'd-1',
      'ce-source': 's',
      'ce-type': 'account.deleted',
      'ce-op': 'delete',
    };
    const send = (more: object) => api.ask('/v1/events', { method: 'POST', headers: { ...headers, ...more } });
    expect((await send({ 'ce-subject': 'A-1' })).body.events).toMatchObject([{ status: 'appended' }]);
    expectProblem(await send({ 'ce-subject': 'A-1', 'ce-tenant': 'other' }), 422, 'event_rejected');
    const body = expectProblem(await send({ 'ce-subject': '%C0%A0' }), 422, 'request_invalid');
    expect(body.errors).toMatchObject([{ in: 'header', pointer: '/ce-subject' }]);
  });

  it('reads the body as the event where its media type says so, whatever the headers', async () => {
    const headers = { ...ONE, 'ce-id': 'another', 'ce-specversion': '0.3' };
    expect((await post(account('A-1'), headers)).body.events).toMatchObject([{ status: 'appended' }]);
  });

  it('names the header to add when a body comes without a media type', async () => {
    const body = new Uint8Array(Buffer.from(JSON.stringify(account('A-1'))));
    const headers = new Headers();
    const response = await api.app.request('/v1/events', { method: 'POST', body, headers });
    expect(response.status).toBe(415);
    expect(((await response.json()) as { advice: string }).advice).toContain('"content-type: application/json"');
  });

  it('answers with the first position when an event comes again', async () => {
    await api.world.put(account('A-1'));
    const { body } = await post(account('A-1'));
    expect(body.events).toMatchObject([{ status: 'duplicate', position: { offset: '0' } }]);
  });

  it('refuses the same id with another body and names where it was first used', async () => {
    const first = { ...account('A-1'), id: 'e-1' };
    await api.world.put(first);
    const heard = await post({ ...first, data: { id: 'A-1', name: 'other' } });
    const body = expectProblem(heard, 409, 'event_id_reused');
    expect(body.facts).toMatchObject({ firstPosition: 'crm.accounts:0:0' });
  });

  it('names every event that was not understood, and appends none', async () => {
    const body = expectProblem(await post([account('A-1'), { no: 'event' }, 7]), 422, 'event_rejected');
    expect(body.errors).toMatchObject([{ pointer: '/1' }, { pointer: '/2' }]);
    expect(member(body, 'errors', 0, 'detail')).toContain('not_a_cloudevent');
    expect((await api.world.log.ends()).get('crm.accounts:0')).toBe(0n);
  });

  it('points at the body itself when a single event was not understood', async () => {
    const body = expectProblem(await post({ ...account('A-1'), op: 'merge' }), 422, 'event_rejected');
    expect(body.errors).toMatchObject([{ in: 'body', pointer: '', detail: expect.stringContaining('op_unknown') }]);
  });

  it("refuses another tenant than the credential's", async () => {
    const body = expectProblem(await post({ ...account('A-1'), tenant: 'other' }), 422, 'event_rejected');
    expect(member(body, 'errors', 0, 'detail')).toContain('tenant_mismatch');
  });

  it.each([
    ['an array where one event is announced', [account('A-1')], ONE],
    ['one event where a batch is announced', account('A-1'), BATCH],
    ['an empty batch', [], {}],
    ['an empty body', '', {}],
  ])('refuses %s', async (_, body, headers) => {
    expectProblem(await post(body, headers), 422, 'request_invalid');
  });

  it('takes a batch at the limit and refuses one beyond it', async () => {
    const batch = Array.from({ length: limits.batchEventsMax }, (_, index) => account(`A-${index}`));
    expect((await post(batch)).status).toBe(200);
    expectProblem(await post([...batch, account('A-x')]), 413, 'request_too_large');
  });
});

describe('a body', () => {
  let api: ApiWorld;
  beforeEach(async () => {
    api = await ApiWorld.open();
  });
  afterEach(() => api.stop());

  it.each([
    ['{', 'not_json'],
    ['nul', 'not_json'],
    [Uint8Array.of(0x22, 0xff, 0x22), 'not_utf8'],
    ['['.repeat(10_000) + ']'.repeat(10_000), 'too_deep'],
    ['{"account":"\\ud800"}', 'malformed_unicode'],
    ['{"n":9007199254740993}', 'number_not_exact'],
  ])('that is %j is refused as %s', async (body, reason) => {
    for (const path of ['/v1/events', '/v1/context', '/v1/search', '/v1/tokens/merge']) {
      const problem = expectProblem(await api.ask(path, { body }), 400, 'request_malformed');
      expect(problem.facts).toEqual({ reason });
    }
  });

  it.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-encoding': 'gzip' },
    { 'content-type': '' },
  ])('with %j is refused as a type that is not read', async (headers) => {
    const body = JSON.stringify(ticket('T-1'));
    expectProblem(await api.ask('/v1/events', { body, headers }), 415, 'media_type_unsupported');
  });

  it('beyond the limit is refused, whether or not it says so', async () => {
    const body = JSON.stringify(' '.repeat(limits.requestBytesMax));
    expectProblem(await api.ask('/v1/events', { body }), 413, 'request_too_large');
    const headers = { 'content-length': String(limits.requestBytesMax + 1) };
    expectProblem(await api.ask('/v1/events', { body: '{}', headers }), 413, 'request_too_large');
  });

  it('is not read before the credential has been checked', async () => {
    const { keyAuthentication } = await import('../auth.js');
    const closed = await ApiWorld.open({ auth: keyAuthentication({ keys: [] }) });
    expectProblem(await closed.ask('/v1/events', { body: '{' }), 401, 'unauthenticated');
    await closed.stop();
  });
});
