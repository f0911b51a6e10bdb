/** A story of two tenants told to an oracle alone: the answer that is right at its end, and items that would be wrong in it. */
import type { JsonObject, JsonValue } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import type { Kind } from '../../src/domain/kinds/index.js';
import { recordKey } from '../../src/domain/record-key.js';
import { account, entitlement, patch, policy, recordOf, remove, ticket } from '../../src/fixtures.test-support.js';
import { defaultTopics, sourceTopic } from '../../src/log/topics.js';
import { hashOf } from './oracle/truth.js';
import { Oracle, type ReleasedValue } from './oracle.js';
import type { Expectation, Finding } from './types.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 2, 1);
const day = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString();

export class Story {
  readonly #oracle = new Oracle();
  readonly #offsets = new Map<string, bigint>();

  /** Puts a record at the next offset of its topic; gives what it makes of its entity, as an answer would have it. */
  tell(event: JsonObject): ReleasedValue {
    const told = this.foretell(event);
    const { kind, tenant, subject } = namesOf(event);
    const record = recordOf(kind, subject, event);
    const rules = sourceTopic(defaultTopics, record.topic);
    if (rules === undefined) throw new Error('events have a topic');
    this.#offsets.set(kind, (this.#offsets.get(kind) ?? 0n) + 1n);
    const key = recordKey(tenant, subject);
    this.#oracle.take({ ...record, key, rules, partition: 0, position: told.position });
    return told;
  }

  /** The same of a record that does not come yet. */
  foretell(event: JsonObject): ReleasedValue {
    const { kind, subject } = namesOf(event);
    const value = (event.data ?? null) as JsonValue;
    const position = `${recordOf(kind, subject, event).topic}:0:${this.#offsets.get(kind) ?? 0n}`;
    return { ref: `${kind}/${subject}` as Ref, hash: hashOf(value), position, selected: 'policy', value };
  }

  /** An answer to `acme` about A-1. */
  judge(items: readonly ReleasedValue[], expect: Expectation = { contains: [], absent: [] }): readonly Finding[] {
    return this.#oracle.judge({ question: { tenant: 'acme', account: 'A-1', expect }, atMs: NOW_MS, items });
  }
}

function namesOf(event: JsonObject) {
  const [kind = ''] = String(event.type).split('.');
  return { kind: kind as Kind, tenant: String(event.tenant), subject: String(event.subject) };
}

/** `wrong` holds items by what is wrong with each. */
export function toldStory() {
  const story = new Story();
  const customer = story.tell(account('A-1'));
  const older = story.tell(ticket('T-1', { subject: 'opened' }, { id: 'opened' }));
  const newer = story.tell(ticket('T-1', { subject: 'broken printer' }));
  const active = story.tell(entitlement('E-1', { startsAt: day(-9), endsAt: day(9) }));
  const superseded = story.tell(policy('refunds@1', { body: 'Within 30 days.' }, { entityversion: '1' }));
  const second = { version: '2', body: 'Within 14 days, of course.', effectiveFrom: day(-1) };
  const inForce = story.tell(policy('refunds@2', second, { entityversion: '2' }));
  const wrong = wrongOf(story);
  return { story, right: [customer, active, newer, inForce], wrong: { ...wrong, ticket: newer, older, superseded } };
}

/** Kept from before what makes them wrong. */
function wrongOf(story: Story) {
  const rest = { policyId: 'shipping' };
  const wrong = {
    deleted: story.tell(ticket('T-2')),
    moved: story.tell(ticket('T-3')),
    strangers: story.tell(ticket('T-4', { accountId: 'A-2' })),
    otherTenant: story.tell(ticket('T-1', { subject: 'of another house' }, { tenant: 'other' })),
    ended: story.tell(entitlement('E-2', { product: 'voice', endsAt: day(0) })),
    revoked: story.tell(entitlement('E-3', { product: 'video', status: 'Revoked' })),
    scheduled: story.tell(policy('refunds@3', { version: '3', effectiveFrom: day(1) })),
    otherPlan: story.tell(policy('shipping@1', { ...rest, appliesTo: { plans: ['basic'], regions: ['eu'] } })),
    otherProduct: story.tell(policy('calls@1', { policyId: 'calls', appliesTo: { products: ['voice'] } })),
  };
  story.tell(remove('ticket', 'T-2'));
  story.tell(patch('ticket', 'T-3', { accountId: 'A-2' }));
  return { ...wrong, future: story.foretell(ticket('T-1', { subject: 'repaired' })) };
}

/** What leaves every truth as it is: repeated, with a used id, invalid, without what it patches, of another order, late, no event. */
export function tellNoise(story: Story): void {
  const opened = ticket('T-1', { subject: 'opened' }, { id: 'opened' });
  const versioned = { version: '2', body: 'Old words.', effectiveFrom: day(-1) };
  const noise: readonly JsonObject[] = [
    opened,
    ticket('T-1', { subject: 'opened otherwise' }, { id: 'opened' }),
    ticket('T-1', { accountId: 7 }),
    patch('ticket', 'T-1', { accountId: null }),
    patch('ticket', 'T-77', { status: 'open' }),
    ticket('T-1', { subject: 'versioned' }, { entityversion: '9' }),
    policy('refunds@2', versioned, { entityversion: '1' }),
    ticket('T-1', { subject: 'from nowhere' }, { source: '' }),
  ];
  for (const event of noise) story.tell(event);
}
