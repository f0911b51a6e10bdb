/** The whole service on a real broker, fed by a client that is not ours. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, recordOf, ticket } from '../../src/fixtures.test-support.js';
import type { TopicMap } from '../../src/log/topics.js';
import { topicAbout } from '../../src/log/topics.js';
import { type LiveService, openLiveService } from './service.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from './settings.js';
import { kafkaClient, LiveTopics } from './topics.js';

/** Produces a ticket as another team's program would. */
async function produceTicket(map: TopicMap, id: string): Promise<void> {
  const { key, value } = recordOf('ticket', id, ticket(id));
  const producer = kafkaClient(kafkaServers()).producer();
  await producer.connect();
  const message = { key: key && Buffer.from(key), value: value && Buffer.from(value) };
  await producer.send({ topic: topicAbout(map, 'ticket').name, messages: [message] });
  await producer.disconnect();
}

const statusOf = async ({ service }: LiveService, id: string) =>
  (await service.engines.state.entities([keyOf('ticket', id)]))[0]?.status;

describe.skipIf(kafkaUrl() === undefined)(`a whole service (${kafkaMissing()})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-live-'));
  const open: LiveService[] = [];
  let topics: LiveTopics;
  let map: TopicMap;
  const serve = async () => {
    const live = await openLiveService({ url: kafkaUrl() ?? '', topics: map, folder });
    open.push(live);
    await live.caughtUp();
    return live;
  };
  beforeAll(async () => {
    topics = await LiveTopics.open(kafkaServers());
    map = await topics.createMap();
  });
  afterEach(async () => {
    for (const live of open.splice(0)) await live.close();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await topics.close();
  });

  it('sees what another client has produced, and goes on from its journal when it is opened again', async () => {
    await produceTicket(map, 'T-1');
    expect(await statusOf(await serve(), 'T-1')).toBe('present');
    for (const live of open.splice(0)) await live.close();
    await produceTicket(map, 'T-2');
    const again = await serve();
    expect(await Promise.all(['T-1', 'T-2'].map((id) => statusOf(again, id)))).toEqual(['present', 'present']);
    expect(again.notices).toEqual([]);
  });
});
