/** How a ticket goes on after it was opened: answered, escalated, asked again, solved, reopened, closed. */
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { Random } from '../../random.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './calendar.js';
import type { Comment } from './ticket-event.js';
import type { Sentences, TicketCase } from './ticket-topic.js';

export interface Step {
  readonly verb: string;
  /** Since the step before; at least five minutes. */
  readonly afterMs: number;
  readonly patch: JsonObject;
  readonly comment?: { readonly author: Comment['author']; readonly sentence: string };
}

const comebacks: Sentences = [
  'It is back since this morning, exactly as before.',
  'Thank you, but that did not solve it for us.',
  'Please reopen: the same thing happened again on another account of ours.',
];

export function stepsOf(course: TicketCase, random: Random): Step[] {
  const steps: Step[] = [];
  if (random.chance(0.9)) {
    const comment = { author: 'support', sentence: course.reply } as const;
    steps.push({
      verb: 'commented',
      afterMs: random.between(20, 360) * MINUTE_MS,
      patch: { status: 'pending' },
      comment,
    });
  }
  if (random.chance(0.12)) {
    steps.push({ verb: 'escalated', afterMs: random.between(6, 90) * MINUTE_MS, patch: { priority: 'urgent' } });
  }
  if (random.chance(0.5)) {
    const comment = { author: 'customer', sentence: course.followUp } as const;
    steps.push({ verb: 'commented', afterMs: random.between(1, 20) * HOUR_MS, patch: { status: 'open' }, comment });
  }
  return random.chance(0.7) ? [...steps, ...resolution(course, random)] : steps;
}

function resolution(course: TicketCase, random: Random): Step[] {
  const comment = { author: 'support', sentence: course.resolution } as const;
  const resolved: Step = {
    verb: 'resolved',
    afterMs: random.between(2, 70) * HOUR_MS,
    patch: { status: 'resolved' },
    comment,
  };
  if (random.chance(0.12)) {
    const reopening = { author: 'customer', sentence: random.pick(comebacks) } as const;
    const afterMs = random.between(3, 60) * HOUR_MS;
    return [resolved, { verb: 'reopened', afterMs, patch: { status: 'open' }, comment: reopening }];
  }
  if (!random.chance(0.6)) return [resolved];
  return [resolved, { verb: 'closed', afterMs: 3 * DAY_MS, patch: { status: 'closed' } }];
}
