/** A write's token makes the next read see exactly that write: through the whole service, over both embedded logs. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, patch, ticket } from '../../src/fixtures.test-support.js';
import { ScratchFolder } from './file-log.test-support.js';
import { type Caller, Flow, memoryLog, TwoHandClock } from './service.test-support.js';

const tenant = 'acme';
const accounts = ['A-1', 'A-2', 'A-3', 'A-4', 'A-5'] as const;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openFlow(where: 'memory' | 'file'): Promise<Flow> {
  const clock = new TwoHandClock();
  const folder = where === 'file' ? await ScratchFolder.make() : undefined;
  if (folder !== undefined) cleanups.push(() => folder.remove());
  const log = folder === undefined ? memoryLog(clock) : await folder.open(clock);
  const flow = await Flow.open({ clock, log, tenants: [tenant] });
  cleanups.push(() => flow.stop());
  await flow.caller(tenant).ok('/v1/events', { body: accounts.map((id) => account(id)) });
  return flow;
}

/** One write, as drawn: full state or patch, of an account or of one of its tickets. */
interface Write {
  readonly accountId: string;
  readonly ticket: number | null;
  readonly op: 'upsert' | 'patch';
}

const write: fc.Arbitrary<Write> = fc.record({
  accountId: fc.constantFrom(...accounts),
  ticket: fc.option(fc.nat({ max: 2 }), { nil: null }),
  op: fc.constantFrom('upsert', 'patch'),
});

/** Writes what was drawn and nothing else; `count` is the version that has to be seen. */
class Writer {
  #count = 0;
  readonly #opened = new Set<string>();

  constructor(
    readonly caller: Caller,
    /** Keeps the keys of one writer apart from those of the others. */
    readonly name: string,
  ) {}

  /** What the read at the write's token shows of the entity, and what it has to show. */
  async writeAndRead(drawn: Write): Promise<{ readonly seen: unknown; readonly written: unknown }> {
    const count = ++this.#count;
    const { ref, event } = this.#eventOf(drawn, count);
    const reply = await this.caller.ok('/v1/events', { body: event });
    const consistency = { level: 'at_least', tokens: [reply.token] };
    const snapshot = await this.caller.ok('/v1/context', { body: { account: drawn.accountId, consistency } });
    const items = snapshot.items as readonly JsonObject[];
    const item = items.find((one) => one.ref === ref);
    const at = (from: unknown) => [member(from as JsonObject, 'partition'), member(from as JsonObject, 'offset')];
    return {
      seen: { count: member(item ?? {}, 'value', `count-${this.name}`), at: at(item?.source) },
      written: { count, at: at(member(reply, 'events', 0, 'position')) },
    };
  }

  #eventOf({ accountId, ticket: number, op }: Write, count: number) {
    const kind = number === null ? 'account' : 'ticket';
    const id = number === null ? accountId : `T-${this.name}-${accountId}-${number}`;
    const ref = `${kind}/${id}`;
    const data = { [`count-${this.name}`]: count };
    const isNew = kind === 'ticket' && !this.#opened.has(ref);
    this.#opened.add(ref);
    if (op === 'patch' && !isNew) return { ref, event: patch(kind, id, data, { id: `${this.name}-${count}`, tenant }) };
    const more = { id: `${this.name}-${count}`, tenant };
    const event = kind === 'account' ? account(id, data, more) : ticket(id, { accountId, ...data }, more);
    return { ref, event };
  }
}

describe('a write and the read at its token', () => {
  it.each([
    ['memory', 1_000],
    ['file', 200],
  ] as const)(
    'agree every time, over the %s log, %i times',
    async (where, numRuns) => {
      const flow = await openFlow(where);
      const writer = new Writer(flow.caller(tenant), 'w');
      const agrees = async (drawn: Write) => {
        const { seen, written } = await writer.writeAndRead(drawn);
        expect(seen).toEqual(written);
      };
      await fc.assert(fc.asyncProperty(write, agrees), { numRuns });
      const { totals } = await flow.caller(tenant).ok('/v1/positions');
      expect(totals).toMatchObject({ applied: numRuns + accounts.length, addsUp: true, rejected: 0, duplicate: 0 });
    },
    60_000,
  );

  it('agree for each of twenty writers at once, over the file log', async () => {
    const flow = await openFlow('file');
    const writers = Array.from({ length: 20 }, (_, index) => new Writer(flow.caller(tenant), `w${index}`));
    const owned = fc.sample(write, { numRuns: 200, seed: 20_260_301 }).filter((drawn) => drawn.ticket !== null);
    const all = await Promise.all(
      writers.map(async (writer, index) => {
        const results: Awaited<ReturnType<Writer['writeAndRead']>>[] = [];
        for (let at = index; at < owned.length; at += writers.length) {
          const drawn = owned[at];
          if (drawn !== undefined) results.push(await writer.writeAndRead(drawn));
        }
        return results;
      }),
    );
    const results = all.flat();
    expect(results.length).toBeGreaterThan(100);
    expect(results.map(({ seen }) => seen)).toEqual(results.map(({ written }) => written));
  }, 60_000);
});
