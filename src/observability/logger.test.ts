import { describe, expect, it } from 'vitest';
import { createLogger, originOf } from './logger.js';

describe('a log line', () => {
  it('is one JSON object with the time as text, and hides what could be a credential', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', to: { write: (line) => void lines.push(line) } });
    logger.info({ authorization: 'Bearer x', token: 't1', key: 'k', code: 'behind' }, 'request');
    logger.debug('not written');
    expect(lines.length).toBe(1);
    const line = JSON.parse(lines[0] ?? '');
    const hidden = '(redacted)';
    expect(line).toMatchObject({ authorization: hidden, token: hidden, key: hidden, code: 'behind', msg: 'request' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});

describe('the origin of an error', () => {
  it('is its name and where it was thrown, never its message', () => {
    const origin = originOf(new TypeError('customer words\n    at the second line'));
    expect(origin.error).toBe('TypeError');
    expect(origin.at[0]).toContain('logger.test.ts');
    expect(JSON.stringify(origin)).not.toMatch(/customer words|the second line/);
  });

  it('of what is no error is its type', () => {
    expect(originOf('customer words')).toEqual({ error: 'string', at: [] });
  });
});
