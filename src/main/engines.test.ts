import { describe, expect, it } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { readConfig } from '../config.js';
import { DrivenClock, newLog, topics } from '../fixtures.test-support.js';
import { ownsEverything, ownsNothing } from '../materializer/ownership.js';
import { enginesOn } from './engines.js';
import { memoryStores, type Stores } from './stores.js';

const config = readConfig({});
const log = newLog(new DrivenClock()) as unknown as Parameters<typeof enginesOn>[0];
const inMemory = memoryStores();
const elsewhere: Stores = { ...inMemory, state: new MemoryState(), memory: null };
const holdings: NonNullable<Stores['holdings']> = {
  held: async function* () {},
  remove: async () => undefined,
};
const ofQdrant: Partial<Stores> = { index: new MemoryIndex('1'), holdings };

describe('what a service is given beside its log', () => {
  it.each([
    ['a state in memory', inMemory, undefined, undefined],
    ['a state in memory beside an index that outlives it', { ...inMemory, ...ofQdrant }, undefined, undefined],
    ['a state that outlives it, of one instance', elsewhere, undefined, ownsEverything],
    ['a state that several share', { ...elsewhere, ...ofQdrant }, ownsNothing, ownsNothing],
  ])('of %s', (_, stores, given, ownership) => {
    const engines = enginesOn(log, config, topics, { stores, ownership: given });
    expect(engines.ownership).toBe(ownership);
    expect(engines.checkpointing === undefined).toBe(stores.memory === null);
    expect(engines.holdings).toBe(stores.holdings ?? undefined);
  });
});
