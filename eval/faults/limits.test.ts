import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import { isJsonObject } from '../../src/domain/json.js';
import { recordKey } from '../../src/domain/record-key.js';
import { encodeToken } from '../../src/domain/token.js';
import { account, tenant, ticket } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import { rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
  await subject.put(account('A-1'));
});
afterAll(() => subject.close());

/** Below, at and above the limit. */
const around = [[-1], [0], [1]] as const;
const text = (length: number) => 'x'.repeat(length);

/** The answer, and where a refusal points. */
async function told(path: string, body: unknown): Promise<string> {
  const { status, body: said } = await subject.ask(path, { body });
  const errors = Array.isArray(said.errors) ? said.errors : [];
  const places = errors.map((error) => String((error as JsonObject).pointer));
  return [status, ...(status === 200 ? [] : [said.code, ...places])].join(' ');
}

const padding = (event: JsonObject, bytes: number) => bytes - Buffer.byteLength(canonicalJson(event));
const ofBytes = (id: string, bytes: number) => ticket(id, { body: text(padding(ticket(id, { body: '' }), bytes)) });

describe.each(around)('sizes, %i beside the limit', (beside) => {
  it.each([[{}], ['content-length']] as const)(
    'of a request body, with or without its length told (%j)',
    async (how) => {
      const event = JSON.stringify(ticket('T-padded'));
      const body = event + ' '.repeat(limits.requestBytesMax + beside - event.length);
      const headers: Record<string, string> = how === 'content-length' ? { [how]: String(body.length) } : {};
      const { status, body: said } = await subject.ask('/v1/events', { body, headers });
      expect(status).toBe(beside > 0 ? 413 : 200);
      if (beside > 0) expect(said).toMatchObject({ code: 'request_too_large', facts: { bytesMax: body.length - 1 } });
    },
  );

  it('of an event, at the entrance and in a record', async () => {
    const event = ofBytes(`T-size-${beside}`, limits.eventBytesMax + beside);
    expect(Buffer.byteLength(canonicalJson(event))).toBe(limits.eventBytesMax + beside);
    expect(await told('/v1/events', event)).toBe(beside > 0 ? '422 event_rejected ' : '200');
    await subject.settle();
    const [at = ''] = await subject.produce(rawRecord('ticket', `T-size-${beside}`, canonicalJson(event)));
    expect((await subject.letters()).get(at)?.reason).toBe(beside > 0 ? 'too_large' : undefined);
  });

  it('of a batch', async () => {
    const count = limits.batchEventsMax + beside;
    const batch = Array.from({ length: count }, (_, index) => ticket(`T-batch-${index}`));
    expect(await told('/v1/events', batch)).toBe(beside > 0 ? '413 request_too_large' : '200');
  });

  it('of nesting, at the entrance and in a record', async () => {
    // The event and its data are the first two levels.
    const nested = JSON.parse(
      '['.repeat(limits.jsonDepthMax + beside - 2) + ']'.repeat(limits.jsonDepthMax + beside - 2),
    );
    const event = ticket(`T-deep-${beside}`, { nested });
    expect(await told('/v1/events', event)).toBe(beside > 0 ? '400 request_malformed' : '200');
    const [at = ''] = await subject.produce(rawRecord('ticket', `T-deep-${beside}`, canonicalJson(event)));
    expect((await subject.letters()).get(at)?.reason).toBe(beside > 0 ? 'too_deep' : undefined);
  });
});

const idIn = ({ subject: named, data }: JsonObject) => String(named ?? (isJsonObject(data) ? data.id : ''));
const id = (length: number) => ({ id: text(length) });
const attributes: readonly (readonly [string, keyof typeof limits, (length: number) => JsonObject])[] = [
  ['event id', 'idLengthMax', (length) => ticket('T-1', {}, id(length))],
  ['source', 'idLengthMax', (length) => ticket('T-1', {}, { source: text(length) })],
  ['subject', 'idLengthMax', (length) => account(text(length))],
  ['data.id without a subject', 'idLengthMax', (length) => account(`z${text(length - 1)}`, {}, { subject: null })],
  ['type', 'attributeLengthMax', (length) => ticket('T-1', {}, { type: `ticket.${text(length - 7)}` })],
  ['correlationid', 'attributeLengthMax', (length) => ticket('T-1', {}, { correlationid: text(length) })],
  ['causationid', 'attributeLengthMax', (length) => ticket('T-1', {}, { causationid: text(length) })],
  ['entityversion', 'versionDigitsMax', (length) => ticket('T-v', {}, { entityversion: '9'.repeat(length) })],
];

describe.each(around)('lengths of attributes, %i beside the limit', (beside) => {
  it.each(attributes)('of %s', async (_what, limit, eventOf) => {
    const event = eventOf(limits[limit] + beside);
    const { status, body } = await subject.ask('/v1/events', { body: event });
    expect(status, JSON.stringify(body.errors)).toBe(beside > 0 ? 422 : 200);
    await subject.settle();
    const about = event.type === 'account.updated' ? 'account' : 'ticket';
    const [at = ''] = await subject.produce(rawRecord(about, idIn(event), canonicalJson(event)));
    const reason = (await subject.letters()).get(at)?.reason;
    if (beside > 0) expect(reason).toMatch(/^(attribute_invalid|version_malformed|subject_missing)$/);
    else expect(reason).toBeUndefined();
  });

  it('of the tenant, in a record', async () => {
    const other = text(limits.idLengthMax + beside);
    const event = canonicalJson(ticket('T-1', {}, { tenant: other }));
    const record = { ...rawRecord('ticket', 'T-1', event), key: recordKey(other, 'T-1') };
    const [at = ''] = await subject.produce(record);
    expect((await subject.letters()).get(at)?.reason).toBe(beside > 0 ? 'attribute_invalid' : undefined);
  });
});

