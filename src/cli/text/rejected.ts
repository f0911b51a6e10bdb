/** Rejected events and what a redrive would do, for an operator. */
import type { JsonObject } from '../../domain/canonical.js';
import { objectOf, objectsOf, scalarText, textAt } from '../json-read.js';
import { day, summaryOf } from './entity.js';
import { type Line, line, shortened, span } from './line.js';

export function rejectedListLines(page: JsonObject): readonly Line[] {
  const events = objectsOf(page.rejected);
  const total = textAt(page, 'total');
  if (events.length === 0) return [line(['No rejected events.'])];
  const more = Number(total) - events.length;
  const next = textAt(page, 'nextAfter');
  return [...events.flatMap(headLines), ...(more > 0 && next !== '' ? [line([`${more} more: --after ${next}`])] : [])];
}

export function rejectedLines(event: JsonObject): readonly Line[] {
  const record = objectOf(event.record);
  return [
    ...headLines(event),
    line([textAt(event, 'advice')], 2),
    line([`rejected ${day(textAt(event, 'rejectedAt'))}`], 2),
    line([`key    ${bytesText(record.key)}`], 2, 7),
    line([`value  ${bytesText(record.value)}`], 2, 7),
  ];
}

function headLines(event: JsonObject): readonly Line[] {
  const status = textAt(event, 'status');
  const concern = objectOf(event.concern);
  const about = [textAt(concern, 'ref') || 'nobody can tell what', textAt(concern, 'tenant') || 'of an unknown tenant'];
  const state = status === 'open' && event.blocking === true ? 'open, its key reads as incomplete' : status;
  return [
    line([
      span(textAt(event, 'id'), 'strong'),
      `  ${textAt(event, 'reason')}  `,
      span(state, status === 'open' ? 'warn' : 'dim'),
    ]),
    line([`about ${about.join(' · ')} · ${textAt(event, 'detail')}`], 2, 2),
  ];
}

const BYTES_CHARS_MAX = 400;

function bytesText(bytes: unknown): string {
  if (typeof bytes !== 'object' || bytes === null) return '(none)';
  const { text, base64 } = bytes as { text?: unknown; base64?: unknown };
  if (typeof text === 'string') return shortened(text, BYTES_CHARS_MAX);
  return typeof base64 === 'string' ? `${shortened(base64, BYTES_CHARS_MAX)} (base64)` : '(not readable)';
}

export function redriveLines(redrive: JsonObject): readonly Line[] {
  const preview = objectOf(redrive.preview);
  const isDryRun = redrive.dryRun === true;
  const outcomes = objectsOf(preview.outcomes).map((one) =>
    line([`${textAt(one, 'position')}: ${scalarText(one.before) ?? 'new'} → ${textAt(one, 'after')}`], 2),
  );
  return [
    line([isDryRun ? 'Dry run, nothing has been written. A redrive would give:' : 'Redriven. This gives:']),
    line([`before  ${entityText(objectOf(preview.before))}`], 2, 8),
    line([`after   ${entityText(objectOf(preview.after))}`], 2, 8),
    ...outcomes,
    ...(isDryRun ? [] : [line([`decision at ${textAt(redrive, 'decision')}`], 2)]),
  ];
}

function entityText(entity: JsonObject): string {
  const ref = textAt(entity, 'ref');
  if (ref === '') return '(nothing)';
  const value = objectOf(entity.value);
  return textAt(entity, 'status') === 'deleted' ? `${ref} deleted` : `${ref}  ${summaryOf(ref, value)}`;
}
