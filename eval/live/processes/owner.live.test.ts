/** One process of a group serves; a second one is refused, or takes over from one that is gone, and the one that comes back writes nothing. */
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.js';
import { nothingLost, nothingTwice } from '../../processes/checks.test-support.js';
import { Clients } from '../../processes/clients.test-support.js';
import { endAll, ensureBuilt, type Heard, type Server } from '../../processes/server.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { ProcessScene } from './scene.test-support.js';

/** A dead member is put out, the one that waits is told, and a busy machine starts slowly. */
const takeoverMs = limits.remoteSessionMs + limits.remoteSessionGraceMs + 30_000;

describe.skipIf(kafkaUrl() === undefined)(`processes of one group (${kafkaMissing()})`, () => {
  let scene: ProcessScene;
  let clients: Clients;
  beforeAll(ensureBuilt);
  beforeEach(async () => {
    scene = await ProcessScene.open('file');
    clients = new Clients(1);
  });
  afterEach(async () => {
    endAll();
    await scene.close();
  });

  /** As on another machine: the group and the topics are those of the first, the folder is not. */
  const elsewhere = (name: string) => ({ JOURNAL_URL: `file:${join(scene.folder, name)}` });
  const work = async (server: Server, more: number) => {
    const enough = clients.operations + more;
    await clients.work(server, () => clients.operations >= enough);
    await clients.settle(server);
  };

  it('a second one refuses with one clear line and code 1 while the first serves, and starts when that was killed (row 21)', async () => {
    const first = await scene.start();
    const refused = scene.spawn(elsewhere('second'));
    await work(first, 30);
    expect(await refused.exited).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: another instance works/),
    });
    await nothingLost(first, clients);
    await first.kill();
    const killedAtMs = performance.now();
    const second = await scene.start(elsewhere('second'));
    expect(countedMs(killedAtMs)).toBeLessThan(takeoverMs);
    await work(second, 30);
    await nothingLost(second, clients);
    await nothingTwice(second, clients, scene.map.rejected);
  });

  it('one that was stopped for twice the session and goes on writes nothing more, and ends (row 20)', async () => {
    const first = await scene.start();
    await work(first, 40);
    first.signal('SIGSTOP');
    await eventually(() => expect(first.isStopped).toBe(true));
    const stoppedAtMs = performance.now();
    const second = await scene.start(elsewhere('second'));
    await work(second, 40);
    const inFlight = writesTo(first);
    const isLong = () => expect(performance.now() - stoppedAtMs).toBeGreaterThan(2 * limits.remoteSessionMs);
    await eventually(isLong, { everyMs: 100 });
    await second.ready();
    const before = await written();
    first.signal('SIGCONT');
    const heard = await Promise.all(inFlight);
    expect(await first.exited).toMatchObject({ code: 1, err: expect.stringContaining('has taken over') });
    for (const answer of heard.filter(isAccepted)) {
      expect(answer).toMatchObject(spooled);
      if (!isLabelledOld(answer)) expect(behindOf(answer, before)).toEqual([]);
    }
    expect(heard.filter((one) => one.kind === 'reply' && one.status === 503).length).toBeGreaterThan(0);
    expect(await written()).toEqual(before);
    await nothingLost(second, clients);
    await nothingTwice(second, clients, scene.map.rejected);
  });

  /** Events, and questions that leave a record, which a server that is stopped will find when it goes on. */
  function writesTo(server: Server): readonly Promise<Heard>[] {
    const [one] = clients.acknowledged;
    return Array.from({ length: 20 }, (_, n) =>
      n % 2 === 0
        ? server.ask('/v1/events', [{ ...one?.event, id: `stale-${n}` }])
        : server.ask('/v1/context', { account: one?.account }),
    );
  }

  /** The ends of all topics, and what is committed under the group. */
  async function written() {
    const { sources, rejected, context } = scene.map;
    const topics = [...sources.map(({ name }) => name), rejected, context];
    const ends = topics.map(async (topic) => {
      const partitions = await scene.topics.admin.fetchTopicOffsets(topic);
      return partitions.map(({ partition, high }) => [`${topic}:${partition}`, BigInt(high)] as const);
    });
    return new Map((await Promise.all(ends)).flat());
  }
});

/** All that it may still answer: a question, on record on its own disk. */
const spooled = { body: { audit: { spooled: expect.any(String) } } };

function isLabelledOld(heard: Heard): boolean {
  const label = answerOf(heard)?.freshness.label;
  return label === 'stale' || label === 'unknown';
}

/** A snapshot always has these. */
function answerOf(heard: Heard): Answered | undefined {
  return heard.kind === 'reply' ? (heard.body as unknown as Answered) : undefined;
}

interface Answered {
  readonly freshness: { readonly label: string };
  readonly stamp: { readonly through: Readonly<Record<string, Readonly<Record<string, string>>>> };
}

/** Partitions in which the answer lacks what stood in the log: it reads the log without the group, so it may have come up with it again. */
function behindOf(heard: Heard, ends: ReadonlyMap<string, bigint>): readonly string[] {
  const through = answerOf(heard)?.stamp.through ?? {};
  const seen = Object.entries(through).flatMap(([topic, partitions]) =>
    Object.entries(partitions).map(([partition, offset]) => [`${topic}:${partition}`, BigInt(offset)] as const),
  );
  return seen.filter(([name, offset]) => offset + 1n < (ends.get(name) ?? 0n)).map(([name]) => name);
}

function isAccepted(heard: Heard): boolean {
  return heard.kind === 'reply' && heard.status === 200;
}
