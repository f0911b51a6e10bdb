/** What a replay, a check of validity and a comparison found, for a person. */
import type { JsonObject, JsonValue } from '../../domain/canonical.js';
import { objectOf, objectsOf, scalarText, stringsAt, textAt } from '../json-read.js';
import { freshnessLines } from './freshness.js';
import { type Line, line, shortened, span } from './line.js';

export function verdictLines(verdict: JsonObject): readonly Line[] {
  const word = textAt(verdict, 'verdict');
  if (word === 'MATCH') {
    const items = textAt(verdict, 'items');
    const again =
      textAt(verdict, 'depth') === 'full' ? '; the whole request, answered again as of then, came to the same' : '';
    return [
      line(
        [span('MATCH', 'good'), ` · ${items} items rebuilt from the journal, byte for byte what was released${again}`],
        0,
        2,
      ),
    ];
  }
  if (word === 'MISMATCH') {
    const { at, expected, actual } = objectOf(verdict.difference);
    return [
      line([span('MISMATCH', 'bad'), ` · the first difference is at ${scalarText(at) || 'the whole manifest'}`]),
      line([`released  ${shownValue(expected)}`], 2, 10),
      line([`rebuilt   ${shownValue(actual)}`], 2, 10),
    ];
  }
  return [
    line([span(word, 'warn'), ` · ${textAt(verdict, 'reason')}: ${textAt(verdict, 'detail')}`], 0, 2),
    line([textAt(verdict, 'advice')], 2),
  ];
}

export function validityLines(validity: JsonObject): readonly Line[] {
  const freshness = freshnessLines(objectOf(validity.freshness));
  if (validity.valid === true)
    return [line([span('STILL VALID', 'good'), ' · a copilot would see the same']), ...freshness];
  const by = objectOf(validity.supersededBy);
  const ref = textAt(by, 'ref');
  const about = ref === '' ? '' : ` (${ref})`;
  return [line([span('NO LONGER VALID', 'warn'), ` · superseded by ${causeText(by)}${about}`], 0, 2), ...freshness];
}

export function causeText(by: JsonObject): string {
  switch (textAt(by, 'kind')) {
    case 'event':
      return `the event at ${textAt(by, 'position')}`;
    case 'time':
      return `the clock passing ${textAt(by, 'at')}`;
    case 'ranking':
      return 'other items that now rank before it';
    case 'account_gone':
      return 'the deletion of the account';
    default:
      return 'a cause this command does not know';
  }
}

const changeMarks: Readonly<Record<string, string>> = { added: '+', removed: '-', changed: '~', moved: '>' };

export function diffLines(diff: JsonObject): readonly Line[] {
  if (diff.same === true) return [line(['Nothing has changed.'])];
  if (diff.accountGone === true) return [line(['The account is gone: nothing of the snapshot holds any more.'])];
  return objectsOf(diff.changes).flatMap(changeLines);
}

function changeLines(change: JsonObject): readonly Line[] {
  const kind = textAt(change, 'change');
  const head = line(
    [
      `${changeMarks[kind] ?? '?'} `,
      span(textAt(change, 'ref'), 'strong'),
      ` ${kind} by ${causeText(objectOf(change.by))}`,
    ],
    2,
    4,
  );
  const members = objectsOf(change.fields).map((member) =>
    line([`${textAt(member, 'pointer')}: ${shownValue(member.before)} → ${shownValue(member.after)}`], 6, 2),
  );
  const names = stringsAt(change, 'fields');
  return [head, ...members, ...(names.length === 0 ? [] : [line([names.join(', ')], 6, 2)])];
}

const VALUE_CHARS_MAX = 120;

function shownValue(value: JsonValue | undefined): string {
  return shortened(JSON.stringify(value ?? null), VALUE_CHARS_MAX);
}
