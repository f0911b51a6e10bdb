/**
 * Whatever expires, and when: the state stays what it was, answers given since the last base replay byte for byte, and older ones
 * either do or say that what they were made of has expired. None is ever a mismatch (P1, P3, P5).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import { MemoryLog } from '../../connectors/memory/log.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, patch, policy, ticket } from '../../src/fixtures.test-support.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import { type Action, action, askBoth, carryOut, keys, tenant } from '../flow/actions.test-support.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';
import { stateText } from '../flow/state-text.test-support.js';
import { size } from '../prove/settings.js';

const folders: string[] = [];
const never = new AbortController().signal;

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** All that a base covers goes from every topic but the audit's, except for each partition's last record. */
async function openFlow(): Promise<Flow> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-retention-laws-'));
  folders.push(folder);
  const clock = new TwoHandClock();
  const least = { ageMs: null, bytes: 1 };
  const topics = topicsToOpen(defaultTopics).map((topic) =>
    topic.name === defaultTopics.context ? topic : { ...topic, retention: least },
  );
  const log = new MemoryLog({ topics, clock: () => clock.wallMs() });
  const retention = { log, retentionOf: new Map(topics.map(({ name }) => [name, least])) };
  return Flow.open({ clock, log, retention, tenants: [tenant], checkpoints: new FileCheckpoints(join(folder, 'c')) });
}

/** `touch`: the accounts and a ticket get another full state, so that older answers differ from newer ones. */
type Doing = 'expire' | 'checkpoint' | 'restart' | 'ask' | 'touch';
type Moment = { [Do in Doing]: { readonly do: Do } }[Doing];

const life = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: action },
    { weight: 4, arbitrary: fc.constantFrom<Moment>({ do: 'ask' }, { do: 'touch' }) },
    { weight: 3, arbitrary: fc.constantFrom<Moment>({ do: 'expire' }, { do: 'checkpoint' }, { do: 'restart' }) },
  ),
  { minLength: 2, maxLength: 12 },
);

/** Every verdict there is, whatever chance brings. */
const outlived: readonly Moment[] = [{ do: 'ask' }, { do: 'touch' }, { do: 'ask' }, { do: 'expire' }, { do: 'ask' }];

/** What the base shows a redrive has shaped, an answer given before that has not seen it. */
const ticketKey = { tenant, kind: 'ticket', id: 'T-1' } as const;
const redrivenSince: readonly (Action | Moment)[] = [
  {
    do: 'produce',
    records: [
      { key: ticketKey, value: '{', isKeyed: true },
      { key: ticketKey, value: patch('ticket', 'T-1', { mark: 3 }), isKeyed: true },
    ],
  },
  { do: 'ask' },
  { do: 'decide', verb: 'redrive', index: 0, repaired: true },
  // Refused, once the first decision is in effect.
  { do: 'decide', verb: 'discard', index: 0, repaired: false },
  { do: 'ask' },
  { do: 'expire' },
];
const examples: [(Action | Moment)[]][] = [[[...outlived]], [[...redrivenSince]]];

interface Lived {
  readonly flow: Flow;
  /** Answers, and whether records have expired since. */
  readonly given: readonly { readonly body: JsonObject; readonly isOlder: boolean }[];
}

async function live(moments: readonly (Action | Moment)[]): Promise<Lived> {
  let flow = await openFlow();
  let given: Lived['given'] = [];
  let mark = 0;
  await touch(flow, mark++);
  for (const one of moments) {
    if (one.do === 'touch') await touch(flow, mark++);
    else if (one.do === 'restart') flow = await flow.restart();
    else if (one.do === 'ask') given = [...given, ...(await askBoth(flow)).map((body) => ({ body, isOlder: false }))];
    else if (one.do === 'checkpoint') await flow.service.keeping?.checkpointer.write();
    else if (one.do === 'expire') {
      await flow.service.keeping?.retention?.expire(never);
      given = given.map(({ body }) => ({ body, isOlder: true }));
    } else await carryOut(flow, one);
  }
  await flow.settle();
  return { flow, given };
}

async function touch(flow: Flow, mark: number): Promise<void> {
  const events = [account('A-1', { mark }), account('A-2', { mark }), ticket('T-1', { mark }), policy('P-1', { mark })];
  await flow
    .caller(tenant)
    .ok('/v1/events', { body: events.map((event) => ({ ...event, id: `touch-${event.subject}-${mark}` })) });
}

/** Per answer the verdict, and whether the bytes came again. */
async function verdictsOf({ flow, given }: Lived): Promise<readonly string[]> {
  const caller = flow.caller(tenant);
  const verdicts: string[] = [];
  for (const { body, isOlder } of given) {
    for (const depth of ['content', 'full']) {
      const { verdict, reason = '' } = await caller.ok(`/v1/snapshots/${body.id}/replay`, { body: { depth } });
      verdicts.push(`${isOlder ? 'older' : 'since'} ${verdict} ${reason}`.trim());
    }
    if (!isOlder) expect(await caller.ok(`/v1/snapshots/${body.id}`)).toEqual(body);
  }
  return verdicts;
}

const allowed = ['since MATCH', 'older MATCH', 'older UNREPLAYABLE expired'];

describe('retention', () => {
  it('changes no state, breaks no answer given since, and says of older ones what has become of them', async () => {
    const seen = new Map<string, number>();
    const holds = async (moments: readonly (Action | Moment)[]) => {
      const { flow, given } = await live(moments);
      const lived = await stateText(flow.service, keys);
      const verdicts = await verdictsOf({ flow, given });
      for (const verdict of verdicts) seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      expect(verdicts.filter((verdict) => !allowed.includes(verdict))).toEqual([]);
      const again = await flow.restart();
      expect(await stateText(again.service, keys)).toEqual(lived);
      const { totals } = await again.caller(tenant).ok('/v1/positions');
      expect(totals).toMatchObject({ addsUp: true });
      expect(await verdictsOf({ flow: again, given })).toEqual(verdicts);
      await again.stop();
    };
    await fc.assert(fc.asyncProperty(life, holds), { numRuns: size(30, 2_000), examples });
    expect([...seen.keys()].sort(), 'all sorts have occurred').toEqual([...allowed].sort());
  }, 1_200_000);

  it('leaves a base from which all can be made again when no other checkpoint is left', async () => {
    const holds = async (moments: readonly (Action | Moment)[]) => {
      const { flow } = await live([...moments, { do: 'touch' }, { do: 'expire' }]);
      await flow.service.keeping?.retention?.expire(never);
      const lived = await stateText(flow.service, keys);
      await flow.options.checkpoints?.keepNewest(0);
      const again = await flow.restart();
      expect(again.service.start.from).toMatch(/^base /);
      expect(await stateText(again.service, keys)).toEqual(lived);
      await again.stop();
    };
    await fc.assert(fc.asyncProperty(life, holds), { numRuns: size(10, 1_000) });
  }, 1_200_000);
});
