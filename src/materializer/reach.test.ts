import { expect, it } from 'vitest';
import type { PartitionKey } from '../domain/position.js';
import type { PartitionTrouble } from '../log/trouble.js';
import { Reach } from './reach.js';

function setting(troubles: ReadonlyMap<PartitionKey, PartitionTrouble>) {
  const said: (readonly PartitionKey[])[] = [];
  const told: (readonly PartitionKey[])[] = [];
  const missing: PartitionKey[] = ['t:2'];
  const reach = new Reach({
    log: { troubles },
    state: { through: async () => new Map() },
    clock: { sleep: async () => undefined },
    ownership: { owns: () => true, watch: () => () => undefined, cannot: (keys) => void said.push(keys) },
    missingAt: async () => missing,
    onMissing: (keys) => void told.push(keys),
  });
  return { reach, missing, said, told };
}

it('says what this copy alone is kept from, and what it lacks, and tells when that changes', async () => {
  const troubles = new Map<PartitionKey, PartitionTrouble>([
    ['t:0', { kind: 'gap', from: 1n, to: 2n }],
    ['t:1', { kind: 'blocked_at_lso', readableEnd: 3n }],
    ['t:4', { kind: 'new_partition', partitions: 5 }],
  ]);
  const { reach, missing, said, told } = setting(troubles);
  await reach.look();
  await reach.look();
  expect(said.at(-1)).toEqual(['t:2', 't:0', 't:4']);
  expect(told).toEqual([['t:2']]);
  missing.pop();
  troubles.clear();
  await reach.look();
  expect([said.at(-1), told.at(-1)]).toEqual([[], []]);
});
