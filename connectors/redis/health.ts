/** What a server says of itself (INFO), and whether a state may lie on it. */
import type { StateTrouble } from '../../src/state/port.js';
import { misconfigured } from './errors.js';

export interface ServerInfo {
  /** Another one after each start of the server. */
  readonly runId: string;
  readonly isReplica: boolean;
  readonly isCluster: boolean;
  readonly policy: string;
  /** Since it was started. */
  readonly evictedKeys: bigint;
  /** Of the server. */
  readonly version: string;
}

export function readInfo(text: string): ServerInfo {
  const values = new Map(
    text.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
  return {
    runId: values.get('run_id') ?? '',
    isReplica: values.get('role') === 'slave',
    isCluster: values.get('redis_mode') === 'cluster',
    policy: values.get('maxmemory_policy') ?? 'noeviction',
    evictedKeys: BigInt(values.get('evicted_keys') ?? '0'),
    version: values.get('redis_version') ?? 'of unknown version',
  };
}

const KEEPS_ALL = 'noeviction';

/** Throws `config_invalid`. */
export function refuseUnfit({ isReplica, isCluster, policy }: ServerInfo): void {
  if (isCluster) {
    throw misconfigured(
      'STATE_URL names a node of a Redis Cluster as if it stood alone.',
      'Write redis+cluster:// instead of redis://, or rediss+cluster:// instead of rediss://.',
    );
  }
  if (isReplica) {
    throw misconfigured('STATE_URL names a replica, which takes no writes.', 'Name the primary in STATE_URL.');
  }
  if (policy !== KEEPS_ALL) {
    throw misconfigured(
      `Redis drops keys when memory runs short (maxmemory-policy ${policy}): what it forgets could not be told from what never was.`,
      'Set maxmemory-policy to noeviction, or name a Redis of its own in STATE_URL.',
    );
  }
}

/** Of one that runs: what else was refused at the start shows when it is called. */
export function troubleIn({ policy, isReplica }: ServerInfo): StateTrouble | null {
  if (policy !== KEEPS_ALL) return { kind: 'evicting', policy };
  return isReplica ? { kind: 'unreachable', error: 'Redis has become a replica.' } : null;
}

/** What the counter of evictions is compared with: it begins at nothing with each run. */
export interface RunMark {
  readonly runId: string;
  readonly evictedKeys: bigint;
}

export function hasEvicted(info: ServerInfo, mark: RunMark): boolean {
  return info.evictedKeys > (info.runId === mark.runId ? mark.evictedKeys : 0n);
}
