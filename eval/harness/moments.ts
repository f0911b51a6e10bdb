/** Moments as a suite writes them. */
import { instantText, parseInstant } from '../../src/domain/time.js';
import type { Moment } from './types.js';

const POSITION = /^(.+):(\d{1,9}):(\d{1,19})$/;
/** Of a text that means an instant: without an offset from UTC it would read as a position. */
const DATED = /^\d{4}-\d{2}-\d{2}(?:$|[Tt ])/;

/** RFC 3339 instant or date, `topic:partition:offset`, or `end`. Undefined for anything else. */
export function parseMoment(text: string): Moment | undefined {
  if (text === 'end') return { kind: 'end' };
  if (DATED.test(text)) {
    const ms = parseInstant(text);
    return ms === undefined ? undefined : { kind: 'instant', ms };
  }
  const [, topic, partition, offset] = POSITION.exec(text) ?? [];
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { kind: 'position', topic, partition: Number(partition), offset: BigInt(offset) };
}

export function momentText(moment: Moment): string {
  if (moment.kind === 'end') return 'end';
  if (moment.kind === 'instant') return instantText(moment.ms);
  return `${moment.topic}:${moment.partition}:${moment.offset}`;
}
