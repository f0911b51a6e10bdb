/**
 * Metamorphic laws: what may not matter, does not. Each runs the same records through the whole service twice, arranged differently,
 * and compares state, counts, the bytes of every answer and the verdicts of their replays. A failing law prints its seed and path.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashingEmbedder } from '../../src/retrieval/hashing-embedder.js';
import type { Flow } from '../flow/service.test-support.js';
import { size } from '../prove/settings.js';
import { answers, decide, hashOf, type Lived, live, otherTenant, tenant, verdicts } from './service.test-support.js';
import { countsOf, stateOf, valuesOf, withoutIndex, withoutPositions } from './shown.test-support.js';
import {
  again,
  anyChanges,
  arrangement,
  mixed,
  soundChanges,
  streamOf,
  withDuplicates,
} from './streams.test-support.js';

const runs = { numRuns: size(20, 1_000) };
const timeoutMs = size(120_000, 3_600_000);
const embedder = fc.constantFrom(undefined, new HashingEmbedder());

/** Everything a service shows, its answers as the bytes they were released as. */
async function shown(flow: Flow) {
  const heard = await answers(flow);
  return {
    state: await stateOf(flow),
    answers: heard.map(({ status, text }) => ({ status, text })),
    verdicts: await verdicts(flow, heard),
  };
}

/** Two services, compared by `compare` and stopped. */
async function compared(one: Lived, other: Lived, compare: (one: Flow, other: Flow) => Promise<void>): Promise<void> {
  const flows = [await live(one), await live(other)] as const;
  await compare(...flows);
  await Promise.all(flows.map((flow) => flow.stop()));
}

/** Equal but for positions: values, order, scores, statistics, freshness, omissions, content hash. */
async function expectSameButPositions(one: Flow, other: Flow): Promise<void> {
  expect(await valuesOf(other)).toEqual(await valuesOf(one));
  const [expected, found] = [await answers(one), await answers(other)];
  expect(found.map(withoutPositions)).toEqual(expected.map(withoutPositions));
  for (const verdict of await verdicts(other, found)) expect(verdict).toMatchObject({ verdict: 'MATCH' });
}

describe('batches, interleaving of partitions, redelivery and restarts', () => {
  it(
    'change neither the state nor a byte of an answer nor a verdict (P3, P4, P5)',
    { timeout: timeoutMs },
    async () => {
      const same = fc.asyncProperty(anyChanges, arrangement, embedder, async (changes, arranged, model) => {
        const common = { records: streamOf(tenant, changes), embedder: model };
        await compared(common, { ...common, arrangement: arranged }, async (one, other) => {
          const [expected, found] = [await shown(one), await shown(other)];
          expect(found).toEqual(expected);
          expect(hashOf(found)).toBe(hashOf(expected));
          for (const verdict of found.verdicts) expect(verdict).toMatchObject({ verdict: 'MATCH' });
        });
      });
      await fc.assert(same, runs);
    },
  );

  it(
    'change nothing when an operator decides about a rejected record, nor does a restart after it (P8)',
    {
      timeout: timeoutMs,
    },
    async () => {
      const verb = fc.constantFrom('redrive' as const, 'discard' as const);
      const same = fc.asyncProperty(anyChanges, arrangement, verb, async (changes, arranged, decision) => {
        const records = streamOf(tenant, changes);
        const [one, lived] = [await live({ records }), await live({ records, arrangement: arranged })];
        for (const flow of [one, lived]) await decide(flow, decision);
        const other = await lived.restart();
        expect(await shown(other)).toEqual(await shown(one));
        await Promise.all([one.stop(), other.stop()]);
      });
      await fc.assert(same, runs);
    },
  );
});

describe('events that are sent again, up to as many as there are', () => {
  it(
    'change no value, order, score or content hash, and are each counted as what they are (P1, P4)',
    {
      timeout: timeoutMs,
    },
    async () => {
      const same = fc.asyncProperty(soundChanges, again, arrangement, async (changes, repeats, arranged) => {
        const records = streamOf(tenant, changes);
        const more = withDuplicates(records, repeats);
        await compared({ records }, { records: more, arrangement: arranged }, async (once, often) => {
          const [expected, found] = [await countsOf(once), await countsOf(often)];
          expect(found).toMatchObject({ applied: expected.applied, rejected: 0 });
          const repeated = found.superseded + found.duplicate - expected.superseded - expected.duplicate;
          expect(repeated).toBe(more.length - records.length);
          await expectSameButPositions(once, often);
        });
      });
      await fc.assert(same, runs);
    },
  );
});

describe("another tenant's records in the same partitions, about entities of the same names", () => {
  it('change no value, order, score or content hash (P7)', { timeout: timeoutMs }, async () => {
    const order = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
    const streams = [anyChanges, anyChanges, order, arrangement] as const;
    const same = fc.asyncProperty(...streams, async (ours, theirs, picks, arranged) => {
      const [records, others] = [streamOf(tenant, ours), streamOf(otherTenant, theirs)];
      const together = { records: mixed(records, others, picks), arrangement: arranged };
      await compared({ records }, together, async (alone, beside) => {
        // What is made for an answer is kept for the next one, which may be another tenant's.
        for (const { status } of await answers(beside, otherTenant)) expect(status).toBe(200);
        await expectSameButPositions(alone, beside);
      });
    });
    await fc.assert(same, runs);
  });
});

describe('an embedder', () => {
  it(
    'changes only what is retrieved: the state is the same, and so is an answer without a question (P3)',
    {
      timeout: timeoutMs,
    },
    async () => {
      const same = fc.asyncProperty(anyChanges, arrangement, async (changes, arranged) => {
        const records = streamOf(tenant, changes);
        const withModel = { records, arrangement: arranged, embedder: new HashingEmbedder() };
        await compared({ records }, withModel, async (one, other) => {
          expect(await stateOf(other)).toEqual(await stateOf(one));
          const [expected, found] = [await answers(one), await answers(other)];
          const isKeyed = (_: unknown, index: number) => expected[index]?.body.question === null;
          expect(found.filter(isKeyed).map(withoutIndex)).toEqual(expected.filter(isKeyed).map(withoutIndex));
        });
      });
      await fc.assert(same, runs);
    },
  );
});
