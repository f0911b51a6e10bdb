/** A context snapshot for a person: how fresh, what is in it and why, what was left out, where it is recorded. */
import type { JsonObject } from '../../domain/canonical.js';
import { objectOf, objectsOf, scalarText, textAt } from '../json-read.js';
import { day, summaryOf } from './entity.js';
import { freshnessLines } from './freshness.js';
import { blank, type Line, line, padded, shortened, span } from './line.js';

export function snapshotLines(snapshot: JsonObject): readonly Line[] {
  const items = objectsOf(snapshot.items);
  const columns = columnsOf(items);
  return [
    ...headLines(snapshot),
    ...freshnessLines(objectOf(snapshot.freshness)),
    blank,
    ...items.flatMap((item, index) => itemLines(item, index + 1, columns)),
    ...(items.length === 0 ? [line(['Nothing belongs into this snapshot.'])] : []),
    ...omittedLines(snapshot),
    blank,
    ...footLines(snapshot),
  ];
}

function headLines(snapshot: JsonObject): readonly Line[] {
  const question = textAt(snapshot, 'question');
  const about = [
    `account ${textAt(snapshot, 'account')}`,
    textAt(snapshot, 'tenant'),
    day(textAt(snapshot, 'evaluatedAt')),
  ];
  return [
    line([span('Context', 'strong'), ` of ${about.filter((part) => part !== '').join(' · ')}`], 0, 2),
    ...(question === '' ? [] : [line([`“${question}”`], 2, 1)]),
  ];
}

interface Columns {
  readonly number: number;
  readonly kind: number;
  /** Where everything below an item's first line begins. */
  readonly detail: number;
}

const ITEM_INDENT = 2;

function columnsOf(items: readonly JsonObject[]): Columns {
  const kind = Math.max(0, ...items.map((item) => kindOf(textAt(item, 'ref')).length)) + 2;
  const number = String(items.length).length + 2;
  return { number, kind, detail: ITEM_INDENT + number };
}

function itemLines(item: JsonObject, number: number, columns: Columns): readonly Line[] {
  const ref = textAt(item, 'ref');
  const summary = summaryOf(ref, objectOf(item.value));
  const heading = [
    span(padded(String(number), columns.number), 'dim'),
    padded(kindOf(ref), columns.kind),
    span(ref.slice(ref.indexOf('/') + 1), 'strong'),
    summary === '' ? '' : `  ${summary}`,
  ];
  const more = columns.number + columns.kind;
  const details = [
    sourceText(objectOf(item.source)),
    whyText(kindOf(ref), objectOf(item.why)),
    ...successorTexts(item),
  ];
  return [line(heading, ITEM_INDENT, more), ...details.map((text) => line([span(text, 'dim')], ITEM_INDENT + more, 2))];
}

function kindOf(ref: string): string {
  return ref.slice(0, Math.max(0, ref.indexOf('/')));
}

/** `topic:partition:offset`, as it names a record everywhere. */
export function positionOf(source: JsonObject): string {
  return ['topic', 'partition', 'offset'].map((name) => textAt(source, name)).join(':');
}

function sourceText(source: JsonObject): string {
  const version = textAt(source, 'entityVersion');
  const happened = textAt(source, 'eventTime');
  const redrives = Array.isArray(source.redrives) ? source.redrives.length : 0;
  return [
    `from ${positionOf(source)}`,
    version === '' ? '' : `entity version ${version}`,
    happened === '' ? '' : `happened ${day(happened)}`,
    redrives === 0 ? '' : 'redriven',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

const whys: Readonly<Record<string, string>> = {
  account: 'here because it is the account asked about',
  entitlement: 'here because this entitlement is active',
  open_ticket: 'here because this ticket is open',
  policy: 'here because this policy is in force and applies',
};

// Ranks count per kind.
const plurals: Readonly<Record<string, string>> = { policy: 'policies', ticket: 'tickets' };

function whyText(kind: string, why: JsonObject): string {
  const selected = textAt(why, 'selected');
  if (selected !== 'retrieved') return whys[selected] ?? `here because: ${selected}`;
  const parts = ['score', 'lexical', 'dense'].flatMap((name) => {
    const score = why[name];
    return typeof score === 'number' ? [`${name} ${Number(score.toFixed(3))}`] : [];
  });
  return `here because it bears on the question: rank ${textAt(why, 'rank')} of ${plurals[kind] ?? kind} (${parts.join(', ')})`;
}

function successorTexts(item: JsonObject): readonly string[] {
  const successor = objectOf(item.successor);
  const ref = textAt(successor, 'ref');
  const masked = Array.isArray(item.masked) ? item.masked.flatMap((field) => scalarText(field) ?? []) : [];
  return [
    ...(ref === '' ? [] : [`to be replaced by ${ref} from ${day(textAt(successor, 'effectiveFrom'))}`]),
    ...(masked.length === 0 ? [] : [`masked: ${masked.join(', ')}`]),
  ];
}

const omittedReasons: Readonly<Record<string, string>> = {
  token_budget: 'beyond the token budget',
  duplicate: 'says the same as one that ranks before it',
  count_limit: 'beyond the number of items',
};
const OMITTED_SHOWN_MAX = 6;

function omittedLines(snapshot: JsonObject): readonly Line[] {
  const omitted = objectsOf(snapshot.omitted);
  const count = typeof snapshot.omittedCount === 'number' ? snapshot.omittedCount : omitted.length;
  if (count === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const one of omitted) {
    const reason = textAt(one, 'reason');
    const of = textAt(one, 'of');
    const told = `${textAt(one, 'ref')}${of === '' ? '' : ` (${of})`}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), told]);
  }
  const told = [...byReason].map(([reason, refs]) => {
    const shown = refs.slice(0, OMITTED_SHOWN_MAX).join(', ');
    const more = refs.length > OMITTED_SHOWN_MAX ? ` and ${refs.length - OMITTED_SHOWN_MAX} more` : '';
    return line([span(`${omittedReasons[reason] ?? reason}: ${shown}${more}`, 'dim')], ITEM_INDENT, 2);
  });
  return [line([`Left out: ${count}`]), ...told];
}

const TOKEN_CHARS_SHOWN = 40;

function footLines(snapshot: JsonObject): readonly Line[] {
  return [
    line(['snapshot  ', span(textAt(snapshot, 'id'), 'strong')], 0, 10),
    line(
      [
        `recorded  ${snapshot.audit === null ? 'not recorded (AUDIT=best-effort)' : positionOf(objectOf(snapshot.audit))}`,
      ],
      0,
      10,
    ),
    line(
      [span(`token     ${shortened(textAt(snapshot, 'token'), TOKEN_CHARS_SHOWN)} (--json has all of it)`, 'dim')],
      0,
      10,
    ),
  ];
}
