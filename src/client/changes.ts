/** Watches accounts and snapshots: one stream as far as its reader can see, however often the connection is made anew. */
import { chunksOf, messagesOf, type StreamMessage } from './event-stream.js';
import { clientLimits } from './limits.js';
import { pauseMsAfter } from './pause.js';
import { problemOf, TidemarkProblem, unreachable } from './problem.js';
import type { CallOptions, Transport } from './transport.js';

export interface Watched {
  readonly accounts?: readonly string[] | undefined;
  readonly snapshots?: readonly string[] | undefined;
  /** Tells what has moved past these tokens; without any, what moves from now on. */
  readonly tokens?: readonly string[] | undefined;
}

export type ChangeMessage =
  /** The stream stands; again after each reconnect. */
  | { readonly kind: 'open'; readonly token: string }
  /** The account has moved; a read that is given the token sees it. */
  | { readonly kind: 'account'; readonly account: string; readonly token: string }
  /** The snapshot has stopped being valid. Told once. */
  | {
      readonly kind: 'snapshot';
      readonly id: string;
      readonly valid: false;
      readonly by: Readonly<Record<string, unknown>>;
    };

interface Standing {
  /** Snapshots of which there is nothing more to say. */
  readonly told: Set<string>;
  lastId: string;
  /** Attempts in a row that brought nothing. */
  failed: number;
}

/**
 * Reconnects from the last token after a lost connection, a silence and a retriable problem; throws any other problem, and after
 * `reconnectsMax` attempts in a row without a message. Ends by itself when only snapshots were watched and all have been told of.
 */
export async function* changes(
  transport: Transport,
  watched: Watched,
  options: CallOptions,
): AsyncGenerator<ChangeMessage, void, undefined> {
  const standing: Standing = { told: new Set(), lastId: '', failed: 0 };
  for (;;) {
    let problem: TidemarkProblem;
    try {
      for await (const message of connection(transport, watched, standing, options)) {
        yield message;
        if (isOver(watched, standing)) return;
      }
      problem = unreachable('the change stream has ended');
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof TidemarkProblem && error.retriable)) throw error;
      problem = error;
    }
    if (standing.failed >= clientLimits.reconnectsMax) throw problem;
    standing.failed++;
    await transport.pause(pauseMsAfter(standing.failed), options.signal);
  }
}

function isOver({ accounts = [], snapshots = [] }: Watched, { told }: Standing): boolean {
  return accounts.length === 0 && snapshots.every((id) => told.has(id));
}

async function* connection(
  transport: Transport,
  watched: Watched,
  standing: Standing,
  options: CallOptions,
): AsyncGenerator<ChangeMessage, void, undefined> {
  const silence = new Silence();
  const { signal = silence.signal } = options;
  const all = { ...options, signal: AbortSignal.any([signal, silence.signal]) };
  try {
    const response = await silence.during(transport.open('watchChanges', questionOf(watched, standing), all));
    if (!response.ok) throw await problemOf(response);
    if (response.body === null) throw unreachable('a stream without a body');
    for await (const message of messagesOf(chunksOf(response.body, (reading) => silence.during(reading)))) {
      // An `open` alone proves little: a service that is stopping may say it and close.
      if (message?.event !== 'open') standing.failed = 0;
      const change = message === undefined ? undefined : changeOf(message, standing);
      if (change !== undefined) yield change;
    }
  } catch (error) {
    // A stream that breaks off does so with whatever error its runtime has for that.
    throw error instanceof TidemarkProblem ? error : unreachable(error);
  }
}

function questionOf({ accounts, snapshots, tokens }: Watched, { told, lastId }: Standing) {
  const last: Readonly<Record<string, string>> = lastId === '' ? {} : { 'last-event-id': lastId };
  const open = snapshots?.filter((id) => !told.has(id));
  return {
    query: { account: accounts, snapshot: open, token: lastId === '' ? tokens : undefined },
    headers: { accept: 'text/event-stream', ...last },
  };
}

interface MessageBody {
  readonly token?: string;
  readonly account?: string;
  readonly id?: string;
  readonly by?: Readonly<Record<string, unknown>>;
}

/** A kind of message that a later service may send is passed over. */
function changeOf({ event, data, lastId }: StreamMessage, standing: Standing): ChangeMessage | undefined {
  if (lastId !== '') standing.lastId = lastId;
  const body: MessageBody = JSON.parse(data);
  switch (event) {
    case 'open':
      return { kind: 'open', token: body.token ?? '' };
    case 'account':
      return { kind: 'account', account: body.account ?? '', token: body.token ?? '' };
    case 'snapshot': {
      const id = body.id ?? '';
      if (standing.told.has(id)) return undefined;
      standing.told.add(id);
      return { kind: 'snapshot', id, valid: false, by: body.by ?? {} };
    }
    default:
      return undefined;
  }
}

/** A connection can die without a word, behind a proxy that is gone: then nothing would ever arrive. */
class Silence {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Only waiting is timed: a reader that takes its time with a message is no silence. */
  async during<T>(waiting: Promise<T>): Promise<T> {
    const silent = () => this.#controller.abort(unreachable('the change stream has fallen silent'));
    const timer = setTimeout(silent, clientLimits.streamSilenceMs);
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
    }
  }
}
