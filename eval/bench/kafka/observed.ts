/**
 * What a service that is measured tells the process that measures it: when the first record comes off the wire, how many have been applied,
 * and when probes became visible in the state. The service itself is the program that users run.
 */
import { KafkaRemote } from '../../../connectors/kafka/remote.js';
import type { RemoteLog } from '../../../src/log/remote-port.js';
import type { StateStore, StateWrite } from '../../../src/state/port.js';
import { nowMs, PROBE, tell } from './plans.js';

/** What has been applied is told once in so many records, and again whenever nothing has come for a moment. */
const TOLD_EVERY = 20_000;

/** From now on, of all stores with this prototype. */
export function observe(state: Pick<StateStore, 'write'>): void {
  observeFollowing();
  const { write } = state;
  let [applied, told, lastAtMs] = [0, 0, 0];
  const doubt = new Doubt();
  const tellApplied = () => {
    told = applied;
    tell({ kind: 'done', count: applied, atMs: lastAtMs });
  };
  state.write = async function (this: StateStore, written: StateWrite) {
    const result = await doubt.during(this, () => write.call(this, written));
    if (result.kind !== 'written') return result;
    lastAtMs = nowMs();
    for (const { counts } of written.progress) applied += counts.applied;
    const probes = written.changes.map(({ entity }) => entity.key.id).filter((id) => id.startsWith(PROBE));
    if (probes.length > 0) tell({ kind: 'visible', ids: probes, atMs: lastAtMs });
    if (applied - told >= TOLD_EVERY) tellApplied();
    return result;
  };
  setInterval(async () => {
    const counted = await doubt.settled();
    if (counted !== undefined) [applied, lastAtMs] = [counted, nowMs()];
    if (applied !== told) tellApplied();
  }, 50).unref();
}

/** A write whose reply was lost may have been made, and then no later one counts its records: the store is asked. */
class Doubt {
  #begun = 0;
  #ended = 0;
  #about: StateStore | undefined;

  async during<Result>(store: StateStore, write: () => Promise<Result>): Promise<Result> {
    this.#begun++;
    try {
      return await write();
    } catch (error) {
      this.#about = store;
      throw error;
    } finally {
      this.#ended++;
    }
  }

  /** All that the store has applied; undefined: nothing is in doubt, or writes are under way, and then it is asked after them. */
  async settled(): Promise<number | undefined> {
    const [store, begun] = [this.#about, this.#begun];
    if (store === undefined || begun !== this.#ended) return undefined;
    const progress = await store.progress().catch(() => undefined);
    if (progress === undefined || begun !== this.#begun) return undefined;
    this.#about = undefined;
    return [...progress.values()].reduce((sum, { counts }) => sum + counts.applied, 0);
  }
}

function observeFollowing(): void {
  const { follow } = KafkaRemote.prototype;
  let hasFirst = false;
  KafkaRemote.prototype.follow = async function* (this: KafkaRemote, ...args: Parameters<RemoteLog['follow']>) {
    for await (const news of follow.apply(this, args)) {
      if (!hasFirst && news.kind === 'records' && news.records.length > 0) {
        hasFirst = true;
        tell({ kind: 'first', atMs: nowMs() });
      }
      yield news;
    }
  };
}
