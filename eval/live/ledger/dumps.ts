/** What lies in the engines, read past the service: every record of the topics, every key of Redis, every point of Qdrant. */
import type { QdrantClient } from '@qdrant/js-client-rest';
import { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { heldEntities } from '../../../connectors/qdrant/held.js';
import { type Page, pageOf } from '../../../connectors/qdrant/replies.js';
import { scrollRequest } from '../../../connectors/qdrant/requests.js';
import { controlKeys, Layout, patternsOf, tagOf } from '../../../connectors/redis/layout.js';
import { decodeEntity, keyOfField } from '../../../connectors/redis/values.js';
import type { Entity } from '../../../src/domain/entity.js';
import { waitUntil } from '../services/wait.js';
import type { Dumped, HeldIndex, HeldState } from './history.js';
import { nameOf } from './workload.js';

const READ_WITHIN_MS = 120_000;

/** Every record from the first to the end as it is now, in the order of each partition. */
export async function dumpTopics(kafka: Kafka, admin: Admin, topics: readonly string[]): Promise<readonly Dumped[]> {
  const wanted = new Map<string, number>();
  for (const topic of topics)
    for (const { partition, high } of await admin.fetchTopicOffsets(topic))
      wanted.set(`${topic}:${partition}`, Number(high));
  const consumer = kafka.consumer({ groupId: `dump-${topics[0]}-${performance.now()}` });
  const records: Dumped[] = [];
  const left = new Map([...wanted].filter(([, end]) => end > 0));
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch: { topic, partition, messages } }) => {
        for (const { key, value, offset } of messages) {
          records.push({ topic, partition, offset: BigInt(offset), key, value });
          if (Number(offset) + 1 >= (wanted.get(`${topic}:${partition}`) ?? 0)) left.delete(`${topic}:${partition}`);
        }
      },
    });
    await waitUntil('the topics are read', READ_WITHIN_MS, () => left.size === 0);
  } finally {
    await consumer.disconnect();
  }
  return records;
}

const HASH_READ_MAX = 1_000;

/** Every entity of a state by name, and how many the index is still to be told of. */
export async function dumpRedis(
  url: string,
  prefix: string,
): Promise<{ readonly held: ReadonlyMap<string, HeldState>; readonly pending: number }> {
  const client = new Redis(url);
  try {
    const contents = (await client.hget(controlKeys(prefix).meta, 'contents')) ?? '';
    const held = new Map<string, HeldState>();
    for (const pattern of patternsOf(prefix, contents)) {
      for await (const keys of client.scanStream({ match: pattern, count: HASH_READ_MAX })) {
        for (const key of keys) for (const entity of await entitiesIn(client, String(key))) keep(held, entity);
      }
    }
    return { held, pending: await client.zcard(new Layout(prefix, contents).pending) };
  } finally {
    client.disconnect();
  }
}

async function entitiesIn(client: Redis, key: string): Promise<readonly Entity[]> {
  const [, , space = '', tenant = '', kind = '', id = ''] = tagOf(key).split(':');
  if (space === 'h') {
    // Where no account has it: otherwise the account's own hash does.
    const value = await client.hget(key, 'v');
    return value === null ? [] : [decodeEntity(keyOfField(tenant, `${kind}:${id}`), value)];
  }
  const isOfEntities = space === 'a' ? key.endsWith(':e') : space === 't' && /:[pd]$/.test(key);
  if (!isOfEntities) return [];
  const fields = Object.entries(await client.hgetall(key));
  return fields.map(([field, value]) => decodeEntity(keyOfField(tenant, field), value));
}

function keep(held: Map<string, HeldState>, entity: Entity): void {
  const name = nameOf(entity.key);
  if (held.has(name)) throw new Error(`${name} is in Redis twice`);
  const { position, version } = entity.watermark;
  const value = entity.status === 'present' ? JSON.parse(entity.json) : null;
  held.set(name, { offset: position.offset, version, value });
}

/** Everything behind the alias, by name. */
export async function dumpQdrant(client: QdrantClient, alias: string): Promise<ReadonlyMap<string, HeldIndex>> {
  const { aliases } = await client.getAliases();
  const name = aliases.find((one) => one.alias_name === alias)?.collection_name ?? alias;
  const held = new Map<string, HeldIndex>();
  let strangers = 0;
  const entities = heldEntities(pagesOf(client, name), () => {
    strangers += 1;
  });
  for await (const { key, entityHash, isWhole } of entities) held.set(nameOf(key), { hash: entityHash, isWhole });
  if (strangers > 0) throw new Error(`${strangers} points of the index are no passages`);
  return held;
}

async function* pagesOf(client: QdrantClient, name: string): AsyncGenerator<Page> {
  let offset: string | undefined;
  do {
    const page = pageOf(await client.scroll(name, scrollRequest(null, offset)));
    yield page;
    offset = page.next;
  } while (offset !== undefined);
}
