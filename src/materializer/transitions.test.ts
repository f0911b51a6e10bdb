import { describe, expect, it } from 'vitest';
import { next, type PartitionEvent, type PartitionState, transitions } from './transitions.js';

const states = Object.keys(transitions) as PartitionState[];
const events = Object.keys(transitions.live) as PartitionEvent[];

describe('the life of a partition', () => {
  it('says in every state what every event means', () => {
    for (const state of states) {
      expect(Object.keys(transitions[state]).sort()).toEqual([...events].sort());
      for (const event of events) expect(states).toContain(next(state, event));
    }
  });

  it('ends with stopped, from anywhere, and nothing leads out of it', () => {
    for (const state of states) expect(next(state, 'stop_requested')).toBe('stopped');
    for (const event of events) expect(next('stopped', event)).toBe('stopped');
  });

  it('is held until it is released, whatever else happens, and then catches up', () => {
    const inFlight = events.filter((event) => event !== 'released' && event !== 'stop_requested');
    for (const event of inFlight) expect(next('held', event)).toBe('held');
    expect(next('held', 'released')).toBe('catching_up');
  });

  it('leaves a failed write only by a write, a hold or the end', () => {
    const leaving = events.filter((event) => next('retrying', event) !== 'retrying');
    expect(leaving.sort()).toEqual(['hold_requested', 'stop_requested', 'write_succeeded']);
  });

  it('reaches every state', () => {
    const reached = new Set<PartitionState>(['catching_up']);
    for (const state of reached) for (const event of events) reached.add(next(state, event));
    expect([...reached].sort()).toEqual([...states].sort());
  });
});
