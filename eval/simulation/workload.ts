/** What producers say: a small world of few keys, so that events of one key meet, in two tenants that use the same ids. */
import type { JsonObject } from '../../src/domain/canonical.js';
import { canonicalJson } from '../../src/domain/canonical.js';
import type { Kind } from '../../src/domain/kinds/index.js';
import { recordKey } from '../../src/domain/record-key.js';
import type { NewRecord } from '../../src/log/port.js';
import { defaultTopics, type TopicMap, topicAbout } from '../../src/log/topics.js';
import type { Random } from '../random.js';

export const tenants = ['acme', 'zenith'] as const;
export const accounts = ['A-1', 'A-2'] as const;

/** In every value of a tenant, and in nobody else's. */
export function canaryOf(tenant: string): string {
  return `canary-of-${tenant}`;
}

export const topics: TopicMap = {
  ...defaultTopics,
  sources: defaultTopics.sources.map((topic) => ({
    ...topic,
    partitions: ['account', 'ticket'].includes(topic.about) ? 2 : 1,
  })),
};

interface Subject {
  readonly kind: Kind;
  readonly id: string;
}

/** T-3 and P-3 are ordered by the versions their source gives, everything else by position. */
const subjects: readonly Subject[] = [
  ...accounts.map((id) => ({ kind: 'account' as const, id })),
  ...['T-1', 'T-2', 'T-3'].map((id) => ({ kind: 'ticket' as const, id })),
  ...['E-1', 'E-2'].map((id) => ({ kind: 'entitlement' as const, id })),
  ...['P-1', 'P-2', 'P-3'].map((id) => ({ kind: 'policy' as const, id })),
];

const versioned = new Set(['T-3', 'P-3']);

/** Beyond 2^53, so that who compares them as numbers compares wrongly. */
const VERSION_BASE = 9_007_199_254_740_990n;

const words = ['refund', 'label', 'invoice', 'login', 'quota', 'delivery'] as const;

export class Workload {
  readonly #random: Random;
  #ordinal = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  text(): string {
    return [0, 1, 2].map(() => this.#random.pick(words)).join(' ');
  }

  /** An event that the entrance takes. */
  event(tenant: string): JsonObject {
    const random = this.#random;
    if (random.chance(0.05))
      return { ...this.#named('tool.called'), tenant, subject: 'call-1', data: { tool: 'lookup' } };
    return this.#about(tenant, random.pick(subjects));
  }

  #about(tenant: string, { kind, id }: Subject): JsonObject {
    const random = this.#random;
    const version = versioned.has(id) ? { entityversion: String(VERSION_BASE + BigInt(random.below(12))) } : {};
    const core = { ...this.#named(`${kind}.updated`), tenant, subject: id, ...version };
    const dice = random.next();
    if (dice < 0.12) return { ...core, op: 'delete' };
    if (dice < 0.27)
      return { ...core, op: 'patch', data: { note: this.text(), status: random.pick(['open', 'closed']) } };
    return { ...core, data: this.#data(tenant, { kind, id }) };
  }

  #named(type: string): JsonObject {
    this.#ordinal++;
    const ordinal = this.#ordinal;
    return { specversion: '1.0', id: `e-${ordinal}`, source: 'simulation', type };
  }

  #data(tenant: string, { kind, id }: Subject): JsonObject {
    const random = this.#random;
    const common = { id, canary: canaryOf(tenant), note: this.text() };
    const accountId = random.pick(accounts);
    switch (kind) {
      case 'account':
        return { ...common, name: id, plan: random.pick(['pro', 'free']), region: 'eu' };
      case 'ticket':
        return {
          ...common,
          accountId,
          subject: this.text(),
          body: this.text(),
          status: random.pick(['open', 'open', 'closed']),
        };
      case 'entitlement':
        return { ...common, accountId, product: random.pick(['chat', 'mail']), ...this.#window() };
      case 'policy': {
        const plans = random.chance(0.4) ? { appliesTo: { plans: [random.pick(['pro', 'free'])] } } : {};
        const names = { policyId: id === 'P-2' ? 'P-1' : id, version: id, title: this.text(), body: this.text() };
        return { ...common, ...names, ...plans, ...this.#window() };
      }
    }
  }

  /** Around the beginning of a run, so that it opens or closes while it lasts. */
  #window(): JsonObject {
    const at = (ms: number) => new Date(EPOCH_MS + ms).toISOString();
    if (this.#random.chance(0.6)) return {};
    const edge = this.#random.within(-20_000, 60_000);
    return this.#random.chance(0.5)
      ? { effectiveFrom: at(edge), startsAt: at(edge) }
      : { effectiveTo: at(edge), endsAt: at(edge) };
  }

  /** A record past the entrance: poison of several sorts, tombstones, and what another producer sends without asking. */
  raw(tenant: string): NewRecord {
    const random = this.#random;
    const subject = random.pick(subjects);
    const record = (value: JsonObject | string | null) => rawRecord(tenant, subject, value);
    switch (random.pick(['broken', 'nameless', 'reused', 'orphan', 'tombstone', 'sound', 'sound'] as const)) {
      case 'broken':
        return record('{"broken');
      case 'nameless':
        return { ...record('not json'), key: null };
      case 'reused':
        return record({ ...this.#about(tenant, subject), id: 'e-reused' });
      case 'orphan':
        return record({ ...this.#about(tenant, subject), op: 'patch', data: { accountId: 7 } });
      case 'tombstone':
        return record(null);
      case 'sound':
        return record(this.#about(tenant, subject));
    }
  }

  /** Bytes for a redrive: sound, of the key named, or of nobody's. */
  repair(tenant: string, kind: Kind, id: string): Uint8Array {
    return encoder.encode(this.#random.chance(0.1) ? '{' : canonicalJson(this.#about(tenant, { kind, id })));
  }
}

/** The wall clock at the beginning of a run. */
export const EPOCH_MS = Date.UTC(2026, 2, 1);

const encoder = new TextEncoder();

function rawRecord(tenant: string, { kind, id }: Subject, value: JsonObject | string | null): NewRecord {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return {
    topic: topicAbout(topics, kind).name,
    key: recordKey(tenant, id),
    headers: [],
    value: value === null ? null : encoder.encode(text),
  };
}
