/**
 * One request to append, idempotent (KIP-98): what is sent again because its answer was lost is written once. The numbering of records is
 * thrown away after any failure: nobody knows then which numbers have been used, and brokers would take the next records for those
 * and drop them. Not through kafkajs: it groups headers by their names, and so loses their order.
 */
import { systemClock } from '../../src/domain/clock.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { Outgoing } from './append-queue.js';
import type { Cluster, Leader } from './cluster.js';
import { Connections } from './connections.js';
import { kafkaError, notOwner, refusedByNumber } from './errors.js';
import {
  askForId,
  type Batch,
  batchesOf,
  type FailedBatch,
  type Numbering,
  type Produced,
  produce,
} from './produce.js';
import type { Written } from './producer.js';
import type { NodeAddress } from './settings.js';

const UNKNOWN_TOPIC = 3;
const LEADER_NOT_AVAILABLE = 5;

export class KafkaSender {
  readonly #cluster: Cluster;
  /** Of its own: an append waits for replicas, and a broker answers what comes over one connection in order. */
  readonly #connections: Connections;
  #numbering: Promise<Numbering> | undefined;

  readonly #mayWrite: () => boolean;

  /** `mayWrite` is asked before each request: a process whose place another may have taken writes nothing, not even once more. */
  constructor(cluster: Cluster, mayWrite: () => boolean = () => true) {
    this.#cluster = cluster;
    this.#mayWrite = mayWrite;
    this.#connections = new Connections(cluster.settings);
  }

  /** One call at a time. Rejects, with an error of the client or of ours, within `limits.remoteAppendMs`. */
  async send(outgoing: readonly Outgoing[]): Promise<readonly Written[]> {
    const ended = new AbortController();
    const late = systemClock.sleep(limits.remoteAppendMs, ended.signal).then((): never => {
      throw unanswered();
    });
    try {
      return await Promise.race([this.#send(batchesOf(outgoing), ended.signal), late]);
    } catch (error) {
      this.#numbering = undefined;
      throw error;
    } finally {
      ended.abort();
    }
  }

  close(): void {
    this.#connections.close();
  }

  /** What may pass is tried again, as long as somebody waits for it. */
  async #send(batches: readonly Batch[], ended: AbortSignal): Promise<readonly Written[]> {
    const written: Written[] = [];
    let left = batches;
    for (let attempt = 0; left.length > 0; attempt++) {
      const tried = await this.#try(left);
      written.push(...tried.written);
      const isLast = ended.aborted || attempt === limits.remoteClientRetriesMax;
      const fault = tried.failed.find(({ mayPass }) => isLast || !mayPass);
      if (fault !== undefined) throw fault.error;
      left = tried.failed.map(({ batch }) => batch);
      if (left.length > 0) await this.#pause(left, attempt, ended);
    }
    return written;
  }

  async #pause(left: readonly Batch[], attempt: number, ended: AbortSignal): Promise<void> {
    await systemClock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** attempt, limits.remoteClientRetryMsMax), ended);
    // Who leads now; when nobody can tell, the next try goes where this one went.
    await this.#cluster.describe(topicsOf(left)).catch(() => undefined);
  }

  async #try(batches: readonly Batch[]): Promise<Produced> {
    const unknown = topicsOf(batches).filter((topic) => this.#cluster.topic(topic) === undefined);
    try {
      if (unknown.length > 0) await this.#cluster.describe(unknown);
    } catch (error) {
      return failedAll(batches, error);
    }
    const led = new Map<Leader['node'], { readonly leader: Leader; readonly batches: Batch[] }>();
    const leaderless: FailedBatch[] = [];
    for (const batch of batches) {
      const leader = this.#cluster.leaderOf(batch.topic, batch.partition);
      if (leader === undefined) leaderless.push({ batch, error: this.#withoutLeader(batch), mayPass: true });
      else if (led.get(leader.node)?.batches.push(batch) === undefined)
        led.set(leader.node, { leader, batches: [batch] });
    }
    const asked = await Promise.all([...led.values()].map((of) => this.#ask(of.leader.address, of.batches)));
    return {
      written: asked.flatMap(({ written }) => written),
      failed: [...leaderless, ...asked.flatMap(({ failed }) => failed)],
    };
  }

  async #ask(address: NodeAddress, batches: readonly Batch[]): Promise<Produced> {
    try {
      this.#numbering ??= this.#connections.ask(address, askForId);
      const numbering = await this.#numbering.catch((error: unknown) => {
        this.#numbering = undefined;
        throw error;
      });
      if (!this.#mayWrite()) throw notOwner('appended');
      return await this.#connections.ask(address, produce(batches, numbering));
    } catch (error) {
      return failedAll(batches, error);
    }
  }

  #withoutLeader({ topic }: Batch): TidemarkError {
    const isThere = this.#cluster.topic(topic) !== undefined;
    return refusedByNumber(isThere ? LEADER_NOT_AVAILABLE : UNKNOWN_TOPIC, 'appending');
  }
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
