/** Sends batches of events until each line is appended or known to be bad. Sending a line twice has one effect. */
import type { JsonObject } from '../../domain/canonical.js';
import type { Clock } from '../../domain/clock.js';
import { limits } from '../../limits.js';
import { type ApiClient, orThrow, type Reply } from '../client.js';
import { objectOf, objectsOf, textAt } from '../json-read.js';
import type { EventLine } from './batches.js';

export interface SentBatch {
  readonly appended: number;
  readonly duplicates: number;
  /** Lines the service does not understand, in their order; none of them was appended. */
  readonly bad: readonly { readonly line: EventLine; readonly reason: string }[];
  readonly tokens: readonly string[];
}

/**
 * `onBad: 'stop'` appends what comes before the first bad line and leaves what comes after; `'skip'` appends all good lines. Throws
 * what the service refuses for another reason.
 */
export async function sendBatch(
  { client, clock }: { readonly client: ApiClient; readonly clock: Pick<Clock, 'sleep'> },
  lines: readonly EventLine[],
  onBad: 'stop' | 'skip',
): Promise<SentBatch> {
  let left = lines;
  let sent: SentBatch = { appended: 0, duplicates: 0, bad: [], tokens: [] };
  while (left.length > 0) {
    const reply = await postPatiently(client, clock, left);
    const faults = faultsOf(reply, left.length);
    if (faults.size === 0) return { ...counted(orThrow(reply)), bad: sent.bad };
    const bad = left.flatMap((line, index) => {
      const reason = faults.get(index);
      return reason === undefined ? [] : [{ line, reason }];
    });
    const first = bad[0];
    if (onBad === 'stop' && first !== undefined) {
      // The service names the first faults first, so everything before the first one is good.
      sent = { ...sent, bad: [first] };
      left = left.slice(0, left.indexOf(first.line));
    } else {
      sent = { ...sent, bad: [...sent.bad, ...bad] };
      left = left.filter((_, index) => !faults.has(index));
    }
  }
  return sent;
}

/** Overload and a restart pass; everything else is for the caller to judge. */
async function postPatiently(
  client: ApiClient,
  clock: Pick<Clock, 'sleep'>,
  lines: readonly EventLine[],
): Promise<Reply> {
  const body = `[${lines.map(({ text }) => text).join(',')}]`;
  for (let attempt = 1; ; attempt++) {
    const reply = await client.postText('/v1/events', body);
    const passes = reply.status === 503 && reply.body.retriable === true;
    if (!passes || attempt === limits.loadAttemptsMax) return reply;
    await clock.sleep(limits.loadRetryMs * attempt);
  }
}

/** Why, by index in the request. Empty when the reply is not about single events. */
function faultsOf({ body }: Reply, count: number): ReadonlyMap<number, string> {
  const faults = new Map<number, string>();
  const note = (index: number, reason: string): void => {
    if (Number.isInteger(index) && index >= 0 && index < count) faults.set(index, reason);
  };
  if (textAt(body, 'code') === 'event_rejected') {
    for (const fault of objectsOf(body.errors)) {
      note(Number(textAt(fault, 'pointer').split('/', 2)[1] ?? 'none'), textAt(fault, 'detail'));
    }
  }
  if (textAt(body, 'code') === 'event_id_reused') {
    const { index } = objectOf(body.facts);
    note(Number(index ?? 'none'), `event_id_reused: this (source, id) was used before with another body`);
  }
  return faults;
}

function counted(reply: JsonObject): Omit<SentBatch, 'bad'> {
  const statuses = objectsOf(reply.events).map((event) => textAt(event, 'status'));
  const duplicates = statuses.filter((status) => status === 'duplicate').length;
  const token = textAt(reply, 'token');
  return { appended: statuses.length - duplicates, duplicates, tokens: token === '' ? [] : [token] };
}

/** One token for many. */
export async function mergedToken(client: ApiClient, tokens: readonly string[]): Promise<string> {
  let merged = tokens[0] ?? '';
  for (let next = 1; next < tokens.length; next += limits.tokensMax - 1) {
    const some = [merged, ...tokens.slice(next, next + limits.tokensMax - 1)];
    merged = textAt(await client.write('/v1/tokens/merge', { tokens: some }), 'token');
  }
  return merged;
}
