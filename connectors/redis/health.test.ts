import { describe, expect, it } from 'vitest';
import { hasEvicted, readInfo, refuseUnfit, troubleIn } from './health.js';

const info = (given: Readonly<Record<string, string>> = {}) =>
  readInfo(
    Object.entries({
      run_id: 'r1',
      role: 'master',
      redis_mode: 'standalone',
      maxmemory_policy: 'noeviction',
      evicted_keys: '0',
      ...given,
    })
      .map(([name, value]) => `${name}:${value}`)
      .join('\r\n'),
  );

describe('a server', () => {
  it('that stands alone, takes writes and keeps all is fit', () => {
    expect(() => refuseUnfit(info())).not.toThrow();
    expect(troubleIn(info())).toBeNull();
  });

  it.each([
    ['of a cluster', { redis_mode: 'cluster' }],
    ['that is a replica', { role: 'slave' }],
    ['that drops keys', { maxmemory_policy: 'allkeys-lfu' }],
  ])('%s is refused', (_what, given) => {
    expect(() => refuseUnfit(info(given))).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('that begins to drop keys, or becomes a replica, is in trouble', () => {
    expect(troubleIn(info({ maxmemory_policy: 'volatile-lru' }))).toEqual({ kind: 'evicting', policy: 'volatile-lru' });
    expect(troubleIn(info({ role: 'slave' }))?.kind).toBe('unreachable');
  });

  it.each([
    ['no more than when the contents began', 'r1', '5', false],
    ['more', 'r1', '6', true],
    ['none since a restart', 'r2', '0', false],
    ['some since a restart', 'r2', '1', true],
  ])('has dropped %s', (_what, run_id, evicted_keys, expected) => {
    expect(hasEvicted(info({ run_id, evicted_keys }), { runId: 'r1', evictedKeys: 5n })).toBe(expected);
  });
});
