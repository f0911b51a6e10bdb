import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import { account, tenant, ticket } from '../../src/fixtures.test-support.js';
import { rawRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

// Hundreds of questions in one test, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 30_000 });

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
  await subject.put(account('A-1'));
});
afterAll(() => subject.close());

let made = 0;
/** A ticket's event as text, with `extra` for a member of its data: what no JSON library would write. */
function eventText(extra: string, id = `J-${++made}`): string {
  const core = `"specversion":"1.0","type":"ticket.updated","source":"test","tenant":"${tenant}"`;
  return `{${core},"id":"e-${id}","subject":"${id}","data":{"id":"${id}","accountId":"A-1","extra":${extra}}}`;
}

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const refused: readonly (readonly [string, string, string])[] = [
  ['10,000 levels', deep(10_000), 'too_deep'],
  ['10,000 levels that never end', '{"a":'.repeat(10_000), 'too_deep'],
  ['10,000 levels of both kinds', `${'[{"a":'.repeat(5_000)}1${'}]'.repeat(5_000)}`, 'too_deep'],
  ['2^53 + 1', '9007199254740993', 'number_not_exact'],
  ['-(2^53 + 1)', '-9007199254740993', 'number_not_exact'],
  ['1e400', '1e400', 'number_not_exact'],
  ['-1e400', '[{"a":-1e400}]', 'number_not_exact'],
  ['a lone high surrogate', String.raw`"\ud800"`, 'malformed_unicode'],
  ['a lone low surrogate in a name', String.raw`{"\udc00":1}`, 'malformed_unicode'],
  ['surrogates in the wrong order', String.raw`"\udc00\ud800"`, 'malformed_unicode'],
  ['NaN', 'NaN', 'not_json'],
  ['a bare NUL', '"\0"', 'not_json'],
  ['a byte order mark inside', '\ufeff1', 'not_json'],
];

describe('JSON that would change or break', () => {
  it.each(refused)('is refused at the entrance: %s', async (_what, extra, reason) => {
    const { body } = await subject.ask('/v1/events', { body: eventText(extra) });
    expect(body).toMatchObject({ code: 'request_malformed', facts: { reason } });
  });

  it.each(refused)('is rejected in a record: %s', async (_what, extra, reason) => {
    const [at = ''] = await subject.produce(rawRecord('ticket', 'J-record', eventText(extra, 'J-record')));
    expect(await subject.letter(at)).toMatchObject({ reason, concern: { tenant, ref: 'ticket/J-record' } });
  });

  it.each(refused)('is refused as a question: %s', async (_what, extra) => {
    const { body } = await subject.ask('/v1/context', { body: `{"account":"A-1","question":${extra}}` });
    expect(body).toMatchObject({ code: 'request_malformed' });
  });
});

const kept: readonly (readonly [string, string, string])[] = [
  ['-0, which is 0', '-0', '0'],
  ['1e-400, whose nearest double is 0', '1e-400', '0'],
  ['2^53 - 1', '9007199254740991', '9007199254740991'],
  ['5e-324', '5e-324', '5e-324'],
  ['an escaped NUL', String.raw`"\u0000"`, String.raw`"\u0000"`],
  ['a byte order mark in text', String.raw`"\ufeffx"`, '"\ufeffx"'],
  ['a pair of surrogates', String.raw`"\ud83d\ude00"`, '"😀"'],
  ['duplicate members, of which the last counts', '{"a":1,"a":2}', '{"a":2}'],
  ['__proto__', '{"__proto__":{"polluted":true}}', '{"__proto__":{"polluted":true}}'],
  [
    'constructor.prototype',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
  ],
  [
    'members named like methods',
    '{"hasOwnProperty":1,"toJSON":2,"toString":3}',
    '{"hasOwnProperty":1,"toJSON":2,"toString":3}',
  ],
  ['the empty name', '{"":{"":1}}', '{"":{"":1}}'],
];

