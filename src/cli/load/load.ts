/** Loads NDJSON into the service, batch by batch, and always knows at which line to go on. */
import type { Clock } from '../../domain/clock.js';
import { TidemarkError } from '../../errors.js';
import { limits } from '../../limits.js';
import type { ApiClient } from '../client.js';
import { type BadLine, type Batch, batchesOf } from './batches.js';
import { mergedToken, sendBatch } from './sender.js';

export interface LoadOptions {
  readonly fromLine: number;
  readonly batchEvents: number;
  /** Where bad lines go; without it the first one stops the load. */
  readonly reject: ((bad: readonly BadLine[]) => Promise<void>) | null;
  readonly signal: AbortSignal;
  onProgress(inputBytes: number): void;
}

export interface Loaded {
  readonly appended: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** Covers everything appended; empty when nothing was. */
  readonly token: string;
  readonly end:
    | { readonly kind: 'finished' }
    /** Everything before `nextLine` has been dealt with. */
    | { readonly kind: 'interrupted'; readonly nextLine: number }
    | { readonly kind: 'bad_line'; readonly nextLine: number; readonly reason: string }
    | { readonly kind: 'failed'; readonly nextLine: number; readonly error: unknown };
}

export interface LoadParts {
  readonly client: ApiClient;
  readonly clock: Pick<Clock, 'sleep'>;
}

export async function load(parts: LoadParts, input: AsyncIterable<Uint8Array>, options: LoadOptions): Promise<Loaded> {
  const sum = { appended: 0, duplicates: 0, rejected: 0 };
  const tokens: string[] = [];
  let nextLine = options.fromLine;
  const ended = async (end: Loaded['end']): Promise<Loaded> => ({ ...sum, token: await tokenOf(parts, tokens), end });
  try {
    for await (const batch of batchesOf(input, { fromLine: options.fromLine, eventsMax: options.batchEvents })) {
      if (options.signal.aborted) return ended({ kind: 'interrupted', nextLine });
      const dealt = await dealWith(parts, batch, options.reject);
      sum.appended += dealt.appended;
      sum.duplicates += dealt.duplicates;
      tokens.push(...dealt.tokens);
      if (tokens.length >= limits.tokensMax) tokens.splice(0, tokens.length, await mergedToken(parts.client, tokens));
      const [first] = dealt.bad;
      if (first !== undefined && options.reject === null)
        return ended({ kind: 'bad_line', nextLine: first.number, reason: first.reason });
      sum.rejected += dealt.bad.length;
      nextLine = Math.max(nextLine, batch.nextLine);
      options.onProgress(batch.inputBytes);
    }
  } catch (error) {
    if (options.signal.aborted) return ended({ kind: 'interrupted', nextLine });
    return { ...sum, token: '', end: { kind: 'failed', nextLine, error } };
  }
  return ended({ kind: 'finished' });
}

interface Dealt {
  readonly appended: number;
  readonly duplicates: number;
  readonly tokens: readonly string[];
  readonly bad: readonly BadLine[];
}

async function dealWith(parts: LoadParts, batch: Batch, reject: LoadOptions['reject']): Promise<Dealt> {
  const [unreadable] = batch.bad;
  const stopping = reject === null;
  const lines =
    stopping && unreadable !== undefined ? batch.lines.filter(({ number }) => number < unreadable.number) : batch.lines;
  const sent = await sendBatch(parts, lines, stopping ? 'stop' : 'skip');
  const refused = sent.bad.map(({ line, reason }) => ({ number: line.number, bytes: Buffer.from(line.text), reason }));
  const bad = [...refused, ...batch.bad].sort((a, b) => a.number - b.number);
  if (reject !== null && bad.length > 0) await reject(bad);
  return { ...sent, bad };
}

async function tokenOf({ client }: LoadParts, tokens: readonly string[]): Promise<string> {
  return tokens.length === 0 ? '' : mergedToken(client, tokens);
}

/** An input that cannot be read. */
export function inputUnreadable(name: string, cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `the input ${name} cannot be read`,
    advice: 'Name a file of one JSON event per line, or - for standard input.',
    retriable: false,
    cause,
  });
}
