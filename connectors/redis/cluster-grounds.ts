/**
 * Where the contents of a store in a Redis Cluster are. They are believed as long as every node is the process, and has all, that it had
 * when they began; otherwise the store begins anew, with other contents, and everything is folded again.
 */
import { randomUUID } from 'node:crypto';
import { limits } from '../../src/limits.js';
import type { StateMove, StateTrouble } from '../../src/state/port.js';
import { ClusterConnection, type ClusterSettings, type NodeInfo } from './cluster-connection.js';
import { settled } from './cluster-finish.js';
import { nodeMarks, slotOf } from './cluster-marks.js';
import { RedisSlots, readMoves } from './cluster-redis.js';
import { ContentsGone } from './cluster-slots.js';
import { ClusterState, type Ground, type Grounds } from './cluster-state.js';
import { misconfigured, noAnswer } from './errors.js';
import { refuseUnfit, troubleIn } from './health.js';
import { controlKeys, FORMAT, Layout, patternsOf } from './layout.js';
import { beginScript } from './scripts.js';

type Listener = (origin: string, moves: readonly StateMove[]) => void;

/** Undefined: nobody knows who. */
const NOBODY = '';
const anything: readonly StateMove[] = ['anything'];

interface Held extends Ground {
  readonly runs: string;
  /** Evicted keys of all nodes, when the contents began. */
  readonly evicted: bigint;
  readonly marks: ReadonlyMap<string, string>;
}

/** What the last look has seen, and whether anything was heard since. */
interface Seen {
  readonly trouble: StateTrouble | null;
  readonly seq: number;
  readonly isHeard: boolean;
}

/** Rejects with `unreachable`, or with `config_invalid` where a state must not lie, or another's lies. */
export async function openClusterState(settings: ClusterSettings, logId: string): Promise<ClusterState> {
  return new ClusterState(await RedisGrounds.open(settings, logId));
}

class RedisGrounds implements Grounds {
  readonly #connection: ClusterConnection;
  readonly #identity: { readonly prefix: string; readonly logId: string };
  readonly #listeners = new Set<Listener>();
  #held: Held | undefined;
  #finding: Promise<Held> | undefined;
  /** Contents that are not to be taken again. */
  #givenUp = '';
  #timer: NodeJS.Timeout | undefined;
  #seen: Seen = { trouble: null, seq: 0, isHeard: true };

  private constructor(connection: ClusterConnection, identity: { readonly prefix: string; readonly logId: string }) {
    this.#connection = connection;
    this.#identity = identity;
  }

