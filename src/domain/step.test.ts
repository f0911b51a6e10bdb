import { afterEach, describe, expect, it, vi } from 'vitest';
import { patch, position, recordOf, remove, tenant, ticket } from '../fixtures.test-support.js';
import type { JsonObject } from './canonical.js';
import type { Entity } from './entity.js';
import { kinds } from './kinds/index.js';
import { countOf, type Decision, keyOf, type Step, step, understand } from './step.js';

const rules = { about: 'ticket', tenant: null } as const;
const placed = (value: JsonObject | string | null, offset = 0) => ({
  ...recordOf('ticket', 'T-1', value),
  position: position(offset),
});

function take(current: Entity | undefined, value: JsonObject | string | null, decision?: Decision): Step {
  return step(current, understand(placed(value, 7), rules, decision));
}

function held(data: JsonObject = {}): Entity {
  const taken = step(undefined, understand(placed(ticket('T-1', data)), rules, undefined));
  if (taken.outcome !== 'applied') throw new Error(taken.outcome);
  return taken.entity;
}

const bytes = (body: JsonObject) => recordOf('ticket', 'T-1', body).value;
const redrive = (body: JsonObject, at = 'r:0:1', before?: Decision): Decision => {
  return { kind: 'redriven', at, repaired: bytes(body), ...(before === undefined ? {} : { before }) };
};
const concernOf = (taken: Step) => (taken.outcome === 'rejected' ? taken.concern.accountId : undefined);

describe('a step', () => {
  it('says whether it replaces all of its key: full states and deletes do, patches do not', () => {
    expect(take(undefined, ticket('T-1'))).toMatchObject({ outcome: 'applied', replacesAll: true });
    expect(take(held(), remove('ticket', 'T-1'))).toMatchObject({ outcome: 'applied', replacesAll: true });
    expect(take(held(), null)).toMatchObject({ outcome: 'applied', replacesAll: true });
    expect(take(held(), patch('ticket', 'T-1', { n: 1 }))).toMatchObject({ outcome: 'applied', replacesAll: false });
  });

  it('counts a noted interaction as applied, and every other outcome as itself', () => {
    const outcomes = ['applied', 'noted', 'superseded', 'duplicate', 'rejected'] as const;
    expect(outcomes.map(countOf)).toEqual(['applied', 'applied', 'superseded', 'duplicate', 'rejected']);
  });

  it('knows the key of a rejected record where the record key tells it', () => {
    expect(keyOf(understand(placed('{'), rules, undefined))).toEqual({ tenant, kind: 'ticket', id: 'T-1' });
    expect(keyOf(understand({ ...placed('{'), key: null }, rules, undefined))).toBeUndefined();
  });
});

describe('a fault of ours that a record brings to light', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const fails = () => {
    throw new TypeError('cannot read "secret" of undefined');
  };

  it('in the fold rejects that record, blocks its key for every account, and repeats nothing of what it says', () => {
    vi.spyOn(kinds.ticket, 'facets').mockImplementation(fails);
    const concern = { tenant: 'acme', kind: 'ticket', id: 'T-1', accountId: null };
    const rejection = { reason: 'internal_error', detail: 'TypeError' };
    expect(take(undefined, ticket('T-1'))).toEqual({ outcome: 'rejected', rejection, concern, discarded: false });
  });

  it('in reading rejects it too, with what the topic says it is about', () => {
    const unreadable = {
      ...placed('{}'),
      get value(): never {
        return fails();
      },
    };
    const taken = step(undefined, understand(unreadable, rules, undefined));
    const concern = { tenant: null, kind: 'ticket', id: null, accountId: null };
    expect(taken).toMatchObject({ outcome: 'rejected', rejection: { reason: 'internal_error' }, concern });
  });
});

describe('a rejected record concerns', () => {
  const unversioned = (accountId: string) => ticket('T-1', { accountId }, { entityversion: 'x' });

  it('the account that has the entity, or that the event names, when there is one of them', () => {
    expect(concernOf(take(held(), '{'))).toBe('A-1');
    expect(concernOf(take(undefined, unversioned('A-2')))).toBe('A-2');
    expect(concernOf(take(held(), unversioned('A-1')))).toBe('A-1');
  });

  it('every account when it would have moved the entity from one to another', () => {
    expect(concernOf(take(held(), unversioned('A-2')))).toBeNull();
    const mixed = ticket('T-1', { accountId: 'A-2' }, { entityversion: '5' });
    expect(take(held(), mixed)).toMatchObject({ rejection: { reason: 'version_mixed' }, concern: { accountId: null } });
  });

  it('every account when nobody can say which', () => {
    expect(concernOf(take(undefined, '{'))).toBeNull();
  });
});

describe('a decision', () => {
  it("to redrive puts the repaired event in the record's own place, under the position of the decision", () => {
    expect(take(undefined, '{', redrive(ticket('T-1')))).toMatchObject({
      outcome: 'applied',
      entity: { watermark: { position: { offset: 7n } }, redrives: ['r:0:1'] },
    });
  });

  it('to redrive reads the repaired bytes as a whole event, whatever the headers of the record say', () => {
    const headers = [['ce_specversion', new Uint8Array([0xff])]] as const;
    const understood = understand({ ...placed('{'), headers }, rules, redrive(ticket('T-1')));
    expect(understood.parsed).toMatchObject({ kind: 'event', event: { key: { id: 'T-1' } } });
  });

  it('with a repair that is no event, or about another key, has no effect, and the one before it stands', () => {
    for (const wrong of [ticket('T-2'), { no: 'event' }]) {
      expect(take(undefined, '{', redrive(wrong))).toMatchObject({ outcome: 'rejected' });
      const onTop = redrive(wrong, 'r:0:2', redrive(ticket('T-1')));
      expect(take(undefined, '{', onTop)).toMatchObject({ outcome: 'applied', entity: { redrives: ['r:0:1'] } });
    }
  });

  it('with a second repair has no effect: what has been folded is not taken back', () => {
    const second = redrive(ticket('T-1', { n: 2 }), 'r:0:2', redrive(ticket('T-1', { n: 1 })));
    expect(take(undefined, '{', second)).toMatchObject({ entity: { redrives: ['r:0:1'] } });
  });

  it('to discard takes the block away and leaves a repair before it standing', () => {
    expect(take(undefined, '{', { kind: 'discarded', at: 'r:0:1' })).toMatchObject({
      outcome: 'rejected',
      discarded: true,
    });
    const afterRepair: Decision = { kind: 'discarded', at: 'r:0:2', before: redrive(ticket('T-1')) };
    expect(take(undefined, '{', afterRepair)).toMatchObject({ outcome: 'applied' });
  });
});