describe('JSON that is legal and odd', () => {
  it.each(kept)('is kept in a state and in a snapshot: %s', async (_what, extra, expected) => {
    const id = `K-${++made}`;
    await subject.ok('/v1/events', { body: eventText(extra, id) });
    await subject.settle();
    const [at = ''] = await subject.produce(rawRecord('ticket', `${id}-record`, eventText(extra, `${id}-record`)));
    expect((await subject.letters()).has(at)).toBe(false);
    for (const { text } of [
      await subject.ask('/v1/accounts/A-1'),
      await subject.ask('/v1/context', { body: { account: 'A-1' } }),
    ])
      for (const one of [id, `${id}-record`])
        expect(text).toContain(`"value":{"accountId":"A-1","extra":${expected},"id":"${one}"}`);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('is patched member by member, also where a member is named __proto__', async () => {
    const id = `K-${++made}`;
    await subject.ok('/v1/events', { body: eventText('{"__proto__":{"a":1},"b":2}', id) });
    const patch = eventText('{"__proto__":{"c":3},"b":null}', id).replace('"id":"e-', '"op":"patch","id":"patch-');
    await subject.ok('/v1/events', { body: patch });
    await subject.settle();
    expect((await subject.ask('/v1/accounts/A-1')).text).toContain(`"extra":{"__proto__":{"a":1,"c":3}},"id":"${id}"`);
  });

  it('is read behind a byte order mark, and named by its pointer where it is unknown', async () => {
    expect((await subject.ask('/v1/context', { body: '\ufeff{"account":"A-1"}' })).status).toBe(200);
    for (const name of ['__proto__', 'constructor', 'prototype', 'a/b~c', '', 'x'.repeat(1_000)]) {
      const { body } = await subject.ask('/v1/context', { body: `{"account":"A-1","${name}":{}}` });
      const pointer = `/${name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(body.errors, name).toEqual([{ in: 'body', pointer, detail: 'unknown member' }]);
    }
  });
});

const long = 'x'.repeat(1_048_576);
const many = (one: string, count = 100_000) => `[${Array(count).fill(one).join(',')}]`;
const members = `{${Array.from({ length: 100_000 }, (_, index) => `"m${index}":0`).join(',')}}`;
const huge: readonly (readonly [string, string])[] = [
  ['a string of 1 MB', `"${long}"`],
  ['a name of 1 MB', `{"${long}":1}`],
  ['escapes for 4 MB', `"${'\\u0041'.repeat(690_000)}"`],
  ['200,000 numbers', many('0', 200_000)],
  ['1,800,000 numbers', many('0', 1_800_000)],
  ['1,000,000 empty arrays', many('[]', 1_000_000)],
  ['100,000 members', members],
  ['100,000 objects', many('{"a":{"b":[]}}')],
  ['quotes without end', `["${'\\"'.repeat(1_000_000)}`],
];

describe.each(huge)('%s', (_what, text) => {
  it.each(['/v1/events', '/v1/context', '/v1/search', '/v1/tokens/merge'])('is refused by %s', async (path) => {
    const member = path === '/v1/tokens/merge' ? 'tokens' : 'question';
    const consistency = `{"account":"A-1","question":"q","consistency":{"tokens":${text}}}`;
    for (const body of [
      text,
      `{"${member}":${text}}`,
      `{"account":"A-1","${member}":["q"],"more":${text}}`,
      consistency,
    ])
      expect((await subject.ask(path, { body })).status).toBeGreaterThanOrEqual(400);
  });

  it('is refused as the data of an event, as an event, and in a record', async () => {
    for (const body of [
      eventText(text),
      `[${eventText(text)}]`,
      `{"id":${text}}`,
      `{"data":${text},"type":"ticket.x"}`,
    ])
      expect((await subject.ask('/v1/events', { body })).status).toBeGreaterThanOrEqual(400);
    const [at = ''] = await subject.produce(rawRecord('ticket', 'J-huge', eventText(text, 'J-huge')));
    expect((await subject.letter(at)).reason).toBe('too_large');
    expect(member(await subject.ok('/v1/accounts/A-1'), 'account', 'status')).toBe('present');
  });
});

describe('an event as large as may be, of the smallest parts', () => {
  it.each(['0', '[]', '{"a":0}', '"\\u0001"'])('made of %s is applied', async (part) => {
    const count = Math.floor(250_000 / (part.length + 1));
    await subject.put(ticket(`T-parts-${made++}`, { parts: JSON.parse(many(part, count)) }));
    expect((await subject.ask('/v1/context', { body: { account: 'A-1', tokenBudget: 200_000 } })).status).toBe(200);
  });
});
