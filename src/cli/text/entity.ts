/** One line about an entity's value: what a person recognises it by. */
import type { JsonObject } from '../../domain/canonical.js';
import { objectOf, scalarText, stringsAt, textAt } from '../json-read.js';
import { shortened } from './line.js';

const NAME_CHARS_MAX = 90;
const MEMBER_CHARS_MAX = 40;

/** `ref` is `kind/id`. Text of the value is the customer's: it is cut, and made harmless where lines are written. */
export function summaryOf(ref: string, value: JsonObject): string {
  const kind = ref.slice(0, Math.max(0, ref.indexOf('/')));
  const parts = (summaries[kind] ?? anyMembers)(value);
  return parts.filter((part) => part !== '').join(' · ');
}

const summaries: Readonly<Record<string, (value: JsonObject) => readonly string[]>> = {
  account: (value) => [
    named(value, ['name']),
    labelled(value, 'plan'),
    labelled(value, 'region'),
    textAt(value, 'status'),
  ],
  ticket: (value) => [named(value, ['subject', 'title']), textAt(value, 'status'), priority(value)],
  entitlement: (value) => [named(value, ['product']), textAt(value, 'status'), span(value, 'startsAt', 'endsAt')],
  policy: (value) => [
    named(value, ['title']),
    labelled(value, 'version'),
    span(value, 'effectiveFrom', 'effectiveTo'),
    conditions(objectOf(value.appliesTo)),
  ],
};

function named(value: JsonObject, names: readonly string[]): string {
  const found = names.map((name) => textAt(value, name)).find((text) => text !== '');
  return shortened(found ?? '', NAME_CHARS_MAX);
}

function labelled(value: JsonObject, name: string): string {
  const text = textAt(value, name);
  return text === '' ? '' : `${name} ${shortened(text, MEMBER_CHARS_MAX)}`;
}

function priority(value: JsonObject): string {
  const text = textAt(value, 'priority');
  return text === '' ? '' : `${shortened(text, MEMBER_CHARS_MAX)} priority`;
}

function span(value: JsonObject, from: string, to: string): string {
  const [start, end] = [day(textAt(value, from)), day(textAt(value, to))];
  if (start === '' && end === '') return '';
  if (end === '') return `since ${start}`;
  return start === '' ? `until ${end}` : `${start} to ${end}`;
}

/** Midnight needs no time of day. */
export function day(instant: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z)?$/.exec(instant);
  if (match === null) return instant;
  const [, date = '', time = '00:00'] = match;
  return time === '00:00' ? date : `${date} ${time}Z`;
}

function conditions(appliesTo: JsonObject): string {
  const parts = ['plans', 'regions', 'products'].flatMap((name) => {
    const values = stringsAt(appliesTo, name);
    return values.length === 0 ? [] : [`${name} ${values.join(', ')}`];
  });
  return parts.length === 0 ? '' : `for ${shortened(parts.join('; '), NAME_CHARS_MAX)}`;
}

function anyMembers(value: JsonObject): readonly string[] {
  return Object.entries(value)
    .flatMap(([name, member]) => {
      const text = scalarText(member);
      return text === undefined || name === 'id' ? [] : [`${name} ${shortened(text, MEMBER_CHARS_MAX)}`];
    })
    .slice(0, 4);
}
