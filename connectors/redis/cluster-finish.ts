/** Finishing what somebody has begun: the second half of a write, done by its writer or by whoever meets it. */
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { Control, Intent, Slots } from './cluster-slots.js';

/** The control slot without an intent: one that is there is finished. */
export async function settled(slots: Slots): Promise<Control> {
  for (let tries = 0; tries < limits.sequenceTriesMax; tries++) {
    const control = await slots.look();
    if (control.intent === null) return control;
    await complete(slots, control.intent);
  }
  throw overtaken();
}

export async function complete(slots: Slots, intent: Intent): Promise<void> {
  await Promise.all(intent.parts.map((part) => slots.apply(intent.seq, part)));
  await slots.finish(intent);
}

export function overtaken(): TidemarkError {
  return new TidemarkError({
    code: 'state_unavailable',
    message: `The state changed ${limits.sequenceTriesMax} times while it was read.`,
    advice: 'Try again.',
    retriable: true,
  });
}
