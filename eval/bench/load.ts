/** What a load asks for and what it measured; the load itself runs in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Load {
  readonly url: string;
  /** Null: a GET. */
  readonly body: string | null;
  /** Beside those every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  /** Requests per second, sent when they are due; null: each connection asks again as soon as it has its answer. */
  readonly perSecond: number | null;
  readonly forMs: number;
}

export interface Loaded {
  readonly answers: number;
  readonly answersPerSecond: number;
  /** One per answer, from the moment its request was due; empty for a load without a rate of several connections. */
  readonly latenciesMs: readonly number[];
}

const client = fileURLToPath(new URL('load-client.js', import.meta.url));
const run = promisify(execFile);
/** A minute of 1,000 latencies a second, as text. */
const OUTPUT_BYTES_MAX = 2 ** 24;

export async function loadFrom(load: Load): Promise<Loaded> {
  const { stdout } = await run(process.execPath, [client, JSON.stringify(load)], { maxBuffer: OUTPUT_BYTES_MAX });
  return JSON.parse(stdout) as Loaded;
}

/** The value that `share` of all lie at or below, by nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
