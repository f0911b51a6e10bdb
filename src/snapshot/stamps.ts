/** Which positions an answer can come from, and the stamp and the token that name them. Between two writes they are made once. */
import { epochsOf } from '../domain/epochs.js';
import type { Kind } from '../domain/kinds/index.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import { encodeToken, type LogIdentity } from '../domain/token.js';
import { type TopicMap, topicAbout } from '../log/topics.js';
import type { Stamp } from './manifest.js';
import type { SnapshotRequest } from './request.js';

/** What depends on nothing of a request but the kinds it asks for and whether it names an account. */
interface Scope {
  /** The kinds an answer depends on, shown or not. */
  readonly kinds: ReadonlySet<Kind>;
  /** Every partition it can come from. */
  readonly partitions: readonly PartitionKey[];
  readonly name: string;
}

/** What one state's `through` comes to for one scope. */
interface Stamped {
  readonly token: string;
  readonly through: PositionVector;
  stamp: Stamp | undefined;
}

export class Stamps {
  readonly #identity: LogIdentity;
  readonly #topics: TopicMap;
  /** By the list of kinds asked for: nearly every request has the one that stands for all of them. */
  readonly #scopes = { account: new WeakMap<readonly Kind[], Scope>(), tenant: new WeakMap<readonly Kind[], Scope>() };
  /** A state hands out one vector until its next write; what was made of it goes when it goes. */
  readonly #stamped = new WeakMap<PositionVector, Map<string, Stamped>>();

  constructor(identity: LogIdentity, topics: TopicMap) {
    this.#identity = identity;
    this.#topics = topics;
  }

  /** Every partition a request's answer can come from. */
  partitionsOf(request: SnapshotRequest): readonly PartitionKey[] {
    return this.#scopeOf(request).partitions;
  }

  /** The kinds an answer depends on, shown or not. */
  kindsBehind(request: SnapshotRequest): ReadonlySet<Kind> {
    return this.#scopeOf(request).kinds;
  }

  #scopeOf(request: SnapshotRequest): Scope {
    const scopes = this.#scopes[request.account === null ? 'tenant' : 'account'];
    const known = scopes.get(request.kinds);
    if (known !== undefined) return known;
    const kinds = kindsBehind(request);
    const scope = { kinds, partitions: this.#partitionsOf(kinds), name: [...kinds].sort().join(' ') };
    scopes.set(request.kinds, scope);
    return scope;
  }

  /** Covers what an answer was read from. */
  tokenOf(request: SnapshotRequest, through: PositionVector): string {
    return this.#stampedOf(request, through).token;
  }

  /** `index`: of the retriever that the answer was made with. */
  stampOf(request: SnapshotRequest, through: PositionVector, of: Pick<Stamp, 'policySet' | 'index'>): Stamp {
    const stamped = this.#stampedOf(request, through);
    const { policySet, index } = of;
    if (stamped.stamp?.policySet === policySet && stamped.stamp.index === index) return stamped.stamp;
    const topics = [...new Set([...stamped.through.keys()].map((key) => splitPartitionKey(key).topic))].sort();
    const incarnations = topics.map((topic) => [topic, this.#identity.incarnationOf(topic) ?? '']);
    stamped.stamp = {
      log: this.#identity.id,
      incarnations: Object.fromEntries(incarnations),
      through: stamped.through,
      epochs: epochsOf(this.#identity.epochs, stamped.through),
      index,
      policySet,
    };
    return stamped.stamp;
  }

  /**
   * Of a vector those partitions, and two kinds that shape an answer although it does not wait for them: the operators' decisions,
   * and the policies, whose set is stamped and whose statistics weigh every question.
   */
  within(request: SnapshotRequest, vector: PositionVector): PositionVector {
    const policies = this.#partitionsOf(new Set(['policy']));
    const wanted = [...this.partitionsOf(request), ...policies, partitionKey(this.#topics.rejected, 0)];
    return restrict(vector, wanted);
  }

  /** As many as the log has, which may be more than it was once made with. */
  #partitionsOf(kinds: ReadonlySet<Kind>): readonly PartitionKey[] {
    return [...kinds].flatMap((kind) => {
      const { name } = topicAbout(this.#topics, kind);
      const length = this.#identity.partitionsOf(name);
      return Array.from({ length }, (_, partition) => partitionKey(name, partition));
    });
  }

  #stampedOf(request: SnapshotRequest, through: PositionVector): Stamped {
    const { name } = this.#scopeOf(request);
    const known = this.#stamped.get(through) ?? new Map<string, Stamped>();
    const made = known.get(name);
    if (made !== undefined) return made;
    this.#stamped.set(through, known);
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
function kindsBehind({ kinds, account }: SnapshotRequest): ReadonlySet<Kind> {
  if (account === null) return new Set(kinds);
  return new Set([...kinds, 'account', ...(kinds.includes('policy') ? (['entitlement'] as const) : [])]);
}

function restrict(through: PositionVector, partitions: readonly PartitionKey[]): PositionVector {
  const kept = new Map<PartitionKey, bigint>();
  for (const partition of partitions) {
    const offset = through.get(partition);
    if (offset !== undefined) kept.set(partition, offset);
  }
  return kept;
}