  static async open(settings: ClusterSettings, logId: string): Promise<RedisGrounds> {
    const connection = await ClusterConnection.open(settings);
    try {
      for (const info of await connection.infos()) refuseUnfit({ ...info, isCluster: false });
      const grounds = new RedisGrounds(connection, { prefix: settings.prefix, logId });
      await grounds.current();
      await grounds.#listen();
      grounds.#later();
      return grounds;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get trouble(): StateTrouble | null {
    if (this.#seen.trouble !== null) return this.#seen.trouble;
    return this.#connection.isUp ? null : { kind: 'unreachable', error: 'Redis does not answer.' };
  }

  async current(): Promise<Ground> {
    if (this.#held !== undefined) return this.#held;
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  giveUp({ layout }: Ground): void {
    this.#gone(layout, true);
  }

  watch(listener: Listener): void {
    this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#connection.close();
  }

  #gone({ contents }: Layout, isGivenUp: boolean): void {
    if (this.#held?.layout.contents !== contents) return;
    if (isGivenUp) this.#givenUp = contents;
    this.#held = undefined;
    this.#tell(NOBODY, anything);
  }

  /** Takes the contents that are there, unless they are given up; else begins with new ones. */
  async #find(): Promise<Held> {
    const { prefix, logId } = this.#identity;
    const infos = await this.#connection.infos();
    const offered = randomUUID().replaceAll('-', '').slice(0, 12);
    // Before the contents begin: whoever takes them looks for the marks.
    const offeredMarks = await this.#mark(offered, infos);
    const { meta, old } = controlKeys(prefix);
    const args = [offered, this.#givenUp, FORMAT, logId, runsOf(infos), String(evictedOf(infos))];
    const found = await this.#connection.run(beginScript, [meta, old], args);
    const [contents = '', format, log, runs = '', evicted = '0'] = found.map(String);
    if (format !== FORMAT) {
      throw misconfigured(
        'What lies in Redis under this prefix was written by another version.',
        'Choose another REDIS_PREFIX: the state is built anew there from the journal.',
      );
    }
    if (log !== logId) {
      throw misconfigured(
        'What lies in Redis under this prefix is the state of another log.',
        'Choose another REDIS_PREFIX, or correct LOG_URL.',
      );
    }
    if (contents !== offered) await this.#unlink([...offeredMarks.values()]);
    const layout = new Layout(prefix, contents);
    const marks = contents === offered ? offeredMarks : this.#marksOf(contents, infos);
    const ground = {
      connection: this.#connection,
      layout,
      runs,
      isMarked: (tag: string) => this.#isMarked(marks, tag),
      gone: (isGivenUp: boolean) => this.#gone(layout, isGivenUp),
    };
    const held: Held = { layout, slots: new RedisSlots(ground), runs, evicted: BigInt(evicted), marks };
    this.#held = held;
    void this.#purge();
    return held;
  }

  #marksOf(contents: string, infos: readonly NodeInfo[]): ReadonlyMap<string, string> {
    const nodes = infos.map(({ node }) => node);
    const marks = nodeMarks({ prefix: this.#identity.prefix, contents }, nodes, (slot) =>
      this.#connection.nodeOf(slot),
    );
    // The slots have just been moved, or are about to be learned.
    if (marks.size < nodes.length) throw noAnswer('disconnected');
    return marks;
  }

  async #mark(contents: string, infos: readonly NodeInfo[]): Promise<ReadonlyMap<string, string>> {
    const marks = this.#marksOf(contents, infos);
    await Promise.all([...marks.values()].map((key) => this.#connection.ask((client) => client.set(key, ''))));
    return marks;
  }

  async #isMarked(marks: ReadonlyMap<string, string>, tag: string): Promise<boolean> {
    const key = marks.get(this.#connection.nodeOf(slotOf(tag)) ?? '');
    return key !== undefined && (await this.#connection.ask((client) => client.exists(key))) === 1;
  }

  async #listen(): Promise<void> {
    const { channel } = controlKeys(this.#identity.prefix);
    this.#connection.client.on('message', (_channel: string, message: string) => {
      this.#seen = { ...this.#seen, isHeard: true };
      const heard = readMoves(message);
      if (heard !== undefined) this.#tell(heard.origin, heard.moves);
    });
    await this.#connection.ask((client) => client.subscribe(channel));
  }

  #tell(origin: string, moves: readonly StateMove[]): void {
    for (const listener of this.#listeners) listener(origin, moves);
  }

  #later(): void {
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        if (this.#timer !== undefined) this.#later();
      });
    }, limits.stateLookMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      const infos = await this.#connection.infos();
      const trouble = infos.reduce<StateTrouble | null>((found, info) => found ?? troubleIn(info), null);
      this.#seen = { ...this.#seen, trouble };
      const held = this.#held;
      if (held === undefined || trouble !== null) return;
      const isWhole = await Promise.all(
        [...held.marks.values()].map((key) => this.#connection.ask((client) => client.exists(key))),
      );
      const isOther = runsOf(infos) !== held.runs || evictedOf(infos) > held.evicted || isWhole.includes(0);
      if (isOther) this.#gone(held.layout, true);
      else await this.#catchUp(held);
    } catch (error) {
      if (error instanceof ContentsGone) return;
      const text = error instanceof Error ? error.message : 'Redis does not answer.';
      this.#seen = { ...this.#seen, trouble: { kind: 'unreachable', error: text } };
    }
  }

  /** What was said while the connection to the channel was lost is not said again: then everything may have moved. */
  async #catchUp({ slots }: Held): Promise<void> {
    const { seq, isHeard } = this.#seen;
    const now = await settled(slots);
    this.#seen = { ...this.#seen, seq: now.seq, isHeard: false };
    if (now.seq !== seq && !isHeard) this.#tell(NOBODY, anything);
  }

  async #unlink(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#connection.ask((client) => client.unlink(key))));
  }

  /** Best effort: what is left over takes room and is never read. */
  async #purge(): Promise<void> {
    const { old } = controlKeys(this.#identity.prefix);
    const { client } = this.#connection;
    try {
      for (const contents of await client.smembers(old)) {
        for (const node of client.nodes('master')) {
          for (const pattern of patternsOf(this.#identity.prefix, contents)) {
            for await (const found of node.scanStream({ match: pattern, count: limits.statePurgeKeys })) {
              await this.#unlink(found);
            }
          }
        }
        await client.srem(old, contents);
      }
    } catch {
      // The next one to begin goes on.
    }
  }
}

function runsOf(infos: readonly NodeInfo[]): string {
  return infos
    .map(({ runId }) => runId)
    .sort()
    .join(',');
}

function evictedOf(infos: readonly NodeInfo[]): bigint {
  return infos.reduce((sum, { evictedKeys }) => sum + evictedKeys, 0n);
}
