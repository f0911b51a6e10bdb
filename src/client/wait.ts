/** Waits until the service has applied what a token covers. */
import type { Positions } from './api.generated.js';
import { clientLimits } from './limits.js';
import { TidemarkProblem } from './problem.js';
import type { CallOptions, Transport } from './transport.js';

export interface WaitOptions extends CallOptions {
  readonly deadlineMs?: number | undefined;
}

/**
 * Resolves once every partition the tokens name is applied as far. Reads need no waiting beforehand: each takes tokens and waits
 * in the service. Throws `behind` after the deadline.
 */
export async function waitForTokens(
  transport: Transport,
  tokens: readonly string[],
  options: WaitOptions,
): Promise<void> {
  const { deadlineMs = clientLimits.waitMsDefault, signal } = options;
  const endsAtMs = performance.now() + deadlineMs;
  const { through } = await transport.call('mergeTokens', { body: { tokens } }, options);
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, clientLimits.pollMsMax)) {
    const missing = missingOf(through, await transport.call('positions', {}, options));
    if (missing.length === 0) return;
    const leftMs = endsAtMs - performance.now();
    if (leftMs <= 0) throw behind(missing);
    await transport.pause(Math.min(pauseMs, leftMs), signal);
  }
}

type Through = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Offsets exceed what a number holds exactly. */
function missingOf(through: Through, { partitions }: Positions): readonly string[] {
  const applied = new Map(partitions.map((one) => [`${one.topic}:${one.partition}`, one.appliedThrough]));
  return Object.entries(through).flatMap(([topic, offsets]) =>
    Object.entries(offsets).flatMap(([partition, offset]) => {
      const reached = applied.get(`${topic}:${partition}`) ?? null;
      return reached !== null && BigInt(reached) >= BigInt(offset) ? [] : [`${topic}:${partition}:${offset}`];
    }),
  );
}

function behind(missing: readonly string[]): TidemarkProblem {
  return new TidemarkProblem({
    code: 'behind',
    message: 'the service has not applied what the tokens cover',
    advice: 'Wait longer, or look at the positions for what holds it up.',
    retriable: true,
    facts: { missing },
  });
}
