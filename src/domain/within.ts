/** An answer that may never come, asked of something else. */
import type { Clock } from './clock.js';

/**
 * What `asked` resolves to, or undefined when it takes longer than `ms` or fails. With 0 it still has the turn of the event loop
 * that something answering from memory needs. What is asked is not called off: it may be answered later, to nobody.
 */
export async function within<Answer>(clock: Clock, asked: Promise<Answer>, ms: number): Promise<Answer | undefined> {
  const answered = asked.catch(() => undefined).then((answer) => ({ answer }));
  // Most answers are there at once: no timer is set for them.
  const early = await Promise.race([answered, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
  if (early !== undefined || ms <= 0) return early?.answer;
  const settled = new AbortController();
  const late = await Promise.race([answered, clock.sleep(ms, settled.signal).then(() => undefined)]);
  settled.abort();
  return late?.answer;
}
