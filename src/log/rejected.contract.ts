/** Every sentence of `rejected-port.ts` as a case. Each implementation of the rejected events runs this suite. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Concern } from '../domain/parse.js';
import { type Position, positionText } from '../domain/position.js';
import { rejection } from '../domain/rejection.js';
import { limits } from '../limits.js';
import type { LogRecord } from './port.js';
import type { DeadLetter, NewDecision, RejectedEvents } from './rejected-port.js';
import { standInBytes, standInMark } from './stand-in.js';

/** One store of rejected events over storage of its own. */
export interface RejectedSubject {
  readonly rejected: RejectedEvents;
  /** Appends a record to the source topic and returns it as the log has it. */
  source(record: Pick<LogRecord, 'key' | 'headers' | 'value'>): Promise<LogRecord>;
  /** The record at a position of the rejected topic, as the materializer gets it. */
  recordAt(position: Position): Promise<LogRecord>;
  /** Opens the same storage again, as after a restart. */
  reopen(): Promise<RejectedEvents>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const concern: Concern = { tenant: 'acme', kind: 'ticket', id: 'T-1', accountId: null };

export function rejectedContract(name: string, make: () => Promise<RejectedSubject>): void {
  describe(`${name} keeps the contract of the rejected events`, () => {
    const made: { subject: RejectedSubject | undefined } = { subject: undefined };
    const subject = (): RejectedSubject => {
      if (made.subject === undefined) throw new Error('the subject is made before each case');
      return made.subject;
    };
    beforeEach(async () => {
      made.subject = await make();
    });

    describe('a letter', () => letterCases(subject));
    describe('its list', () => listCases(subject));
    describe('a decision', () => decisionCases(subject));
  });
}

type Subject = () => RejectedSubject;

async function reject(subject: RejectedSubject, more: Partial<DeadLetter> & { readonly value?: string } = {}) {
  const { value = '{', ...parts } = more;
  const record = parts.record ?? (await subject.source({ key: bytes('acme/T-1'), headers: [], value: bytes(value) }));
  const letter: DeadLetter = { record, rejection: rejection('not_json', 'not valid JSON'), concern, ...parts };
  await subject.rejected.append([letter]);
  return { id: positionText(record.position), record, letter };
}

async function decide(subject: RejectedSubject, id: string, decision: NewDecision): Promise<string> {
  const position = await subject.rejected.decide(id, decision);
  const record = await subject.recordAt(position);
  subject.rejected.adopt(record);
  return positionText(position);
}

const redrive = (repaired: string | null): NewDecision => ({
  kind: 'redriven',
  repaired: repaired === null ? null : bytes(repaired),
});

function letterCases(subject: Subject): void {
  it.each([
    ['ordinary', { key: bytes('acme/T-1'), value: bytes('{"a":1') }],
    ['without a key', { key: null, value: Uint8Array.of(0, 255, 10) }],
    ['a tombstone', { key: bytes('k'), value: null }],
    ['empty', { key: new Uint8Array(), value: new Uint8Array() }],
  ])('keeps bytes, key, headers and full position of a record that is %s', async (_what, parts) => {
    const headers = [
      ['ce_id', bytes('1')],
      ['ce_id', bytes('2')],
      ['', new Uint8Array()],
    ] as const;
    const { id, record } = await reject(subject(), { record: await subject().source({ ...parts, headers }) });
    for (const rejected of [subject().rejected, await subject().reopen()]) {
      const kept = await rejected.bytesOf(id);
      expect(kept).toMatchObject({ key: record.key, value: record.value, headers, position: record.position });
      expect(rejected.find(id)).toMatchObject({
        id,
        position: record.position,
        rejection: { reason: 'not_json' },
        concern,
      });
    }
  });

  it('is not fooled by headers that look like its own', async () => {
    const forged = ['tidemark.rejected.position', 'tidemark.entry', '__connect.errors.topic', 'tidemark.rejected.kept'];
    const headers = forged.map((name) => [name, bytes('reference')] as const);
    const source = await subject().source({ key: null, headers, value: bytes('{') });
    const { id } = await reject(subject(), { record: source });
    const reopened = await subject().reopen();
    expect(await reopened.bytesOf(id)).toMatchObject({ headers, value: bytes('{') });
  });

  it('of a record that would not fit a second time refers to it', async () => {
    const headers = Array.from({ length: limits.recordHeadersMax }, (_, n) => [`h${n}`, bytes('x')] as const);
    const large = new Uint8Array(limits.frameBytesMax - 2_048).fill(120);
    for (const parts of [
      { headers, value: bytes('{') },
      { headers: [], value: large },
    ]) {
      const { id } = await reject(subject(), { record: await subject().source({ key: bytes('k'), ...parts }) });
      const kept = await (await subject().reopen()).bytesOf(id);
      expect(kept?.headers.length).toBe(parts.headers.length);
      // Not `toEqual`, which takes seconds for a megabyte.
      expect(Buffer.compare(kept?.value ?? new Uint8Array(), parts.value)).toBe(0);
    }
  });

  it('of what stands in for a record does not pass it for the record, and says where the original is', async () => {
    const original = { key: bytes('k'), headers: [], value: new Uint8Array(limits.frameBytesMax) };
    const headers = [standInMark(original)];
    const record = await subject().source({ ...original, headers, value: new Uint8Array(standInBytes) });
    const { id } = await reject(subject(), { record, rejection: rejection('too_large', 'of the stand-in') });
    for (const rejected of [subject().rejected, await subject().reopen()]) {
      expect(await rejected.bytesOf(id)).toBeUndefined();
      expect(rejected.find(id)?.rejection.detail).toMatch(/^a record of \d+ bytes.* only in its topic$/);
      expect((await rejected.repairable(id))?.key).toEqual(record.key);
    }
  });

  it('is written once, however often its record is rejected', async () => {
    const { letter } = await reject(subject());
    await subject().rejected.append([letter]);
    const reopened = await subject().reopen();
    await reopened.append([letter]);
    expect(reopened.list(null)).toHaveLength(1);
    expect((await subject().reopen()).list(null)).toHaveLength(1);
  });
}

function listCases(subject: Subject): void {
  it('is newest first, of one tenant and of those whose tenant nobody could read', async () => {
    const of = (tenant: string | null) => reject(subject(), { concern: { ...concern, tenant } });
    const [a, b, unknown] = [await of('acme'), await of('other'), await of(null)];
    const ids = (tenant: string | null) =>
      subject()
        .rejected.list(tenant)
        .map(({ id }) => id);
    expect(ids('acme')).toEqual([unknown.id, a.id]);
    expect(ids('other')).toEqual([unknown.id, b.id]);
    expect(ids(null)).toEqual([unknown.id, b.id, a.id]);
    expect((await subject().reopen()).list('acme').map(({ id }) => id)).toEqual([unknown.id, a.id]);
  });

  it('knows nothing of a record that was not rejected', async () => {
    expect(subject().rejected.find('support.tickets:0:99')).toBeUndefined();
    expect(await subject().rejected.bytesOf('support.tickets:0:99')).toBeUndefined();
  });
}

function decisionCases(subject: Subject): void {
  it('takes effect when it is adopted, not before, and once', async () => {
    const { id } = await reject(subject());
    const record = await subject().recordAt(await subject().rejected.decide(id, redrive('{}')));
    expect(subject().rejected.decisionOn(id)).toBeUndefined();
    expect(subject().rejected.newDecision(record)).toMatchObject({ event: { id }, decision: { kind: 'redriven' } });
    expect(subject().rejected.decisionOn(id)).toBeUndefined();
    subject().rejected.adopt(record);
    expect(subject().rejected.newDecision(record)).toBeUndefined();
    expect(subject().rejected.find(id)?.decision).toMatchObject({ kind: 'redriven', repaired: bytes('{}') });
  });

  it('is known from the start after a restart', async () => {
    const { id } = await reject(subject());
    const at = await decide(subject(), id, redrive(null));
    const reopened = await subject().reopen();
    expect(reopened.decisionOn(id)).toEqual({ kind: 'redriven', at, repaired: null });
    expect(reopened.find(id)?.decision).toEqual({ kind: 'redriven', at, repaired: null });
  });

  it('is the last one made; on top of those before it', async () => {
    const { id } = await reject(subject());
    const first = await decide(subject(), id, redrive('1'));
    const second = await decide(subject(), id, redrive('2'));
    expect(subject().rejected.decisionOn(id)).toMatchObject({ at: second, repaired: bytes('2') });
    const third = await decide(subject(), id, { kind: 'discarded' });
    for (const rejected of [subject().rejected, await subject().reopen()]) {
      expect(rejected.decisionOn(id)).toMatchObject({
        kind: 'discarded',
        at: third,
        before: { at: second, before: { at: first } },
      });
    }
  });

  it('that lapsed decides nothing, here or after a restart; what had been decided before it stands', async () => {
    const { id } = await reject(subject());
    const first = await decide(subject(), id, { kind: 'discarded' });
    const position = await subject().rejected.decide(id, redrive('{}'));
    const record = await subject().recordAt(position);
    await subject().rejected.lapse(id, positionText(position));
    expect(subject().rejected.newDecision(record)).toBeUndefined();
    subject().rejected.adopt(record);
    for (const rejected of [subject().rejected, await subject().reopen()]) {
      expect(rejected.decisionOn(id)).toEqual({ kind: 'discarded', at: first });
      rejected.adopt(record);
      expect(rejected.find(id)?.decision).toEqual({ kind: 'discarded', at: first });
    }
    const last = await decide(subject(), id, redrive('1'));
    expect(subject().rejected.decisionOn(id)).toMatchObject({ at: last, before: { at: first } });
  });

  it('is new again where what is known is taken back before it, and those before it stay', async () => {
    const { id } = await reject(subject());
    const first = await decide(subject(), id, { kind: 'discarded' });
    const position = await subject().rejected.decide(id, redrive('{}'));
    const record = await subject().recordAt(position);
    subject().rejected.adopt(record);
    subject().rejected.retreat(position.offset - 1n);
    expect(subject().rejected.adoptedThrough).toBe(position.offset - 1n);
    expect(subject().rejected.decisionOn(id)).toEqual({ kind: 'discarded', at: first });
    expect(subject().rejected.newDecision(record)).toMatchObject({ decision: { kind: 'redriven' } });
  });

  it('that lapsed is written as lapsed once', async () => {
    const { id } = await reject(subject());
    const at = positionText(await subject().rejected.decide(id, redrive('{}')));
    await subject().rejected.lapse(id, at);
    const before = await subject().rejected.decide(id, { kind: 'discarded' });
    await subject().rejected.lapse(id, at);
    await (await subject().reopen()).lapse(id, at);
    const after = await subject().rejected.decide(id, { kind: 'discarded' });
    expect(after.offset - before.offset).toBe(1n);
  });

  it('is looked at and made alone, in turn, also when somebody before has failed', async () => {
    const { rejected } = subject();
    const order: string[] = [];
    let goOn: () => void = () => undefined;
    const first = rejected.alone(async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      order.push('first');
      throw new Error('of the first');
    });
    const second = rejected.alone(async () => order.push('second'));
    await vi.waitFor(() => goOn());
    goOn();
    await expect(first).rejects.toThrow('of the first');
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it('about something that was never rejected decides nothing', async () => {
    const position = await subject().rejected.decide('support.tickets:0:99', redrive('{}'));
    expect(subject().rejected.newDecision(await subject().recordAt(position))).toBeUndefined();
    expect((await subject().reopen()).decisionOn('support.tickets:0:99')).toBeUndefined();
  });
}
