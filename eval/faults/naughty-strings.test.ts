import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { naughtyStrings } from './bad-input.js';
import { fullState, goodRecord, rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const reason = folder === '' ? ` (skipped: ${dataFolderMissing})` : '';
const strings = folder === '' ? [] : [...new Set(naughtyStrings(folder))];
/** What may be an id: anything but nothing. */
const ids = strings.filter((text) => text !== '');

// Hundreds of questions in one test, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 30_000 });

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());

const inUrl = (id: string) => `/v1/accounts/${encodeURIComponent(id)}`;
/** A URL's path cannot hold these two: every client resolves them before it asks. */
const addressable = (id: string) => id !== '.' && id !== '..';

withData(`naughty strings as ids${reason}`, () => {
  it('come back exactly as account ids from the state, the history and a snapshot', async () => {
    await subject.put(...ids.map((id) => fullState('account', id, { name: id })));
    for (const id of ids.filter(addressable)) {
      expect(await subject.ok(inUrl(id)), id).toMatchObject({
        account: { ref: `account/${id}`, value: { id, name: id } },
      });
      expect((await subject.ok(`${inUrl(id)}/history`)).entries, id).toMatchObject([{ ref: `account/${id}` }]);
      expect(await subject.ok('/v1/context', { body: { account: id } }), id).toMatchObject({ account: id });
    }
  });

  it('name the same entity in the key of a record, and in that of a tombstone', async () => {
    await subject.produce(...ids.map((id) => goodRecord('account', `~${id}`)));
    await subject.produce(...ids.map((id) => rawRecord('account', `~${id}`, null)));
    for (const id of ids) {
      const { body, status } = await subject.ask(inUrl(`~${id}`));
      expect([status, body.code, body.accountStatus], id).toEqual([404, 'account_not_found', 'deleted']);
    }
  });

  it('are refused as another id than the data has, and when there is nothing in them', async () => {
    const empty = { ...fullState('account', 'x'), subject: '' };
    expect((await subject.ask('/v1/events', { body: empty })).body).toMatchObject({ code: 'event_rejected' });
    expect((await subject.ask('/v1/context', { body: { account: '' } })).body).toMatchObject({
      errors: [{ in: 'body', pointer: '/account' }],
    });
  });

  it('come back exactly as event ids and sources, and are recognised', async () => {
    const events = ids.map((text) => fullState('ticket', 'T-names', {}, { id: text, source: text }));
    for (const event of events) await subject.put(event);
    const { entries } = await subject.ok('/v1/accounts/A-1/history?limit=1000');
    const told = (Array.isArray(entries) ? entries : []) as readonly JsonObject[];
    expect(told.map(({ eventId, eventSource }) => [eventId, eventSource])).toEqual(ids.map((text) => [text, text]));
    expect((await subject.put(...events.slice(-10))).events).toMatchObject(Array(10).fill({ status: 'duplicate' }));
    expect((await subject.counts()).superseded).toBe(0);
  });
});

withData(`naughty strings as text${reason}`, () => {
  it('come back byte for byte from a ticket', async () => {
    const told = (text: string, index: number) => ({
      accountId: `t-${index}`,
      subject: text,
      body: text,
      [text]: text,
    });
    await subject.put(...strings.map((_, index) => fullState('account', `t-${index}`)));
    await subject.put(...strings.map((text, index) => fullState('ticket', `text-${index}`, told(text, index))));
    for (const [index, text] of strings.entries()) {
      const snapshot = await subject.ok('/v1/context', { body: { account: `t-${index}`, kinds: ['ticket'] } });
      const value = { id: `text-${index}`, status: 'open', ...told(text, index) };
      const item = { ref: `ticket/text-${index}`, trust: 'customer' };
      expect(snapshot.items, text).toMatchObject([item]);
      expect(member(snapshot, 'items', 0, 'value'), text).toEqual(value);
    }
  });

  it('are answered as question and purpose, and recorded as they are', async () => {
    for (const text of strings) {
      const body = { account: 't-0', question: text, purpose: text };
      const { status, body: said } = await subject.ask('/v1/context', { body });
      expect([status, said.question], text).toEqual(text === '' ? [422, undefined] : [200, text]);
      const search = await subject.ask('/v1/search', { body: { question: text } });
      expect([search.status, search.body.question], text).toEqual(text === '' ? [422, undefined] : [200, text]);
    }
  });
});

withData(`naughty strings where something else is expected${reason}`, () => {
  it('are refused as a tenant, other than the own one', async () => {
    for (const text of strings) {
      const { status, body } = await subject.ask('/v1/events', {
        body: fullState('account', 'x', {}, { tenant: text }),
      });
      expect([status, body.code], text).toEqual([422, 'event_rejected']);
    }
  });

  it('are refused as a token, a snapshot id and a rejected id', async () => {
    for (const text of strings) {
      const body = { account: 't-0', consistency: { tokens: [text] } };
      const { body: said } = await subject.ask('/v1/context', { body });
      expect(said.code, text).toBe(text === '' ? 'request_invalid' : 'token_malformed');
      expect((await subject.ask('/v1/tokens/merge', { body: { tokens: [text] } })).body.code, text).toBe(said.code);
      for (const path of ['snapshots', 'rejected']) {
        const found = await subject.ask(`/v1/${path}/${encodeURIComponent(text)}`);
        expect([200, 404], text).toContain(found.status);
        if (text !== '') expect(found.status, text).toBe(404);
      }
    }
  });

  it('leave the answer as it is in headers, and a request id that is not plain is replaced', async () => {
    const plain = /^[A-Za-z0-9._~:+/=@-]{1,128}$/;
    for (const text of strings.filter(isSendable)) {
      const headers = {
        'x-request-id': text,
        traceparent: text,
        tracestate: text,
        accept: text,
        'last-event-id': text,
      };
      const { headers: said } = await subject.ask('/v1/positions', { headers });
      const id = said.get('x-request-id') ?? '';
      expect(id, text).toMatch(plain);
      expect(id === text.trim(), text).toBe(plain.test(text.trim()));
      expect(said.get('traceparent'), text).toBeNull();
    }
  });
});

/** True for a header value that fetch would send: bytes without line ends and NUL. */
function isSendable(text: string): boolean {
  try {
    return new Headers({ 'x-request-id': text }).has('x-request-id');
  } catch {
    return false;
  }
}
