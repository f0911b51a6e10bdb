/** What is done to the engines and instances while the ledger runs. Each says what shows that it bit, and rejects when nothing does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../services/wait.js';
import { kafkaClient } from '../topics.js';
import { answerOf, hasReason, type Reply } from './history.js';
import { type Name, names } from './instances.js';
import type { Scene } from './scene.js';
import type { Subject } from './workload.js';

export interface Fault {
  readonly name: string;
  run(scene: Scene): Promise<string>;
}

/** What an earlier fault has lost is folded again first, at full size all of the world. */
const FOLDED_AGAIN_WITHIN_MS = 300_000;
/** Above the session of the group, with what it takes to notice its end on a busy machine. */
const TAKEN_OVER_WITHIN_MS = 120_000;
const SEEN_WITHIN_MS = 60_000;
const REDIS_STANDS_MS = 1_000;
const DELAY_MS = 1_000;
const LATE_READS = 10;

/** kill -9 of an instance, which starts again on what it had. */
export function killed(name: Name): Fault {
  return {
    name: `kill -9 of ${name}`,
    run: async ({ instances }) => {
      const signal = await instances.kill(name);
      bites(signal === 'SIGKILL', `${name} ended by ${signal}`);
      await instances.start(name);
      return `ended by ${signal}`;
    },
  };
}

/** All connections of instance c to the brokers end at once. */
export const cut: Fault = {
  name: 'connections to the brokers cut',
  run: async ({ proxy }) => {
    const { connections } = proxy.counts;
    const open = proxy.openConnections;
    bites(open > 0, 'no connection was open');
    proxy.cut();
    await waitUntil('c has connected again', SEEN_WITHIN_MS, () => proxy.counts.connections > connections);
    return `${open} connections`;
  },
};

/** kill -9 of Redis, started again on its append-only file. */
export const redisRestarted: Fault = {
  name: 'Redis killed and restarted',
  run: async ({ redis }) => {
    const before = await runId(redis);
    await redis.restart();
    const after = await runId(redis);
    bites(before !== after, 'it is the same process');
    return 'another run id';
  },
};

/** SIGSTOP of Redis for a second. */
export const redisStops: Fault = {
  name: 'Redis stands still',
  run: async ({ redis, readers }) => {
    const from = readers.replies.length;
    redis.server.pause();
    const refused = () => readers.replies.slice(from).filter(({ status }) => status === 503).length;
    // What is shown is how long it stands, so it is time that is waited for.
    await sleep(REDIS_STANDS_MS);
    const stood = redis.server.isStopped;
    redis.server.resume();
    bites(stood, 'it went on by itself');
    await waitUntil('a reader was refused', SEEN_WITHIN_MS, () => refused() > 0);
    return `${refused()} readers refused`;
  },
};

/** kill -9 of Qdrant, started again on its files. */
export const qdrantRestarted: Fault = {
  name: 'Qdrant killed and restarted',
  run: async ({ qdrant, readers }) => {
    const from = readers.replies.length;
    await qdrant.server.kill();
    await waitUntil('an answer says so', SEEN_WITHIN_MS, () => unretrieved(readers.replies.slice(from)) > 0);
    await qdrant.server.start();
    return `${unretrieved(readers.replies.slice(from))} answers without the index`;
  },
};

function unretrieved(replies: readonly Reply[]): number {
  return replies.filter((reply) => {
    const answer = answerOf(reply);
    return answer === undefined ? reply.text.includes('index_unavailable') : hasReason(answer, 'retrieval_unavailable');
  }).length;
}

/** Redis loses everything. */
export const flushed: Fault = {
  name: 'FLUSHALL',
  run: async ({ redis, instances }) => {
    const before = await instances.total('tidemark_state_regresses');
    await redis.flush();
    const noticed = async () => (await instances.total('tidemark_state_regresses')) - before;
    await waitUntil('the loss is noticed', SEEN_WITHIN_MS, async () => (await noticed()) > 0);
    return `${await noticed()} instances noticed`;
  },
};

async function runId(redis: Scene['redis']): Promise<string | undefined> {
  return /run_id:(\w+)/.exec(String(await redis.server.ask('INFO', 'server')))?.[1];
}

/**
 * Instance c is stopped while it waits for the brokers to acknowledge the letter of a record it is about to apply. It stands until its
 * partition is another's and is past that record; then it goes on, and with it its write, on what it had read long ago.
 */
export const zombie: Fault = {
  name: 'an instance is stopped past its session with a batch in flight',
  run: async (scene) => {
    const { instances, proxy, source, readers } = scene;
    const { subject, partition } = await subjectOf(scene, 'c');
    const letters = await lettersOf(scene);
    const before = await instances.number('c', 'tidemark_write_conflicts');
    try {
      await proxy.setFault({ kind: 'delay', byMs: DELAY_MS });
      const [poison] = await source.poison(subject);
      await waitUntil('its letter is written', FOLDED_AGAIN_WITHIN_MS, () =>
        letters.has(`${partition}:${poison?.offset}`),
      );
      await instances.stop('c');
      await waitUntil('its partition is applied by another', TAKEN_OVER_WITHIN_MS, () =>
        isPast(scene, partition, poison?.offset ?? 0n),
      );
      readers.askSome(LATE_READS, 'c');
      await proxy.setFault({ kind: 'none' });
    } finally {
      await letters.close();
      await proxy.setFault({ kind: 'none' });
      instances.goOn('c');
    }
    await waitUntil('it takes part again', TAKEN_OVER_WITHIN_MS, async () => (await instances.owned('c')).length > 0);
    const refused = (await instances.number('c', 'tidemark_write_conflicts')) - before;
    instances.lateRefused += refused;
    return `${refused} of its writes refused`;
  },
};

/** Of which the records are applied by that instance. */
async function subjectOf({ instances, source }: Scene, name: Name) {
  let found: { readonly subject: Subject; readonly partition: string } | undefined;
  await waitUntil(`${name} applies something`, TAKEN_OVER_WITHIN_MS, async () => {
    const owned = new Set(await instances.owned(name));
    for (const subject of source.subjects) {
      const { topic, partition } = source.placeOf(subject);
      if (owned.has(`${topic}:${partition}`)) found ??= { subject, partition: `${topic}:${partition}` };
    }
    return found !== undefined;
  });
  if (found === undefined) throw new Error(`${name} applies nothing`);
  return found;
}

async function isPast({ instances }: Scene, partition: string, offset: bigint): Promise<boolean> {
  for (const name of names.filter((one) => instances.answering.includes(one))) {
    const { partitions } = await instances.positions(name);
    const at = partitions.find((one) => `${one.topic}:${one.partition}` === partition);
    if (at?.owned === true && BigInt(String(at.appliedThrough ?? -1)) >= offset) return true;
  }
  return false;
}

/** Positions of rejected records, as their letters come to stand in their topic. */
async function lettersOf({ topics, map }: Scene) {
  const consumer = kafkaClient(topics.servers).consumer({ groupId: `letters-${map.rejected}-${performance.now()}` });
  const seen = new Set<string>();
  await consumer.connect();
  await consumer.subscribe({ topic: map.rejected, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { headers } }) => void seen.add(String(headers?.['tidemark.rejected.position'])),
  });
  return { has: (id: string) => seen.has(id), close: () => consumer.disconnect() };
}

function bites(isSeen: boolean, otherwise: string): void {
  if (!isSeen) throw new Error(`the fault did not bite: ${otherwise}`);
}
