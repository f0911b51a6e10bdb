/**
 * Engines that are not there yet when the service starts, such as those that were started with it: they are asked again. One that nobody
 * answers for may as well be a wrong address, which whoever wrote it is told soon; one that answers that it is not ready is waited for.
 */
import type { Clock } from '../domain/clock.js';
import { type ErrorCode, TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { Notice } from './composition.js';

export interface Awaiting {
  readonly clock: Clock;
  /** Ends it, with `stopping`. */
  readonly signal: AbortSignal | undefined;
  readonly tell: (notice: Notice) => void;
}

const waitMsOf: Partial<Record<ErrorCode, number>> = {
  unreachable: limits.engineAbsentMs,
  state_unavailable: limits.engineLateMs,
  index_unavailable: limits.engineLateMs,
};

/** `ask` is called again after it was rejected. Rejects as it did last, or with `stopping`. */
export async function awaitEngines<Answer>(ask: () => Promise<Answer>, of: Awaiting): Promise<Answer> {
  const { clock, signal } = of;
  const sinceMs = clock.monotonicMs();
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      if (clock.monotonicMs() - sinceMs >= (waitMsOf[error.code] ?? 0)) throw error;
      tellOf(error, tries, of);
      await clock.sleep(limits.engineRetryMs, signal);
      if (signal?.aborted) throw stopped(error);
    }
  }
}

/** At first, and each time it has lasted twice as long. */
function tellOf({ message, facts }: TidemarkError, tries: number, { tell }: Awaiting): void {
  if (!Number.isInteger(Math.log2(tries))) return;
  const { reason } = facts;
  const why = typeof reason === 'string' ? { reason } : {};
  tell({ level: 'warn', text: `${message} It is asked again.`, facts: { ...why, tries } });
}

function stopped(cause: TidemarkError): TidemarkError {
  return new TidemarkError({
    code: 'stopping',
    message: `Stopped while waiting: ${cause.message}`,
    advice: cause.advice,
    retriable: true,
    cause,
  });
}
