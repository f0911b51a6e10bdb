/**
 * Structured logs: one JSON object per line, on standard error, because standard output belongs to command results. No customer
 * text: what is logged are codes, counts, positions and ids of requests and credentials.
 */
import { type DestinationStream, destination, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  /** Where lines go; standard error when not given. */
  readonly to?: DestinationStream;
}

// Names under which a credential could slip into a line. Wildcards would walk every line of every request.
const secrets = ['authorization', 'key', 'token', 'headers.authorization'];

// Lines are written together: a system call per request would cost more than the request's own log line.
const BUFFER_BYTES = 4_096;
const FLUSH_MS = 250;

export function createLogger({ level, to }: LoggerOptions) {
  const stream = to ?? destination({ fd: 2, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS });
  const options = { level, base: null, redact: { paths: secrets, censor: '(redacted)' } };
  return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

/**
 * Of an error that is not ours: its name and where it was thrown, without its message, which may quote customer text.
 */
export function originOf(error: unknown): { readonly error: string; readonly at: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  // The stack repeats the message before the frames, and a message may hold lines that look like frames.
  const stack = (error.stack ?? '').replace(error.message, '');
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, at: frames.slice(0, FRAMES_MAX).map((line) => line.trim()) };
}

const FRAMES_MAX = 8;
