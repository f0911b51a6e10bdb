import { describe, expect, it } from 'vitest';
import { readBinaryEvent } from './binary-event.js';

const required = {
  'ce-specversion': '1.0',
  'ce-type': 'com.example.someevent',
  'ce-id': '1234-1234-1234',
  'ce-source': '/mycontext/subcontext',
};
const data = { message: 'Hello World!' };

describe('binary mode', () => {
  it.each(['application/json', 'application/json; charset=utf-8'])(
    'reads the example of the CloudEvents project (%s)',
    (type) => {
      const headers = { ...required, 'ce-time': '2018-04-05T03:56:24Z', 'content-type': type, host: 'example.com' };
      const event = {
        id: '1234-1234-1234',
        specversion: '1.0',
        type: 'com.example.someevent',
        source: '/mycontext/subcontext',
        time: '2018-04-05T03:56:24Z',
        datacontenttype: type,
        data,
      };
      expect(readBinaryEvent(headers, data)).toEqual({ kind: 'event', event });
    },
  );

  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro \u20ac \u{1f600}'],
    ['%41', 'A'],
    ['100%2525', '100%25'],
    ['"quoted \\"inside\\" and %20"', 'quoted "inside" and  '],
    ['plain text', 'plain text'],
  ])('decodes %s once', (text, subject) => {
    expect(readBinaryEvent({ ...required, 'ce-subject': text }, data)).toMatchObject({ event: { subject } });
  });

  it.each(['%C0%A0', '%', '%zz', '%ED%A0%80', 'caf\u00e9'])(
    'refuses %s, which is not percent-encoded UTF-8',
    (text) => {
      const faults = [{ in: 'header', pointer: '/ce-subject' }];
      expect(readBinaryEvent({ ...required, 'ce-subject': text }, data)).toMatchObject({ kind: 'faulty', faults });
    },
  );

  it.each(['ce-data', 'ce-datacontenttype', 'ce-a_b', 'ce-'])(
    'refuses the header %s: it carries no attribute',
    (name) => {
      expect(readBinaryEvent({ ...required, [name]: 'x' }, data)).toMatchObject({ kind: 'faulty' });
    },
  );

  it('is not what a request without a required attribute in its headers means', () => {
    expect(readBinaryEvent({ 'ce-subject': 'x', 'content-type': 'application/json' }, data).kind).toBe('not_binary');
  });
});
