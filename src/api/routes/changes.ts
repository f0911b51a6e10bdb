/** GET /v1/changes: server-sent events when an account moves or a snapshot stops being valid. */
import { z } from '@hono/zod-openapi';
import { mergeTokens } from '../../domain/token.js';
import { limits } from '../../limits.js';
import { readManifest } from '../../snapshot/recorded.js';
import { ChangeFeed, type FeedMessage, type WatchedSnapshot } from '../change-feed.js';
import { endpoint } from '../endpoint.js';
import { invalid, type Problem, problem } from '../problems.js';
import { findRecorded, notRebuilt } from '../recorded.js';
import type { Reply } from '../reply.js';
import { idText, repeated, tokenQuery } from '../schemas.js';
import type { ApiService } from '../service.js';

const query = z.strictObject({
  account: repeated(idText, limits.changeWatchesMax),
  snapshot: repeated(z.string(), limits.changeWatchesMax),
  token: tokenQuery.token,
});

const mediaType = 'text/event-stream';

export const getChanges = endpoint({
  method: 'get',
  path: '/v1/changes',
  operationId: 'watchChanges',
  tag: 'context',
  summary: 'Watch accounts and snapshots',
  description:
    'Server-sent events: `open` {token}; `account` {account, token} when it has moved, with `token` past that token; `snapshot` ' +
    '{id, valid: false, by} once a snapshot no longer holds, also when only the clock has moved; nothing is said of it while the service is catching up with what it was built from. The event id is a token: a client ' +
    'that reconnects with Last-Event-ID misses nothing. Partitions a token does not name count as not seen: merge the token of a ' +
    'write with that of a read.',
  reply: { description: 'The stream', mediaType, schema: z.string() },
  problems: [
    'snapshot_not_found',
    'token_malformed',
    'token_of_another_log',
    'overloaded',
    'state_unavailable',
    'stopping',
  ],
  scope: 'read',
  query,
  handle: async ({ context, credential, query: { account = [], snapshot = [], token = [] }, request }) => {
    const { service, streams, stopping } = context;
    if (account.length + snapshot.length === 0) {
      return invalid([{ in: 'query', pointer: '/account', detail: 'name an account or a snapshot to watch' }]);
    }
    const last = request.header('last-event-id');
    const tokens = last === undefined || last === '' ? token : [last];
    const from = tokens.length === 0 ? null : mergeTokens(service.identity, tokens);
    const snapshots = await watchedSnapshots(service, credential.tenant, snapshot);
    if ('kind' in snapshots) return snapshots;
    const giveBack = streams.take();
    if (giveBack === undefined) return tooMany();
    const watch = { tenant: credential.tenant, accounts: account, snapshots, from };
    const feed = new ChangeFeed(service, watch, limits.changeStreamPingMs);
    const ended = AbortSignal.any([stopping, request.signal]);
    const headers = { 'content-type': mediaType, 'x-accel-buffering': 'no' };
    return { kind: 'reply', status: 200, headers, body: streamOf(feed, ended, giveBack) } satisfies Reply;
  },
});

async function watchedSnapshots(
  service: ApiService,
  tenant: string,
  ids: readonly string[],
): Promise<readonly WatchedSnapshot[] | Problem> {
  const watched: WatchedSnapshot[] = [];
  for (const id of ids) {
    const found = await findRecorded(service, tenant, id);
    if (found.kind === 'problem') return found;
    if (found.kind === 'failed') return notRebuilt(found.verdict);
    watched.push({ entry: found.entry, account: readManifest(found.entry.manifest)?.parsed.account ?? null });
  }
  return watched;
}

/** Pulled one message at a time, so that what a slow reader has not taken has not been made. */
function streamOf(feed: ChangeFeed, ended: AbortSignal, giveBack: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const cancelled = new AbortController();
  const signal = AbortSignal.any([ended, cancelled.signal]);
  let begun = false;
  const end = () => {
    feed.close();
    giveBack();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const message = begun ? await feed.next(signal) : await feed.open();
        begun = true;
        if (message === undefined) controller.close();
        else controller.enqueue(encoder.encode(frameOf(message)));
      },
      cancel: () => cancelled.abort(),
    },
    { highWaterMark: 0 },
  );
}

/** As the HTML standard, section 9.2, reads an event stream; a comment keeps an idle connection open. */
function frameOf({ event, token, data }: FeedMessage): string {
  if (event === 'ping') return ': ping\n\n';
  return `event: ${event}\n${token === null ? '' : `id: ${token}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function tooMany(): Problem {
  return problem({
    code: 'overloaded',
    message: 'as many change streams are open as this service holds',
    advice: 'Watch several accounts with one stream, or ask again later.',
    retriable: true,
    facts: { streamsMax: limits.changeStreamsMax },
  });
}
