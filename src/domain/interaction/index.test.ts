import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, type JsonObject } from '../canonical.js';
import { type Parsed, parseCloudEvent } from '../parse.js';
import { interactionClasses } from './index.js';

const digest = `sha256-${'a'.repeat(64)}`;

function parsed(type: string, data: JsonObject | string | undefined, more: JsonObject = {}): Parsed {
  const named = { id: '1', source: 's', specversion: '1.0', type, subject: 'x', tenant: 'acme' };
  const body = { ...named, ...(data === undefined ? {} : { data }), ...more };
  return parseCloudEvent(body, { about: null, tenant: null }, digestOf(canonicalJson(body)));
}

const kindOf = (told: Parsed) => (told.kind === 'event' && told.event.about === 'interaction' ? told.event.kind : told);
const reasonOf = (told: Parsed) => (told.kind === 'rejected' ? told.rejection.reason : told.event);

/** What each type requires at least, and some of what it may have. */
const legal: readonly (readonly [type: string, kind: string, data: JsonObject | undefined])[] = [
  ['task.started', 'control', undefined],
  ['task.started', 'control', { task: 'answer', snapshots: [digest] }],
  ['task.finished', 'control', { outcome: 'answered', records: ['support.tickets:0:12'] }],
  ['task.failed', 'control', {}],
  ['approval.requested', 'control', { decision: 'D-1', from: 'lead' }],
  ['tool.retry_scheduled', 'control', { idempotencyKey: 'k', attempt: 2, notBefore: '2026-03-01T00:00:00Z' }],
  ['control.anything.at_all', 'control', { x: 1 }],
  ['tool.called', 'tool', { tool: 'refund', arguments: { deep: [1, null] }, snapshots: [digest], decision: 'D-1' }],
  ['tool.called', 'tool', { tool: 'refund', argumentsRef: { hash: digest, bytes: 9_000_000, url: 's3://b/k' } }],
  ['tool.returned', 'tool', {}],
  ['tool.returned', 'tool', { result: null }],
  ['tool.returned', 'tool', { resultRef: { hash: digest, bytes: 1 } }],
  ['tool.failed', 'tool', { error: { code: 'declined', message: 'no' }, retriable: false }],
  ['decision.proposed', 'decision', { action: 'refund', snapshots: [digest], toolCalls: ['k'], approval: 'required' }],
  [
    'decision.proposed',
    'decision',
    { action: 'a', snapshots: [digest], prompt: { id: 'p', version: '1', hash: digest } },
  ],
  ['decision.approved', 'decision', { by: 'ada', follows: '1' }],
  ['decision.overridden', 'decision', { by: 'ada', reason: 'over the limit', replacement: { action: 'credit' } }],
  ['decision.executed', 'decision', { wrote: ['crm.accounts:0:1'], toolCalls: ['k'] }],
  ['decision.compensated', 'decision', { reason: 'refunded twice' }],
];

const illegal: readonly (readonly [type: string, data: JsonObject])[] = [
  ['task.finished', {}],
  ['task.finished', { outcome: 'x', records: ['support.tickets'] }],
  ['approval.requested', {}],
  ['tool.retry_scheduled', { idempotencyKey: 'k', attempt: 0 }],
  ['tool.called', {}],
  ['tool.called', { tool: 'refund', arguments: 1, argumentsRef: { hash: digest, bytes: 1 } }],
  ['tool.called', { tool: 'refund', argumentsRef: { hash: 'md5-1', bytes: 1 } }],
  ['tool.called', { tool: 'refund', snapshots: ['s-1'] }],
  ['tool.returned', { result: 1, resultRef: { hash: digest, bytes: 1 } }],
  ['tool.failed', {}],
  ['decision.proposed', { action: 'refund', snapshots: [] }],
  ['decision.proposed', { action: 'refund' }],
  ['decision.proposed', { action: 'refund', snapshots: Array.from({ length: 65 }, () => digest) }],
  ['decision.overridden', { by: 'ada' }],
  ['decision.overridden', { reason: 'because' }],
  ['decision.executed', { wrote: ['here'] }],
  ['decision.compensated', {}],
];

describe('an interaction event', () => {
  it.each(legal)('%s is of %s, with what it may say: %j', (type, kind, data) => {
    expect(kindOf(parsed(type, data))).toBe(kind);
    expect(kindOf(parsed(type, { ...data, further: { member: 1 } }))).toBe(kind);
  });

  it('has a legal example of every type here', () => {
    const types = Object.values(interactionClasses).flatMap((one) => Object.keys(one.types));
    expect(new Set(legal.map(([type]) => type))).toEqual(new Set([...types, 'control.anything.at_all']));
  });

  it.each(illegal)('%s is rejected as data_invalid with %j', (type, data) => {
    expect(reasonOf(parsed(type, data))).toBe('data_invalid');
  });

  it.each(['tool.cancelled', 'tool', 'decision.made', 'task.paused', 'approval.granted', 'tool.called.twice'])(
    '%s is of no known type, and the known ones are named',
    (type) => {
      const told = parsed(type, {});
      expect(told).toMatchObject({ rejection: { reason: 'type_unknown' }, concern: { tenant: 'acme', kind: null } });
      expect(told.kind === 'rejected' && told.rejection.detail).toContain(`${type.split('.')[0]}.`);
    },
  );

  it.each(['toolbox.called', 'controlled', 'decisions.made', 'prompt.rendered'])('%s is of no known kind', (type) => {
    expect(reasonOf(parsed(type, {}))).toBe('kind_unknown');
  });

  it('needs a subject where its records share a partition by it', () => {
    expect(reasonOf(parsed('tool.called', { tool: 'refund' }, { subject: null }))).toBe('subject_missing');
    expect(reasonOf(parsed('decision.approved', { by: 'ada' }, { subject: null }))).toBe('subject_missing');
    expect(kindOf(parsed('task.started', {}, { subject: null }))).toBe('control');
  });

  it('is rejected when its data is no object', () => {
    expect(reasonOf(parsed('task.started', 'text'))).toBe('data_missing');
  });
});
