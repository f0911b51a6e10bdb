/** Read your own writes, whoever writes: the token is what the other client's brokers acknowledged. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/api/app.js';
import { noAuthentication } from '../../../src/api/auth.js';
import { member } from '../../../src/api/world.test-support.js';
import { type Listening, listen } from '../../../src/cli/server.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import { account, recordOf, tenant } from '../../../src/fixtures.test-support.js';
import { type TopicMap, topicAbout } from '../../../src/log/topics.js';
import { createLogger } from '../../../src/observability/logger.js';
import { size } from '../../prove/settings.js';
import { type LiveService, openLiveService } from '../service.test-support.js';
import { loopback } from '../services/ports.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { LiveTopics } from '../topics.js';
import type { ClientMaker, OtherClient } from './client.js';
import { type Form, forms, owner, withPlainAccounts } from './forms.js';
import { javaProducer } from './java.js';
import { kcat } from './kcat.js';
import { platformatic } from './platformatic.js';

/** Of each client; the forms take turns. */
const WRITES = size(99, 1_000);
/** Written over and over, so that an answer that is too old shows an earlier text. */
const IDS = 4;

const clients: readonly ClientMaker[] = [platformatic, javaProducer, kcat];

describe.skipIf(kafkaUrl() === undefined)(`what other clients have written (${kafkaMissing()})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-clients-'));
  let topics: LiveTopics;
  let map: TopicMap;
  let live: LiveService;
  let server: Listening;

  beforeAll(async () => {
    topics = await LiveTopics.open(kafkaServers());
    map = withPlainAccounts(await topics.createMap());
    live = await openLiveService({ url: kafkaUrl() ?? '', topics: map, folder });
    const { name: topic } = topicAbout(map, 'account');
    await live.service.engines.log.append([
      { ...recordOf('account', owner, account(owner)), topic, key: Buffer.from(owner) },
    ]);
    const logger = createLogger({ level: 'error' });
    const auth = noAuthentication(tenant);
    const app = createApp(live.service, { auth, logger, version: '0', stopping: new AbortController().signal });
    server = await listen(app, loopback, 0);
  });
  afterAll(async () => {
    await server.drain();
    await live.close();
    rmSync(folder, { recursive: true, force: true });
    await topics.close();
  });

  async function answered(path: string, body?: JsonObject): Promise<JsonObject> {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
    const answer: unknown = await (await fetch(`${server.url}${path}`, sent)).json();
    return isJsonObject(answer) ? answer : {};
  }

  /** The text of the entity as a fresh context at least as new as the token has it, or what was answered instead. */
  async function textRead(form: Form, id: string, token: string): Promise<unknown> {
    const consistency = { level: 'at_least', tokens: [token], deadlineMs: 10_000 };
    const body = { account: form.account(id), kinds: ['account', 'ticket'], consistency };
    const answer = await answered('/v1/context', body);
    if (member(answer, 'freshness', 'label') !== 'fresh' || !Array.isArray(answer.items)) return answer;
    const at = answer.items.findIndex((item) => isJsonObject(item) && item.ref === form.ref(id));
    return member(answer, 'items', at, 'value', form.member);
  }

  async function readBack(client: OtherClient, name: string) {
    let seen = 0;
    const unseen: unknown[] = [];
    for (let write = 0; write < WRITES; write++) {
      const form = forms[write % forms.length];
      if (form === undefined) throw new Error('there are forms');
      const id = `${name}-${form.name}-${write % IDS}`.replaceAll(/[^A-Za-z0-9-]/g, '-');
      const text = `write ${write}`;
      const token = await client.produce(form.message(map, id, text));
      const read = await textRead(form, id, token);
      if (read === text) seen += 1;
      else unseen.push([form.name, token, read]);
    }
    return { seen, unseen };
  }

  for (const maker of clients) {
    const missing = maker.missing();
    const title = `is seen each time under the token of its acknowledgement: ${maker.name}`;
    const full = missing === undefined ? title : `${title} (${missing})`;
    it.skipIf(missing !== undefined)(full, { timeout: 600_000 }, async () => {
      const client = await maker.open(kafkaServers());
      try {
        expect(await readBack(client, maker.name)).toEqual({ seen: WRITES, unseen: [] });
      } finally {
        await client.close();
      }
    });
  }

  it('is counted once each, and nothing of it rejected', async () => {
    await live.caughtUp();
    const made = clients.filter((maker) => maker.missing() === undefined).length * WRITES + 1;
    const totals = { applied: made, superseded: 0, duplicate: 0, rejected: 0, addsUp: true };
    expect((await answered('/v1/positions')).totals).toMatchObject(totals);
  });
});
