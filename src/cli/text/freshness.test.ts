import { expect, it } from 'vitest';
import type { JsonObject } from '../../domain/canonical.js';
import { freshnessLines } from './freshness.js';

const textOf = (label: string, ...reasons: readonly JsonObject[]) =>
  freshnessLines({ label, ageMs: 10, reasons: [...reasons] });
const behind = (records: string) => ({ code: 'behind', partition: 'support.tickets:0', records });

it('a fresh answer that is behind says by how much, as something to know and no excuse', () => {
  expect(JSON.stringify(textOf('fresh', behind('1')))).toContain('though support.tickets:0 is 1 record behind');
  expect(JSON.stringify(textOf('stale', behind('3')))).toContain('because support.tickets:0 is 3 records behind');
});

it('an answer whose log has something the matter says what, in words', () => {
  const of = { partition: 'support.tickets:0' };
  const gap = JSON.stringify(textOf('gap', { code: 'gap', ...of, from: '3', to: '9' }));
  expect(gap).toContain('because of support.tickets:0: offsets 3 to 8 were removed before they were read');
  const open = JSON.stringify(textOf('fresh', { code: 'blocked_at_lso', ...of, readableEnd: '6' }));
  expect(open).toContain('though of support.tickets:0: an open transaction keeps offset 6 and later from being read');
});

it('an answer whose retrieval is not whole says how much was not searched', () => {
  const text = JSON.stringify(textOf('incomplete', { code: 'retrieval_partial', unscored: 7 }));
  expect(text).toContain('because 7 texts could not be searched in time');
});
