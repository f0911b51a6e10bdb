import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endpoints } from '../../src/api/endpoints.js';
import type { JsonValue } from '../../src/domain/canonical.js';
import { account, policy, tenant, ticket, topics } from '../../src/fixtures.test-support.js';
import { goodRecord, rawRecord } from './records.test-support.js';
import { type Asked, BadInputService, methodNames } from './service.test-support.js';

const noIds = ['A-1', 'crm.accounts:0:0', `sha256-${'0'.repeat(64)}`] as const;
/** Of rejected events, enough for some to be undecided at the end, and of a snapshot. */
const rejectedIds: string[] = [];
const snapshotIds: string[] = [];
/** Of two beside the live one, so that one of them can be dropped whatever is live by then. */
const generationIds: string[] = [];

// Hundreds of questions in one test, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 30_000 });

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
  await subject.put(account('A-1'), ticket('T-1'), policy('p-1'));
  rejectedIds.push(...(await subject.produce(...Array.from({ length: 60 }, () => rawRecord('account', 'A-2', '{')))));
  for (const method of methodNames.slice(1)) {
    const { generations } = await subject.ok('/v1/generations', { body: { method } });
    generationIds.push(
      String((generations as { id: string; method: string }[]).find((one) => one.method === method)?.id),
    );
  }
  snapshotIds.push(String((await subject.ok('/v1/context', { body: { account: 'A-1' } })).id));
});
afterAll(() => subject.close());

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
/** Mostly what is expected, now and then anything. */
const mostly = <T>(...expected: T[]) => fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...expected) }, anyJson);
const token = () => mostly('crm.accounts:0:0', 'support.tickets:0:9', 't1.e30');

const consistency = fc.record(
  {
    level: mostly('fastest', 'at_least', 'latest'),
    tokens: fc.oneof(fc.array(token(), { maxLength: 3 }), anyJson),
    maxStalenessMs: mostly(0, 5_000, -1),
    deadlineMs: mostly(0, 1),
    onViolation: mostly('wait', 'mark', 'refuse'),
  },
  { requiredKeys: ['deadlineMs'] },
);
const asks = {
  question: mostly('refunds', '', '\u0000', 'x'.repeat(200)),
  purpose: mostly('support', 'पोषण'),
  kinds: fc.oneof({ weight: 9, arbitrary: fc.subarray(['ticket', 'policy'], { minLength: 1 }) }, anyJson),
  tokenBudget: mostly(1, 100, 200_000),
  consistency: fc.oneof({ weight: 9, arbitrary: consistency }, anyJson),
};
const context = fc.record({ account: mostly('A-1', 'A-2'), ...asks }, { requiredKeys: ['account'] });
const search = fc.record(
  { account: mostly('A-1', 'A-2'), limit: mostly(1, 100), ...asks },
  { requiredKeys: ['question'] },
);
const event = fc.record(
  {
    specversion: mostly('1.0'),
    id: fc.oneof(anyText, anyJson),
    source: mostly('fuzz'),
    type: mostly(
      'account.updated',
      'ticket.updated',
      'entitlement.updated',
      'policy.updated',
      'tool.called',
      'control.x',
    ),
    subject: mostly('A-1', 'T-1', 'p-1', 'new'),
    tenant: mostly(tenant),
    time: mostly('2026-03-01T00:00:00Z'),
    op: mostly('upsert', 'patch', 'delete'),
    entityversion: mostly('1', '2', '0/1'),
    data: fc.oneof(fc.dictionary(fc.oneof(fc.constantFrom('accountId', 'status', 'body'), anyText), anyJson), anyJson),
  },
  { requiredKeys: ['specversion', 'id', 'source', 'type'] },
);
const claimed = fc.record(
  {
    idempotencyKey: mostly('refund-1', 'refund-2', '\u0000', '..'),
    tool: mostly('refund'),
    arguments: anyJson,
    snapshots: fc.oneof({ weight: 1, arbitrary: fc.subarray([...snapshotIds]) }, anyJson),
    id: fc.oneof(anyText, anyJson),
  },
  { requiredKeys: ['idempotencyKey', 'tool'] },
);
const repaired = fc.oneof(
  fc.record({ json: fc.oneof(event, fc.constant(account('A-2'))) }),
  fc.record({ base64: anyText }),
  anyJson,
);
/** What each address expects, or nearly; every other one gets an empty object. */
const expected: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  '/v1/context': context,
  '/v1/search': search,
  '/v1/claims': claimed,
  '/v1/events': fc.oneof(event, fc.array(event, { maxLength: 4 })),
  '/v1/generations': fc.record({ method: mostly(...methodNames), reason: anyText }, { requiredKeys: ['method'] }),
  '/v1/tokens/merge': fc.record({ tokens: fc.array(token(), { minLength: 1, maxLength: 4 }) }),
  '/v1/positions/{topic}/{partition}/accept': fc.record({ kind: mostly('gap', 'recreated', 'blocked_at_lso') }),
  '/v1/rejected/{id}/redrive': fc.record({ dryRun: mostly(true, false), repaired }, { requiredKeys: [] }),
};
const bodyFor = (path: string) =>
  fc.oneof({ weight: 3, arbitrary: expected[path] ?? fc.constant({}) }, context, event, anyJson);

