/** How fresh an answer is, in words. */
import type { JsonObject } from '../../domain/canonical.js';
import { objectsOf, scalarText, textAt } from '../json-read.js';
import { type Line, line, type Style, span } from './line.js';
import { troubleText } from './troubles.js';

const styles: Readonly<Record<string, Style>> = { fresh: 'good', stale: 'warn', gap: 'warn', incomplete: 'warn' };

const reasonTexts: Readonly<Record<string, (reason: JsonObject) => string>> = {
  behind: (reason) => {
    const records = textAt(reason, 'records');
    return `${textAt(reason, 'partition')} is ${records} ${records === '1' ? 'record' : 'records'} behind`;
  },
  never_caught_up: (reason) => `${textAt(reason, 'partition')} has not been caught up with yet`,
  end_of_log_unproven: (reason) =>
    `nobody has confirmed the end of ${textAt(reason, 'partition')} for ${duration(Number(reason.ageMs))}`,
  as_of: () => 'it was asked for as of a position in the past',
  tokens_not_covered: () => 'the positions asked for have not been reached',
  retrieval_partial: (reason) => `${scalarText(reason.unscored) ?? 'some'} texts could not be searched in time`,
  retrieval_unavailable: () => 'the retrieval index could not be asked, so no policies were searched for',
  blocked_key: (reason) =>
    `${textAt(reason, 'ref')} may be missing a change: the record ${textAt(reason, 'rejected')} was rejected`,
  unreadable_record: (reason) =>
    `the record ${textAt(reason, 'rejected')} was rejected, and nobody can tell what it is about`,
};

const REASONS_SHOWN_MAX = 5;

export function freshnessLines(freshness: JsonObject): readonly Line[] {
  const label = textAt(freshness, 'label');
  const age = freshness.ageMs;
  const reasons = objectsOf(freshness.reasons);
  const ageText = typeof age === 'number' ? `seen the end of the log ${duration(age)} ago` : 'age not known';
  const head = line([span(label.toUpperCase(), styles[label] ?? 'bad'), ` · ${ageText}`]);
  // A fresh answer needs no excuse: what is told beside it limits it.
  const introduction = label === 'fresh' ? 'though' : 'because';
  const told = reasons
    .slice(0, REASONS_SHOWN_MAX)
    .map((reason) => line([`${introduction} ${reasonText(reason)}`], 2, 2));
  const more = reasons.length - told.length;
  return [head, ...told, ...(more > 0 ? [line([`and ${more} more reasons`], 2)] : [])];
}

function reasonText(reason: JsonObject): string {
  const code = textAt(reason, 'code');
  const text = reasonTexts[code]?.(reason);
  if (text !== undefined) return text;
  const trouble = troubleText(code, reason);
  if (trouble !== undefined) return `of ${textAt(reason, 'partition')}: ${trouble}`;
  const facts = Object.entries(reason).flatMap(([name, value]) => {
    const fact = scalarText(value);
    return name === 'code' || fact === undefined ? [] : [`${name} ${fact}`];
  });
  return [code.replaceAll('_', ' '), ...facts].join(', ');
}

export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return 'an unknown time';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
