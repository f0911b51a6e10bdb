/** Bad input for replay: every answer is a status with a code and advice, and a stranger's id is as good as none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, policy, ticket } from '../../src/fixtures.test-support.js';
import type { LogRecord, RecordReading } from '../../src/log/port.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';
import { faultOf, type Heard } from './answer-rules.test-support.js';

/** A log whose audit records somebody has edited, and framed again so that every checksum holds. */
class EditedLog extends MemoryLog {
  edit: (text: string) => string = (text) => text;

  override async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    const found = await super.read(topic, partition, offsets);
    if (topic !== defaultTopics.context) return found;
    return found.map((one) => (one.kind === 'found' ? { ...one, record: this.#edited(one.record) } : one));
  }

  #edited(record: LogRecord): LogRecord {
    return { ...record, value: Buffer.from(this.edit(Buffer.from(record.value ?? []).toString())) };
  }
}

let log: EditedLog;
let flow: Flow;
/** A snapshot that the tenant `owner` was given. */
let released: JsonObject;

beforeAll(async () => {
  const clock = new TwoHandClock();
  log = new EditedLog({ topics: topicsToOpen(defaultTopics), clock: () => clock.wallMs() });
  flow = await Flow.open({ clock, log, tenants: ['owner', 'stranger'] });
  for (const tenant of ['owner', 'stranger']) {
    const events = [account('A-1'), ticket('T-1'), policy('P-1')].map((event) => ({ ...event, tenant }));
    await flow.caller(tenant).ok('/v1/events', { body: events });
  }
  await flow.settle();
  released = await flow.caller('owner').ok('/v1/context', { body: { account: 'A-1', question: 'refunds' } });
});
afterAll(() => flow.stop());

/** Everything that is addressed by a snapshot's id. */
const entrances: readonly (readonly [string, (id: string, caller?: string) => Promise<Heard>])[] = [
  ['a replay', (id, caller = 'owner') => flow.caller(caller).ask(`/v1/snapshots/${id}/replay`, { body: {} })],
  ['a replay of the content', (id, caller = 'owner') => replay({ depth: 'content' }, id, caller)],
  ['a second reading', (id, caller = 'owner') => flow.caller(caller).ask(`/v1/snapshots/${id}`)],
  ['its validity', (id, caller = 'owner') => flow.caller(caller).ask(`/v1/snapshots/${id}/validity`)],
  ['its difference', (id, caller = 'owner') => flow.caller(caller).ask(`/v1/snapshots/${id}/diff`)],
];

function replay(body: unknown, id = String(released.id), caller = 'owner'): Promise<Heard> {
  return flow.caller(caller).ask(`/v1/snapshots/${id}/replay`, { body });
}

const hex = 'ab'.repeat(32);
const noId: readonly (readonly [string, string])[] = [
  ['a word', 'latest'],
  ['a prefix alone', 'sha256-'],
  ['a hash of nothing that was released', `sha256-${hex}`],
  ['a hash without its prefix', hex],
  ['a hash in upper case', `sha256-${hex.toUpperCase()}`],
  ['a prefix in upper case', `SHA256-${hex}`],
  ['another algorithm', `sha512-${hex}${hex}`],
  ['one digit too few', `sha256-${hex.slice(1)}`],
  ['one digit too many', `sha256-${hex}0`],
  ['10,000 digits', `sha256-${'a'.repeat(10_000)}`],
  ['digits that are none', `sha256-${'g'.repeat(64)}`],
  ['digits of another script', encodeURIComponent(`sha256-${'٣'.repeat(64)}`)],
  ['a hash and a line end', `sha256-${hex}%0a`],
  ['a hash and a NUL', `sha256-${hex}%00`],
  ['spaces around a hash', `%20sha256-${hex}%20`],
  ['a way up the folders', '..%2f..%2fetc%2fpasswd'],
  ['a name of a prototype', '__proto__'],
  ['a wildcard', '*'],
  ['an injected condition', encodeURIComponent("' or '1'='1")],
  ['half a surrogate pair', '%ed%a0%80'],
];

describe.each(entrances)('an id, given to %s', (_what, give) => {
  it.each(noId)('that is %s names no snapshot, and the answer says what to pass', async (_id, id) => {
    const heard = await give(id);
    expect(faultOf(heard)).toBeUndefined();
    expect(heard.body).toMatchObject({ status: 404, code: 'snapshot_not_found' });
    expect(heard.text).not.toContain('etc');
  });

  it('of another tenant is answered with the very bytes and headers of one that was never given out', async () => {
    expect((await give(String(released.id))).status).toBe(200);
    const [theirs, nobodys] = [await give(String(released.id), 'stranger'), await give(`sha256-${hex}`, 'stranger')];
    expect(theirs.body).toMatchObject({ status: 404, code: 'snapshot_not_found' });
    expect(withoutRequest(theirs)).toEqual(withoutRequest(nobodys));
  });
});

/** An answer but for what names the one request. */
function withoutRequest({ status, headers, text, body }: Heard): unknown {
  const id = String(body.requestId);
  const entries = [...headers].map(([name, value]) => [name, value.replaceAll(id, 'R')]);
  return { status, text: text.replaceAll(id, 'R'), headers: entries.filter(([name]) => name !== 'date') };
}

describe('a depth', () => {
  it.each<[string, unknown]>([
    ['an unknown word', { depth: 'deep' }],
    ['a known word in upper case', { depth: 'FULL' }],
    ['an empty text', { depth: '' }],
    ['a number', { depth: 2 }],
    ['null', { depth: null }],
    ['a list', { depth: ['full'] }],
    ['an object', { depth: { full: true } }],
    ['named twice, in another member', { depth: 'full', deep: true }],
    ['a list in place of the body', ['full']],
    ['a text in place of the body', 'full'],
  ])('that is %s is refused, naming the member', async (_what, body) => {
    const heard = await replay(body);
    expect(faultOf(heard)).toBeUndefined();
    expect(heard.body).toMatchObject({ status: 422, code: 'request_invalid', errors: [{ in: 'body' }] });
  });

  it.each<[string, { readonly text: string; readonly type: string }, JsonObject]>([
    ['no JSON', { text: '{"depth":', type: 'application/json' }, { status: 400, code: 'request_malformed' }],
    ['a form', { text: 'depth=full', type: 'text/plain' }, { status: 415, code: 'media_type_unsupported' }],
  ])('in a body that is %s is refused', async (_what, { text, type }, told) => {
    const headers = { 'content-type': type, authorization: 'Bearer key-of-owner' };
    const path = `/v1/snapshots/${released.id}/replay`;
    const response = await flow.app.request(path, { method: 'POST', body: text, headers });
    expect(await response.json()).toMatchObject({ ...told, advice: expect.stringMatching(/./) });
    expect(response.status).toBe(told.status);
  });

  it('that is not given is the full one', async () => {
    expect((await replay({})).body).toMatchObject({ verdict: 'MATCH', depth: 'full' });
  });
});

describe('an audit record that was edited', () => {
  const content = (more: (text: string) => string) => {
    log.edit = more;
    return Promise.all(['content', 'full'].map((depth) => replay({ depth })));
  };

  it('in any one byte of its manifest is told as a mismatch or as damaged, at both depths, and is never a match', async () => {
    const [line, manifest] = await recordText();
    for (let at = line.length + 1; at < line.length + 1 + manifest.length; at += 7) {
      for (const heard of await content((text) => flipped(text, at))) {
        expect(faultOf(heard)).toBeUndefined();
        expect(heard.body.verdict, heard.text).not.toBe('MATCH');
        expect(`${heard.status} ${heard.body.verdict} ${heard.body.reason ?? ''}`).toMatch(
          /^200 (MISMATCH |UNREPLAYABLE audit_damaged)$/,
        );
      }
    }
    log.edit = (text) => text;
    expect((await replay({})).body).toMatchObject({ verdict: 'MATCH' });
  });

  it.each<[string, (text: string) => string, JsonObject]>([
    ['is empty', () => '', { verdict: 'UNREPLAYABLE', reason: 'audit_damaged' }],
    ['is cut in half', (text) => text.slice(0, text.length / 2), { verdict: 'MISMATCH' }],
    ['has no head', (text) => text.slice(text.indexOf('\n') + 1), { verdict: 'UNREPLAYABLE', reason: 'audit_damaged' }],
    ['has no manifest', (text) => text.slice(0, text.indexOf('\n') + 1), { verdict: 'MISMATCH' }],
    ['names another id', (text) => text.replace(/sha256-../, 'sha256-00'), { reason: 'audit_damaged' }],
  ])('and %s says so, with advice, and is given out to nobody', async (_what, edit, verdict) => {
    for (const heard of await content(edit)) {
      expect(heard.body, heard.text).toMatchObject(verdict);
      if (verdict.reason !== undefined) expect(heard.body.advice).toMatch(/./);
    }
    const again = await flow.caller('owner').ask(`/v1/snapshots/${released.id}`);
    expect(faultOf(again)).toBeUndefined();
    expect(['snapshot_mismatch', 'snapshot_unreplayable']).toContain(again.body.code);
    log.edit = (text) => text;
  });

  it('to name another tenant is found by neither of the two', async () => {
    log.edit = (text) => text.replaceAll('"tenant":"owner"', '"tenant":"stranger"');
    const theirs = await replay({}, String(released.id), 'stranger');
    log.edit = (text) => text.replace('"tenant":"owner"', '"tenant":"stranger"');
    const half = await replay({}, String(released.id), 'stranger');
    const own = await replay({});
    log.edit = (text) => text;
    expect(theirs.body).toMatchObject({ verdict: 'MISMATCH', difference: { at: '' } });
    expect(half.body).toMatchObject({ verdict: 'UNREPLAYABLE', reason: 'audit_damaged' });
    expect(own.body).toMatchObject({ status: 404, code: 'snapshot_not_found' });
  });
});

async function recordText(): Promise<readonly [string, string]> {
  const { offset } = released.audit as { offset: string };
  const [reading] = await log.read(defaultTopics.context, 0, [BigInt(offset)]);
  const text = reading?.kind === 'found' ? Buffer.from(reading.record.value ?? []).toString() : '';
  const [line = '', manifest = ''] = text.split('\n');
  return [line, manifest];
}

/** Another character of the same length at this place: the record stays text, and may stay JSON. */
function flipped(text: string, at: number): string {
  const code = text.charCodeAt(at) ^ 1;
  return `${text.slice(0, at)}${String.fromCharCode(code)}${text.slice(at + 1)}`;
}