const posts = endpoints.filter(({ method }) => method === 'post').map(({ path }) => path);
const knownIds = (path: string) => {
  if (path.includes('generations')) return generationIds;
  return path.includes('rejected') ? rejectedIds : snapshotIds;
};
const idFor = (path: string) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...knownIds(path)) }, fc.constantFrom(...noIds));
const named = (path: string, id: string) =>
  path.replace('{id}', encodeURIComponent(id)).replace('{topic}', 'crm.accounts').replace('{partition}', '0');

const sendable = (path: string, asked: Asked) => {
  try {
    return (
      new Request(`http://localhost${path}`, { method: asked.method ?? 'GET', headers: asked.headers ?? {} }) !== null
    );
  } catch {
    return false;
  }
};

/** Percent-encoded, also where a surrogate stands alone. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const segment = fc.oneof(anyText, fc.constantFrom(...noIds, '..', '%', '%ff', '%2f', '%00'), anyText.map(encode));
const path = fc.oneof(
  fc
    .tuple(fc.constantFrom(...endpoints.map((one) => one.path)), segment)
    .map(([one, id]) => one.replace(/\{\w+\}/g, () => id)),
  fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
);
const parameters = [
  'token',
  'deadlineMs',
  'limit',
  'after',
  'status',
  'account',
  'snapshot',
  '__proto__',
  'x',
] as const;
const value = fc.oneof(anyText, fc.constantFrom('1', '0', '-1', 'A-1'));
const query = fc.array(fc.tuple(fc.constantFrom(...parameters), value), { maxLength: 3 });
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY', 'get');
const headerNames = [
  'accept',
  'content-type',
  'content-length',
  'if-none-match',
  'last-event-id',
  'traceparent',
] as const;
const header = fc.tuple(fc.constantFrom(...headerNames), anyText);

describe('whatever is asked', () => {
  it.each(posts)('%s answers any JSON with an answer or a problem', async (path) => {
    const seen = new Set<number>();
    const posted = fc.asyncProperty(bodyFor(path), idFor(path), async (sent, id) => {
      seen.add((await subject.ask(named(path, id), { body: sent })).status);
    });
    await fc.assert(posted, { numRuns: 300 });
    expect(seen).toContain(200);
    // Otherwise the questions were not good enough to be bad; where neither a body nor a name is asked for, none can be.
    if (path in expected || path.includes('{')) expect(seen.size).toBeGreaterThan(1);
    await subject.settle();
    await subject.counts();
  });

  it.each(posts)('%s answers any bytes with an answer or a problem', async (path) => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text.slice(0, -1))),
    );
    const posted = fc.asyncProperty(bytes, idFor(path), async (sent, id) => {
      await subject.ask(named(path, id), { method: 'POST', body: sent });
    });
    await fc.assert(posted, { numRuns: 100 });
  });

  it('any address, query, method and header has an answer or a problem', async () => {
    const asked = fc.asyncProperty(path, query, method, header, async (at, pairs, verb, [name, value]) => {
      const search = pairs.map(([one, text]) => `${one}=${encode(text)}`).join('&');
      const address = `${at}?deadlineMs=1&${search}`;
      const request: Asked = { method: verb, headers: { [name]: value } };
      fc.pre(sendable(address, request));
      await subject.ask(address, request);
    });
    await fc.assert(asked, { numRuns: 1_500 });
  });
});

describe('whatever is in the log', () => {
  const bytes = fc.option(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      event.map((one) => Buffer.from(JSON.stringify(one))),
      fc
        .tuple(event, fc.nat(), fc.nat(255))
        .map(([one, at, byte]) => withByte(Buffer.from(JSON.stringify(one)), at, byte)),
    ),
    { freq: 6 },
  );
  const key = fc.option(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('acme/A-1', 'acme/T-1').map((text) => Buffer.from(text)),
    ),
  );
  const headerName = fc.oneof(
    anyText,
    fc.constantFrom('ce_specversion', 'ce_id', 'ce_type', 'ce_subject', 'tidemark.entry'),
  );
  const headers = fc.array(fc.tuple(headerName, fc.uint8Array({ maxLength: 20 })), { maxLength: 4 });
  const topic = fc.constantFrom(...topics.sources.map(({ name }) => name), topics.rejected);
  const record = fc.record({ topic, key, headers, value: bytes });

  it('is counted once, and the partition goes on', async () => {
    let good = 0;
    const appended = fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 30 }), async (records) => {
      const id = `after-${++good}`;
      await subject.produce(...records, goodRecord('account', id));
      await subject.counts();
      expect((await subject.ask(`/v1/accounts/${id}`)).status).toBe(200);
    });
    await fc.assert(appended, { numRuns: 60 });
    const before = await subject.counts();
    subject = await subject.reopen();
    expect(await subject.counts()).toEqual(before);
    expect((await subject.letters()).size).toBeGreaterThan(0);
  });
});

function withByte(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  bytes[at % bytes.length] = byte;
  return bytes;
}
