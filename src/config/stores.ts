/** Where the state and the index lie, how they go together with the log and with each other, and what an instance does with them. */
import { isLoopback } from './addresses.js';
import type { ConfigName, Settings } from './schema.js';
import { type IndexAddress, readIndexAddress, readStateAddress, type StateAddress } from './store-addresses.js';

export function stateOf({ STATE_URL }: Settings): StateAddress {
  const reading = readStateAddress(STATE_URL);
  if (!reading.ok) throw new Error('an address that the schema let through');
  return reading.address;
}

export function indexOf({ INDEX_URL }: Settings): IndexAddress {
  const reading = readIndexAddress(INDEX_URL);
  if (!reading.ok) throw new Error('an address that the schema let through');
  return reading.address;
}

/** Whether other instances may work on the same state and index: all three lie outside of this process. */
export function isShared(settings: Settings): boolean {
  return [isLogShared(settings), stateOf(settings).kind === 'redis', indexOf(settings).kind === 'qdrant'].every(
    Boolean,
  );
}

function isLogShared({ LOG_URL }: Settings): boolean {
  return !LOG_URL.startsWith('file:');
}

export function storeDefaults(given: Settings): Partial<Settings> {
  return {
    ...(stateOf(given).kind === 'redis' ? { REDIS_PREFIX: given.REDIS_PREFIX ?? 'tidemark' } : {}),
    ...(indexOf(given).kind === 'qdrant' ? { QDRANT_COLLECTION: given.QDRANT_COLLECTION ?? 'tidemark' } : {}),
  };
}

/** One sentence each. */
export function storeFaults(settings: Settings): readonly string[] {
  return [...roleFaults(settings), ...redisFaults(settings), ...retentionFaults(settings)];
}

/** A role is a share of work on what others have too: each reason stands alone, so that nobody mends them one start at a time. */
function roleFaults(settings: Settings): readonly string[] {
  const { ROLE } = settings;
  if (ROLE === 'all') return [];
  return [
    ...(isLogShared(settings)
      ? []
      : [`ROLE=${ROLE} needs a log that instances share: LOG_URL=kafka://…; an embedded one is of one process`]),
    ...(stateOf(settings).kind === 'redis'
      ? []
      : [`ROLE=${ROLE} needs a state that instances share: STATE_URL=redis://…; one in memory is of one process`]),
    ...(indexOf(settings).kind === 'qdrant'
      ? []
      : [`ROLE=${ROLE} needs an index that instances share: INDEX_URL=http://…; one in memory is of one process`]),
  ];
}

function redisFaults(settings: Settings): readonly string[] {
  const { REDIS_USERNAME, REDIS_PASSWORD, REDIS_TLS_CA } = settings;
  const state = stateOf(settings);
  return [
    ...(REDIS_USERNAME !== undefined && REDIS_PASSWORD === undefined
      ? ['REDIS_USERNAME needs REDIS_PASSWORD or REDIS_PASSWORD_FILE']
      : []),
    ...(REDIS_TLS_CA !== undefined && state.kind === 'redis' && !state.tls
      ? ['REDIS_TLS_CA needs TLS: STATE_URL=rediss://…']
      : []),
  ];
}

/** What expires must be held by a checkpoint, and checkpoints are made of a state in memory. */
function retentionFaults(settings: Settings): readonly string[] {
  if (settings.RETENTION === '' || stateOf(settings).kind === 'memory') return [];
  return ['RETENTION needs STATE_URL=memory:: what expires must be held by a checkpoint, and none is made of Redis'];
}

export function storeNotices(settings: Settings): readonly string[] {
  const [state, index] = [stateOf(settings), indexOf(settings)];
  return [
    ...(state.kind === 'redis' ? redisNotices(settings, state) : unused(settings, 'REDIS_', 'the state is in memory')),
    ...(index.kind === 'qdrant'
      ? qdrantNotices(settings, index)
      : unused(settings, 'QDRANT_', 'the index is in memory')),
    ...(state.kind === 'memory' && index.kind === 'qdrant'
      ? ['the index is filled anew at every start: the state that it belongs to is in memory']
      : []),
  ];
}

function redisNotices(settings: Settings, { nodes, tls }: StateAddress & { kind: 'redis' }): readonly string[] {
  const inTheClear = settings.REDIS_PASSWORD !== undefined && !tls && !nodes.every(isLoopback);
  const { CHECKPOINTS } = settings;
  return [
    ...(inTheClear ? ['the password of Redis goes over the network in the clear: use STATE_URL=rediss://…'] : []),
    ...(CHECKPOINTS === undefined || CHECKPOINTS === 'off'
      ? []
      : ['CHECKPOINTS set, and not used: a state in Redis is durable by itself']),
  ];
}

function qdrantNotices(settings: Settings, { url }: IndexAddress & { kind: 'qdrant' }): readonly string[] {
  const inTheClear = settings.QDRANT_API_KEY !== undefined && url.startsWith('http:') && !isLoopback(url.slice(7));
  return inTheClear ? ['the key of Qdrant goes over the network in the clear: use INDEX_URL=https://…'] : [];
}

/** Settings that are there and have no effect. */
export function unused(settings: Settings, prefix: string, why: string): readonly string[] {
  const names = (Object.keys(settings) as ConfigName[]).filter(
    (name) => settings[name] !== undefined && name.startsWith(prefix),
  );
  return names.length === 0 ? [] : [`${names.join(', ')} set, and not used: ${why}`];
}
