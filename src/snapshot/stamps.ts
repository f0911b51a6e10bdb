/** Which positions an answer can come from, and the stamp and the token that name them. Between two writes they are made once. */
import type { Digest } from '../domain/canonical.js';
import type { Kind } from '../domain/kinds/index.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import { encodeToken, type LogIdentity } from '../domain/token.js';
import { type TopicMap, topicAbout } from '../log/topics.js';
import type { Stamp } from './manifest.js';
import type { SnapshotRequest } from './request.js';
import type { Retriever } from './retriever.js';

/** What one state's `through` comes to for one set of kinds. */
interface Stamped {
  readonly token: string;
  readonly through: PositionVector;
  stamp: Stamp | undefined;
}

export class Stamps {
  readonly #identity: LogIdentity;
  readonly #index: Retriever['identity'];
  readonly #topics: TopicMap;
  /** By the kinds behind a request: few, asked for several times in each. */
  readonly #partitions = new Map<string, readonly PartitionKey[]>();
  /** A state hands out one vector until its next write; what was made of it goes when it goes. */
  readonly #stamped = new WeakMap<PositionVector, Map<string, Stamped>>();

  constructor(identity: LogIdentity, index: Retriever['identity'], topics: TopicMap) {
    this.#identity = identity;
    this.#index = index;
    this.#topics = topics;
  }

  /** Every partition a request's answer can come from. */
  partitionsOf(request: SnapshotRequest): readonly PartitionKey[] {
    const kinds = kindsBehind(request);
    const name = nameOf(kinds);
    const known = this.#partitions.get(name) ?? partitionsOfKinds(this.#topics, kinds);
    this.#partitions.set(name, known);
    return known;
  }

  /** Covers what an answer was read from. */
  tokenOf(request: SnapshotRequest, through: PositionVector): string {
    return this.#stampedOf(request, through).token;
  }

  stampOf(request: SnapshotRequest, through: PositionVector, policySet: Digest): Stamp {
    const stamped = this.#stampedOf(request, through);
    if (stamped.stamp?.policySet === policySet) return stamped.stamp;
    const topics = [...new Set([...stamped.through.keys()].map((key) => splitPartitionKey(key).topic))].sort();
    const incarnations = topics.map((topic) => [topic, this.#identity.incarnationOf(topic) ?? '']);
    stamped.stamp = {
      log: this.#identity.id,
      incarnations: Object.fromEntries(incarnations),
      through: stamped.through,
      index: this.#index,
      policySet,
    };
    return stamped.stamp;
  }

  /**
   * Of a vector those partitions, and two kinds that shape an answer although it does not wait for them: the operators' decisions,
   * and the policies, whose set is stamped and whose statistics weigh every question.
   */
  within(request: SnapshotRequest, vector: PositionVector): PositionVector {
    const policies = partitionsOfKinds(this.#topics, new Set(['policy']));
    const wanted = [...this.partitionsOf(request), ...policies, partitionKey(this.#topics.rejected, 0)];
    return restrict(vector, wanted);
  }

  #stampedOf(request: SnapshotRequest, through: PositionVector): Stamped {
    const name = nameOf(kindsBehind(request));
    const known = this.#stamped.get(through) ?? new Map<string, Stamped>();
    this.#stamped.set(through, known);
    const made = known.get(name);
    if (made !== undefined) return made;
    const restricted = this.within(request, through);
    const stamped = { token: encodeToken(this.#identity, restricted), through: restricted, stamp: undefined };
    known.set(name, stamped);
    return stamped;
  }
}

/**
 * The kinds an answer depends on, shown or not: the account's plan and region and the products it is entitled to decide which
 * policies apply to it.
 */
export function kindsBehind({ kinds, account }: SnapshotRequest): ReadonlySet<Kind> {
  if (account === null) return new Set(kinds);
  return new Set([...kinds, 'account', ...(kinds.includes('policy') ? (['entitlement'] as const) : [])]);
}

function nameOf(kinds: ReadonlySet<Kind>): string {
  return [...kinds].sort().join(' ');
}

function partitionsOfKinds(topics: TopicMap, kinds: ReadonlySet<Kind>): readonly PartitionKey[] {
  return [...kinds].flatMap((kind) => {
    const topic = topicAbout(topics, kind);
    return Array.from({ length: topic.partitions }, (_, partition) => partitionKey(topic.name, partition));
  });
}

function restrict(through: PositionVector, partitions: readonly PartitionKey[]): PositionVector {
  const kept = new Map<PartitionKey, bigint>();
  for (const partition of partitions) {
    const offset = through.get(partition);
    if (offset !== undefined) kept.set(partition, offset);
  }
  return kept;
}
