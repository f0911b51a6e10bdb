/**
 * One request to append, idempotent (KIP-98): what is sent again because its answer was lost is written once. The numbering of records is
 * thrown away after any failure: nobody knows then which numbers have been used, and brokers would take the next records for those
 * and drop them, saying that they were written. Not through kafkajs: it groups headers by their names, and so loses their order.
 */
import { systemClock } from '../../src/domain/clock.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { Outgoing } from './append-queue.js';
import type { Cluster, Leader } from './cluster.js';
import { kafkaError, notOwner, refusedByNumber } from './errors.js';
import { type Batch, batchesOf, type FailedBatch, keyOf, type Numbering, type Produced } from './produce.js';
import { KafkaWire, type ProduceWire } from './produce-wire.js';
import type { Sent, Written } from './producer.js';
import type { NodeAddress } from './settings.js';

const UNKNOWN_TOPIC = 3;
const LEADER_NOT_AVAILABLE = 5;

/** Batches that a call was to write, and what has become of them by now. */
interface Call {
  readonly ended: AbortSignal;
  /** Of this call alone for as long as it lasts: one that was given up and goes on must not number what another sends. */
  numbering: Promise<Numbering> | undefined;
  left: readonly Batch[];
  readonly written: Written[];
  readonly failed: FailedBatch[];
}

export class KafkaSender {
  readonly #cluster: Pick<Cluster, 'describe' | 'leaderOf' | 'topic'>;
  readonly #mayWrite: () => boolean;
  readonly #wire: ProduceWire;
  #numbering: Promise<Numbering> | undefined;

  /** `mayWrite` is asked before each writing: a process whose place another may have taken writes nothing, not even once more. */
  constructor(
    cluster: Pick<Cluster, 'settings' | 'describe' | 'leaderOf' | 'topic'>,
    mayWrite: () => boolean = () => true,
    wire: ProduceWire = new KafkaWire(cluster.settings),
  ) {
    this.#cluster = cluster;
    this.#mayWrite = mayWrite;
    this.#wire = wire;
  }

  /** Within `limits.remoteAppendMs`; what the brokers have not answered by then has failed, and is not sent again. Never rejects. */
  async send(outgoing: readonly Outgoing[]): Promise<Sent> {
    const ending = new AbortController();
    const numbering = this.#numbering;
    this.#numbering = undefined;
    const call: Call = { ended: ending.signal, numbering, left: batchesOf(outgoing), written: [], failed: [] };
    await Promise.race([this.#run(call), systemClock.sleep(limits.remoteAppendMs, ending.signal)]);
    ending.abort();
    const failed = [...call.failed, ...call.left.map((batch) => ({ batch, error: unanswered() }))];
    if (failed.length === 0) this.#numbering = call.numbering;
    return {
      written: [...call.written],
      failed: failed.map(({ batch: { topic, partition }, error }) => ({ topic, partition, error })),
    };
  }

  close(): void {
    this.#wire.close();
  }

  /** What may pass is tried again, as long as somebody waits for it. */
  async #run(call: Call): Promise<void> {
    for (let attempt = 0; attempt <= limits.remoteClientRetriesMax; attempt++) {
      if (attempt > 0) await this.#pause(call, attempt - 1);
      if (call.ended.aborted || call.left.length === 0) return;
      await this.#try(call, attempt === limits.remoteClientRetriesMax);
    }
  }

  async #pause({ left, ended }: Call, attempt: number): Promise<void> {
    if (left.length === 0) return;
    await systemClock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** attempt, limits.remoteClientRetryMsMax), ended);
    // Who leads now; when nobody can tell, the next try goes where this one went.
    if (!ended.aborted) await this.#cluster.describe(topicsOf(left)).catch(() => undefined);
  }

  async #try(call: Call, isLast: boolean): Promise<void> {
    const batches = call.left;
    const unknown = topicsOf(batches).filter((topic) => this.#cluster.topic(topic) === undefined);
    try {
      if (unknown.length > 0) await this.#cluster.describe(unknown);
    } catch (error) {
      return note(call, failedAll(batches, error), isLast);
    }
    const led = new Map<Leader['node'], { readonly leader: Leader; readonly batches: Batch[] }>();
    const leaderless: FailedBatch[] = [];
    for (const batch of batches) {
      const leader = this.#cluster.leaderOf(batch.topic, batch.partition);
      if (leader === undefined) leaderless.push({ batch, error: this.#withoutLeader(batch), mayPass: true });
      else if (led.get(leader.node)?.batches.push(batch) === undefined)
        led.set(leader.node, { leader, batches: [batch] });
    }
    note(call, { written: [], failed: leaderless }, isLast);
    // What one broker has written is noted though another one says nothing until the call is given up.
    const asked = [...led.values()].map(async ({ leader: { address }, batches: some }) =>
      note(call, await this.#ask(call, address, some), isLast),
    );
    await Promise.all(asked);
  }

  async #ask(call: Call, address: NodeAddress, batches: readonly Batch[]): Promise<Produced> {
    const assertMay = () => {
      if (call.ended.aborted) throw unanswered();
      if (!this.#mayWrite()) throw notOwner('appended');
    };
    try {
      call.numbering ??= this.#wire.askForId(address);
      const numbering = await call.numbering.catch((error: unknown) => {
        call.numbering = undefined;
        throw error;
      });
      assertMay();
      return await this.#wire.produce(address, { batches, numbering }, assertMay);
    } catch (error) {
      return failedAll(batches, error);
    }
  }

  #withoutLeader({ topic }: Batch): TidemarkError {
    const isThere = this.#cluster.topic(topic) !== undefined;
    return refusedByNumber(isThere ? LEADER_NOT_AVAILABLE : UNKNOWN_TOPIC, 'appending');
  }
}

/** What may pass is left, unless this was the last try. A call that was given up has been told of already. */
function note(call: Call, { written, failed }: Produced, isLast: boolean): void {
  if (call.ended.aborted) return;
  const over = failed.filter(({ mayPass }) => isLast || !mayPass);
  call.written.push(...written);
  call.failed.push(...over);
  const done = new Set([...written, ...over.map(({ batch }) => batch)].map(keyOf));
  call.left = call.left.filter((batch) => !done.has(keyOf(batch)));
}

const FIRST_PAUSE_MS = 100;

function topicsOf(batches: readonly Batch[]): readonly string[] {
  return [...new Set(batches.map(({ topic }) => topic))];
}

function failedAll(batches: readonly Batch[], error: unknown): Produced {
  const mayPass = kafkaError(error, 'appending').retriable;
  return { written: [], failed: batches.map((batch) => ({ batch, error, mayPass })) };
}

function unanswered(): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: `The Kafka brokers have not acknowledged an append within ${limits.remoteAppendMs} ms.`,
    advice: 'Try again; the records may have been written.',
    retriable: true,
  });
}
