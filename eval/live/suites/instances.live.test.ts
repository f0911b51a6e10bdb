/**
 * Three services on the same topics, one Redis and one index, one of them only an `api`: what was written through one is read with its
 * token from the others, every time; what one released another replays; what was decided on one is so on all.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../../src/api/world.test-support.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { account, policy, recordOf, ticket } from '../../../src/fixtures.test-support.js';
import { type TopicMap, topicAbout } from '../../../src/log/topics.js';
import { size } from '../../prove/settings.js';
import { forms, owner } from '../clients/forms.js';
import { platformatic } from '../clients/platformatic.js';
import { eventually } from '../eventually.test-support.js';
import { kafkaServers, kafkaUrl, qdrantUrl, redisUrl } from '../settings.js';
import { LiveTopics } from '../topics.js';
import { LiveEngines, missingOf, openApiCase } from './engines.test-support.js';
import { atLeast, itemValue, SharingInstance } from './instances.test-support.js';

const missing = missingOf(['kafka', 'redis', 'qdrant']);

/** Of each sort. */
const WRITES = size(200, 1_000);
const OTHERS_WRITES = size(50, 1_000);
/** Writers at once, each with entities of its own, which it writes over and over: an answer that is too old shows an earlier mark. */
const LANES = 8;

describe.skipIf(missing !== undefined)(
  `instances on one Kafka, Redis and Qdrant (${missing ?? 'all there'})`,
  { timeout: size(300_000, 900_000) },
  () => {
    let topics: LiveTopics;
    let map: TopicMap;
    let engines: LiveEngines;
    let instances: readonly SharingInstance[];
    const at = (number: number): SharingInstance => {
      const one = instances[number % instances.length];
      if (one === undefined) throw new Error('there are instances');
      return one;
    };
    /** The one that is only an `api`. */
    const api = () => at(2);

    beforeAll(async () => {
      topics = await LiveTopics.open(kafkaServers());
      map = await topics.createMap();
      engines = await LiveEngines.open({ redis: redisUrl() ?? '', qdrant: qdrantUrl() ?? '' });
      const plan = { url: kafkaUrl() ?? '', topics: map, stores: engines.settings() };
      const roles = ['all', 'all', 'api'] as const;
      instances = await Promise.all(roles.map((role) => SharingInstance.open({ ...plan, role })));
      await at(0).write([account('A-1'), account(owner)]);
    });
    afterAll(async () => {
      await Promise.all((instances ?? []).map((one) => one.close()));
      await engines?.close();
      await topics?.close();
    });

    /** Each writes in turn with the others through one instance and reads from the next two. Returns what was not read as written. */
    async function everyTime(writes: number, once: (write: number, lane: number) => Promise<unknown>) {
      const missed: unknown[] = [];
      const lanes = Array.from({ length: LANES }, async (_, lane) => {
        for (let write = lane; write < writes; write += LANES) {
          const seen = await once(write, lane);
          if (seen !== write) missed.push({ write, seen });
        }
      });
      await Promise.all(lanes);
      return missed;
    }

    it(`${WRITES} of ${WRITES} writes are read from another instance with their token: GET of the account`, async () => {
      const missed = await everyTime(WRITES, async (mark, lane) => {
        const id = `A-get-${lane}`;
        const token = await at(mark).write([account(id, { mark })]);
        const path = `/v1/accounts/${id}?token=${encodeURIComponent(token)}&deadlineMs=10000`;
        return member(await at(mark + 1 + (mark % 2)).ok(path), 'account', 'value', 'mark');
      });
      expect(missed).toEqual([]);
    });

    it(`${WRITES} of ${WRITES} writes are read from another instance with their token: POST of a context`, async () => {
      const missed = await everyTime(WRITES, async (mark, lane) => {
        const id = `A-post-${lane}`;
        const events = [account(id, { mark }), ticket(`T-post-${lane}`, { accountId: id, mark })];
        const token = await at(mark).write(events);
        const asked = { account: id, consistency: atLeast(token) };
        const read = await at(mark + 1 + (mark % 2)).ok('/v1/context', asked);
        const marks = [`account/${id}`, `ticket/T-post-${lane}`].map((ref) => member(itemValue(read, ref), 'mark'));
        return marks[0] === marks[1] && member(read, 'freshness', 'label') === 'fresh'
          ? marks[0]
          : [marks, read.freshness];
      });
      expect(missed).toEqual([]);
    });

    it(`${WRITES} of ${WRITES} policies are found from another instance with the token of their writing`, async () => {
      const missed = await everyTime(WRITES, async (mark, lane) => {
        const id = `P-${lane}-${mark % 12}`;
        const word = `word${mark}of${lane}`;
        const token = await at(mark).write([policy(id, { policyId: id, title: word, body: `About ${word}.`, mark })]);
        const asked = { question: `What about ${word}?`, limit: 3, consistency: atLeast(token) };
        const read = await at(mark + 1 + (mark % 2)).ok('/v1/search', asked);
        const seen = member(itemValue(read, `policy/${id}`), 'mark');
        return member(read, 'freshness', 'label') === 'fresh' ? seen : [seen, read.freshness];
      });
      expect(missed).toEqual([]);
    });

    it(`an api honours ${OTHERS_WRITES} of ${OTHERS_WRITES} tokens that other clients made of the broker's acknowledgement`, async () => {
      const producer = await platformatic.open(kafkaServers());
      const form = forms.find(({ name }) => name === 'CloudEvents structured');
      if (form === undefined) throw new Error('there is that form');
      const missed = await everyTime(OTHERS_WRITES, async (mark, lane) => {
        const id = `T-other-${lane}`;
        const token = await producer.produce(form.message(map, id, String(mark)));
        const asked = { account: owner, kinds: ['ticket'], consistency: atLeast(token) };
        return Number(member(itemValue(await api().ok('/v1/context', asked), `ticket/${id}`), form.member));
      });
      await producer.close();
      expect(missed).toEqual([]);
    });

    it('a snapshot that one has released is found by the others as it was, and replayed: MATCH at full depth', async () => {
      for (const [number, releasing] of instances.entries()) {
        const asked = { account: 'A-1', question: `What about word${number}of1?`, consistency: { level: 'latest' } };
        const released = await releasing.ask('/v1/context', asked);
        expect(released.status, released.text).toBe(200);
        const path = `/v1/snapshots/${released.body.id}`;
        for (const other of instances.filter((one) => one !== releasing)) {
          // It was on the disk of the first one when it was released, and is in the topic when others find it.
          const found = { ...released.body, audit: expect.objectContaining({ offset: expect.any(String) }) };
          await eventually(async () => expect((await other.ask(path)).body).toEqual(found));
          const verdict = await other.ok(`${path}/replay`, { depth: 'full' });
          expect(verdict).toMatchObject({ verdict: 'MATCH', depth: 'full' });
        }
      }
    });

    it.each([0, 1, 2])('a redrive that was decided on instance %i is so on all of them', async (number) => {
      const id = `T-broken-${number}`;
      const { log } = at(number + 1).live.service.engines;
      const topic = topicAbout(map, 'ticket').name;
      await log.append([{ ...recordOf('ticket', id, '{"broken'), topic }]);
      const letter = await eventually(() => letterAbout(at(number), id));
      const repaired = { json: ticket(id, { mark: number }) };
      const { token } = await at(number).ok(`/v1/rejected/${letter}/redrive`, { repaired });
      for (const one of instances) {
        const read = await one.ok('/v1/context', { account: 'A-1', consistency: atLeast(String(token)) });
        expect(member(itemValue(read, `ticket/${id}`), 'mark')).toBe(number);
        const seen = () => one.ok(`/v1/rejected/${letter}`);
        await eventually(async () => expect(await seen()).toMatchObject({ status: 'redriven' }));
      }
    });

    async function letterAbout(one: SharingInstance, id: string): Promise<string> {
      const { rejected } = await one.ok('/v1/rejected?status=open');
      const all: readonly JsonObject[] = Array.isArray(rejected) ? (rejected as readonly JsonObject[]) : [];
      const found = all.find((letter) => member(letter, 'concern', 'ref') === `ticket/${id}`);
      if (found === undefined) throw new Error(`no letter about ${id}`);
      return String(found.id);
    }

    it('nobody has applied a record twice, and all have the same account of it', async () => {
      // Of a context two records are written, of a redrive the record, its letter and the decision.
      const applied = 2 + 4 * WRITES + OTHERS_WRITES + 3 * 3;
      const nothingElse = { superseded: 0, rejected: 0 };
      for (const one of instances) {
        await one.live.caughtUp();
        expect((await one.ok('/v1/positions')).totals).toMatchObject({ applied, addsUp: true, ...nothingElse });
      }
    });

    openApiCase(() => engines);
  },
);
