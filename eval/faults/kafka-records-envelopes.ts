/** Envelopes: on the topic of another kind, without what a CloudEvent needs, under an id that was used before. */
import type { JsonObject } from '../../src/domain/canonical.js';
import { limits } from '../../src/limits.js';
import { binary, type CasePlan, type Expected, event, header, plan, raw, state } from './kafka-records.js';
import { fullState } from './records.test-support.js';

const required = ['id', 'source', 'specversion', 'type'] as const;

/** Attributes of an event that is good but for them. */
const attributes: readonly (readonly [attributes: JsonObject, Expected])[] = [
  [{ type: 'ticket.updated' }, 'kind_of_another_topic'],
  [{ type: 'policy.updated' }, 'kind_of_another_topic'],
  [{ type: 'control.noted' }, 'kind_of_another_topic'],
  [{ type: 'order.made' }, 'kind_unknown'],
  [{ type: 'Account.updated' }, 'kind_unknown'],
  [{ type: 'accounts.updated' }, 'kind_unknown'],
  [{ type: 'constructor.updated' }, 'kind_unknown'],
  [{ type: 'account' }, 'applied'],
  [{ specversion: '0.3' }, 'specversion_unsupported'],
  [{ specversion: '1' }, 'specversion_unsupported'],
  [{ specversion: '2.0' }, 'specversion_unsupported'],
  [{ time: 'yesterday' }, 'time_invalid'],
  [{ time: '2026-03-01' }, 'time_invalid'],
  [{ time: 7 }, 'attribute_invalid'],
  [{ correlationid: 7 }, 'attribute_invalid'],
  [{ correlationid: '' }, 'attribute_invalid'],
  [{ correlationid: 'x'.repeat(limits.attributeLengthMax + 1) }, 'attribute_invalid'],
  [{ causationid: {} }, 'attribute_invalid'],
  [{ correlationid: 'c-1', causationid: 'e-0' }, 'applied'],
  [{ tenant: null }, 'tenant_missing'],
  [{ tenant: '' }, 'attribute_invalid'],
  [{ tenant: 7 }, 'attribute_invalid'],
  [{ subject: 7 }, 'attribute_invalid'],
  [{ subject: 'somebody else' }, 'subject_mismatch'],
  [{ dataschema: 'urn:sha256:0000', datacontenthash: 'not the hash of the data' }, 'applied'],
  [{ datacontenttype: 'application/xml' }, 'applied'],
];

const leavesOf = (expected: Expected) => (expected === 'applied' ? {} : 'nothing');

const renamed = (id: string, name: string, more: JsonObject = {}) =>
  fullState('account', id, { name }, { id: `same-${id}`, ...more });

/** The same name of an event again. */
const repeated: readonly CasePlan[] = [
  plan('an event again, byte for byte', 'account', { name: 'one' }, (id) => [
    event('account', id, renamed(id, 'one'), 'applied'),
    event('account', id, renamed(id, 'one'), 'duplicate'),
  ]),
  plan('an event again, after another', 'account', { name: 'two' }, (id) => [
    event('account', id, renamed(id, 'one'), 'applied'),
    state(id, 'applied', { name: 'two' }),
    event('account', id, renamed(id, 'one'), 'duplicate'),
  ]),
  plan('the id of an event for another content', 'account', { name: 'one' }, (id) => [
    event('account', id, renamed(id, 'one'), 'applied'),
    event('account', id, renamed(id, 'two'), 'id_reused'),
  ]),
  plan('the same id of another source', 'account', { name: 'two' }, (id) => [
    event('account', id, renamed(id, 'one'), 'applied'),
    event('account', id, renamed(id, 'two', { source: 'another' }), 'applied'),
  ]),
  plan('the same event with another white space', 'account', { name: 'one' }, (id) => [
    event('account', id, renamed(id, 'one'), 'applied'),
    raw('account', id, JSON.stringify(renamed(id, 'one'), null, 2), 'id_reused'),
  ]),
  plan('an event again in binary mode', 'account', {}, (id) => [binary(id, 'applied'), binary(id, 'duplicate')]),
  plan('an event again, 100 times', 'account', {}, (id) => [
    state(id, 'applied'),
    ...Array.from({ length: 100 }, () => state(id, 'duplicate')),
  ]),
];

const odd: readonly CasePlan[] = [
  plan('no subject, but an id in the data', 'account', {}, (id) => state(id, 'applied', {}, { subject: null })),
  plan('neither subject nor id', 'account', 'nothing', (id) =>
    event(
      'account',
      id,
      { ...fullState('account', id, {}, { subject: null }), data: { name: 'x' } },
      'subject_missing',
    ),
  ),
  plan('data in base64', 'account', 'nothing', (id) => {
    const { data, ...rest } = fullState('account', id);
    const coded = Buffer.from(JSON.stringify(data)).toString('base64');
    return event('account', id, { ...rest, data_base64: coded }, 'data_missing');
  }),
  plan('a batch of events in one record', 'account', 'nothing', (id) =>
    raw('account', id, JSON.stringify([fullState('account', id)]), 'not_a_cloudevent'),
  ),
  plan('an event inside of an event', 'account', 'nothing', (id) =>
    raw('account', id, JSON.stringify({ event: fullState('account', id) }), 'not_a_cloudevent'),
  ),
  plan('an interaction without a correlation id', 'account', 'nothing', (id) => {
    const body = {
      specversion: '1.0',
      id: `t-${id}`,
      source: 'copilot',
      type: 'task.started',
      tenant: 'acme',
      data: {},
    };
    return raw('control', id, JSON.stringify(body), 'applied');
  }),
  plan(
    'a value of structured mode that is said to be so, beside attributes in headers',
    'account',
    { name: 'inside' },
    (id) => {
      const headers = [...binary(id, 'applied').headers, header('content-type', 'application/cloudevents+json')];
      return { ...state(id, 'applied', { name: 'inside' }), headers };
    },
  ),
];

export const envelopeCases: readonly CasePlan[] = [
  ...attributes.map(([more, expected]) =>
    plan(`an event with ${JSON.stringify(more).slice(0, 60)}`, 'account', leavesOf(expected), (id) =>
      state(id, expected, {}, more),
    ),
  ),
  ...required.map((name) =>
    plan(`an event without ${name}`, 'account', 'nothing', (id) => state(id, 'not_a_cloudevent', {}, { [name]: null })),
  ),
  ...required.map((name) =>
    plan(`an event with an empty ${name}`, 'account', 'nothing', (id) =>
      state(id, 'not_a_cloudevent', {}, { [name]: '' }),
    ),
  ),
  ...(['id', 'source', 'type'] as const).map((name) =>
    plan(`an event without ${name} in binary mode`, 'account', 'nothing', (id) => {
      const whole = binary(id, 'not_a_cloudevent');
      return { ...whole, headers: whole.headers.filter(([found]) => found !== `ce_${name}`) };
    }),
  ),
  ...repeated,
  ...odd,
];
