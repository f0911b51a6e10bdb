/** What has happened to partitions of the log, in words, and what an operator can do about it. */
import type { JsonObject } from '../../domain/canonical.js';
import { countAt, objectOf, textAt } from '../json-read.js';
import { type Line, line, span } from './line.js';

type Text = (facts: JsonObject) => string;

const texts: Readonly<Record<string, Text>> = {
  blocked_at_lso: (facts) =>
    `an open transaction keeps offset ${textAt(facts, 'readableEnd')} and later from being read`,
  gap: (facts) => `offsets ${textAt(facts, 'from')} to ${countAt(facts, 'to') - 1n} were removed before they were read`,
  truncated: (facts) => `the log has lost what was read of it from offset ${textAt(facts, 'from')} on`,
  recreated: (facts) => `the topic was made anew: its id was ${textAt(facts, 'was')} and is ${textAt(facts, 'is')}`,
  topic_missing: () => 'the log has no such topic',
  new_partition: () => 'the topic has grown by this partition, and keys may have moved to it',
};

/** Undefined for a kind that this command does not know. */
export function troubleText(kind: string, facts: JsonObject): string | undefined {
  return texts[kind]?.(facts);
}

/** Of the partitions that have any. */
export function troubleLines(partitions: readonly JsonObject[]): readonly Line[] {
  return partitions.flatMap((one) => {
    const trouble = objectOf(one.trouble);
    const kind = textAt(trouble, 'kind');
    if (kind === '') return [];
    const name = `${textAt(one, 'topic')}:${textAt(one, 'partition')}`;
    const text = troubleText(kind, objectOf(trouble.facts)) ?? kind.replaceAll('_', ' ');
    const meaning = textAt(trouble, 'whenAccepted');
    const command = acceptCommandText(name, kind, objectOf(trouble.facts));
    const advice = meaning === '' ? [] : [line([span(command, 'strong')], 2), line([meaning], 4)];
    return [line([span(name, 'warn'), ` ${text}`], 0, 2), ...advice];
  });
}

/** With the facts, so that nothing is accepted but what was read here. */
export function acceptCommandText(partition: string, kind: string, facts: JsonObject): string {
  const pairs = Object.keys(facts).map((name) => `${name}=${textAt(facts, name)}`);
  const seen = pairs.length === 0 ? '' : ` --seen ${pairs.join(',')}`;
  return `tidemark accept ${partition} --kind ${kind}${seen}`;
}

const effects: Readonly<Record<string, string>> = {
  now: 'Accepted: reading goes on now. `tidemark positions` shows how far it is.',
  at_next_start:
    'Accepted: it takes effect at the next start of the service. Until then answers are labelled as before.',
};

export function acceptedLines(accepted: JsonObject): readonly Line[] {
  const effect = textAt(accepted, 'effect');
  return [line([effects[effect] ?? `Accepted: ${effect.replaceAll('_', ' ')}.`])];
}
