/**
 * A stream in a file of NDJSON, one entry a line in the order of arrival: an event (`{at, tenant, topicKind, event}`), or a record as a
 * log held it (`{topic, partition, offset, timestamp, key, value, headers}`). A line that is neither is a notice, not the end: it is
 * left out and told, as a poisoned record is rejected and told.
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { type Kind, kindNames } from '../../src/domain/kinds/index.js';
import { linesOf } from '../../src/domain/lines.js';
import { parseInstant } from '../../src/domain/time.js';
import { limits } from '../../src/limits.js';
import type { SourceEntry, StreamSource } from './source.js';
import type { CloudEventJson } from './stream.js';

/** Milliseconds since 1970, or RFC 3339. */
const instant = z.union([
  z.int().min(-8.64e15).max(8.64e15),
  z.string().transform((text, context) => {
    const ms = parseInstant(text);
    if (ms !== undefined) return ms;
    context.addIssue('is no instant');
    return z.NEVER;
  }),
]);

/** Text, or bytes in base64 (RFC 4648 section 4). */
const bytes = z.union([
  z.string().transform((text) => Buffer.from(text, 'utf8')),
  z.strictObject({ base64: z.base64() }).transform(({ base64 }) => Buffer.from(base64, 'base64')),
]);

const eventSchema = z.strictObject({
  at: instant,
  tenant: z.string().min(1),
  topicKind: z.enum(kindNames as [Kind, ...Kind[]]),
  event: z.custom<CloudEventJson>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
});

const recordSchema = z.strictObject({
  topic: z.string().min(1),
  partition: z.int().nonnegative().default(0),
  offset: z.union([z.int().nonnegative(), z.string().regex(/^\d{1,19}$/)]).transform(BigInt),
  timestamp: instant,
  key: bytes.nullable().default(null),
  value: z.union([bytes, z.null(), z.looseObject({}).transform((value) => Buffer.from(JSON.stringify(value)))]),
  headers: z.record(z.string(), bytes).default({}),
});

export function ndjsonSource(path: string): StreamSource {
  let left: Left = { count: 0, first: '' };
  return {
    name: `file ${basename(path)}`,
    entries: () => {
      left = { count: 0, first: '' };
      return entriesOf(path, left);
    },
    questions: async () => [],
    notices: () =>
      left.count === 0 ? [] : [`${left.count} lines are no entries and were left out (first: ${left.first})`],
  };
}

/** Lines that are no entries. */
interface Left {
  count: number;
  first: string;
}

async function* entriesOf(path: string, left: Left): AsyncGenerator<SourceEntry, void, void> {
  // By line feeds alone: a string of JSON may hold U+2028 and U+2029, at which other readers of lines part it.
  for await (const { number, bytes, tooLong } of linesOf(createReadStream(path), limits.requestBytesMax)) {
    const line = bytes.toString('utf8');
    if (line.trim() === '') continue;
    const entry = tooLong ? 'too long' : entryOf(line);
    if (typeof entry !== 'string') {
      yield entry;
      continue;
    }
    left.count++;
    if (left.count === 1) left.first = `line ${number}, ${entry}`;
  }
}

/** The fault as text where the line is no entry. */
function entryOf(line: string): SourceEntry | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value === 'object' && value !== null && 'event' in value) {
    const event = eventSchema.safeParse(value);
    return event.success ? event.data : faultOf(event.error);
  }
  const record = recordSchema.safeParse(value);
  if (!record.success) return faultOf(record.error);
  const { topic, partition, offset, timestamp, key, value: body, headers } = record.data;
  const position = { topic, partition, offset };
  return { at: timestamp, record: { topic, key, headers: Object.entries(headers), value: body }, position };
}

function faultOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  return issue === undefined ? 'no entry' : `/${issue.path.map(String).join('/')}: ${issue.message}`;
}