type Member = readonly [path: string, pointer: string, limit: keyof typeof limits, body: (size: number) => JsonObject];
const asks = (member: string) => (value: number | string) => ({ account: 'A-1', [member]: value });
const wants = (member: string) => (value: number) => ({ account: 'A-1', consistency: { [member]: value } });
const searches = (member: string, value: number | string) => ({ question: 'q', [member]: value });
const members: readonly Member[] = [
  ['/v1/context', '/question', 'questionLengthMax', (length) => asks('question')(text(length))],
  ['/v1/search', '/question', 'questionLengthMax', (length) => searches('question', text(length))],
  ['/v1/context', '/purpose', 'attributeLengthMax', (length) => asks('purpose')(text(length))],
  ['/v1/search', '/purpose', 'attributeLengthMax', (length) => searches('purpose', text(length))],
  ['/v1/context', '/tokenBudget', 'tokenBudgetMax', asks('tokenBudget')],
  ['/v1/search', '/tokenBudget', 'tokenBudgetMax', (count) => searches('tokenBudget', count)],
  ['/v1/search', '/limit', 'searchResultsMax', (count) => searches('limit', count)],
  ['/v1/context', '/consistency/deadlineMs', 'deadlineMsMax', wants('deadlineMs')],
  ['/v1/context', '/consistency/maxStalenessMs', 'maxStalenessMsMax', wants('maxStalenessMs')],
];

describe.each(around)('members of a question, %i beside the limit', (beside) => {
  it.each(members)('%s %s', async (path, pointer, limit, bodyOf) => {
    expect(await told(path, bodyOf(limits[limit] + beside))).toBe(
      beside > 0 ? `422 request_invalid ${pointer}` : '200',
    );
  });

  it.each(['tokenBudget', 'deadlineMs', 'maxStalenessMs'])('%s at its lower bound', async (member) => {
    const lowest = member === 'tokenBudget' ? 1 : 0;
    const body = member === 'tokenBudget' ? asks(member) : wants(member);
    const { status } = await subject.ask('/v1/context', { body: body(lowest + beside) });
    expect(status).toBe(beside < 0 ? 422 : 200);
  });

  it('account, in the body and in the address', async () => {
    const name = text(limits.idLengthMax + beside);
    const other = `y${name.slice(1)}`;
    expect(await told('/v1/context', { account: other })).toBe(
      beside > 0 ? '422 request_invalid /account' : '404 account_not_found',
    );
    const { body } = await subject.ask(`/v1/accounts/${other}`);
    expect(body).toMatchObject(
      beside > 0 ? { errors: [{ in: 'path', pointer: '/id' }] } : { code: 'account_not_found' },
    );
  });
});

describe.each(around)('tokens, %i beside the limit', (beside) => {
  it('of their number', async () => {
    const tokens = Array(limits.tokensMax + beside).fill('crm.accounts:0:0');
    expect(await told('/v1/tokens/merge', { tokens })).toBe(beside > 0 ? '422 request_invalid /tokens' : '200');
    const body = { account: 'A-1', consistency: { level: 'at_least', tokens } };
    expect(await told('/v1/context', body)).toBe(beside > 0 ? '422 request_invalid /consistency/tokens' : '200');
    const query = tokens.map((token) => `token=${token}`).join('&');
    expect((await subject.ask(`/v1/accounts/A-1?${query}`)).status).toBe(beside > 0 ? 422 : 200);
  });

  it('of their length', async () => {
    const token = longToken(limits.tokenLengthMax + beside);
    expect(await told('/v1/tokens/merge', { tokens: [token] })).toBe(
      beside > 0 ? '422 request_invalid /tokens/0' : '200',
    );
    const { body, status } = await subject.ask('/v1/positions', { headers: { 'last-event-id': token } });
    expect([status, body.code]).toEqual([200, undefined]);
    const stream = await subject.ask('/v1/changes?account=A-1', { headers: { 'last-event-id': token } });
    expect([stream.status, stream.body.code]).toEqual(beside > 0 ? [400, 'token_malformed'] : [200, undefined]);
  });
});

/** A good token, blown up with spaces between its parts. */
function longToken(length: number): string {
  const { identity } = subject.service;
  const [prefix = '', encoded = ''] = encodeToken(identity, new Map([['crm.accounts:0', 0n]])).split('.');
  const json = Buffer.from(encoded, 'base64url').toString();
  const bytes = Math.floor(((length - prefix.length - 1) * 3) / 4);
  const padded = Buffer.from(json + ' '.repeat(bytes - json.length)).toString('base64url');
  return `${prefix}.${padded}`.padEnd(length, 'A');
}

describe('the own tenant', () => {
  it('may be named by an event, as long as it is the own one', async () => {
    expect(await told('/v1/events', ticket('T-1', {}, { tenant }))).toBe('200');
  });
});
