/**
 * What a store holds, by name. Who finds it without contents (its keys were removed) or holding what cannot be believed gives it new ones,
 * which begin empty; the first to do so wins, and everybody else learns of it with the next script.
 */
import { randomUUID } from 'node:crypto';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { Connection } from './connection.js';
import { damagedValue, isDamage, misconfigured, valueFault } from './errors.js';
import { hasEvicted, type RunMark, type ServerInfo } from './health.js';
import { controlKeys, FORMAT, Layout, patternsOf } from './layout.js';
import type { Script } from './script.js';
import { beginScript, runScript } from './scripts.js';

export interface StoreIdentity {
  readonly prefix: string;
  /** Of the log that the state is made of. */
  readonly logId: string;
}

/** Of a script: all but the contents, which go before the arguments. */
export interface ScriptInput {
  readonly keys: readonly string[];
  readonly args?: readonly string[];
}

export class Contents {
  readonly #connection: Connection;
  readonly #identity: StoreIdentity;
  readonly #changed: () => void;
  #mark: RunMark;
  #layout: Layout;

  private constructor(connection: Connection, identity: StoreIdentity, changed: () => void) {
    this.#connection = connection;
    this.#identity = identity;
    this.#changed = changed;
    this.#mark = { runId: '', evictedKeys: 0n };
    this.#layout = new Layout(identity.prefix, '');
  }

  /** `changed` is called whenever it turns out that the store holds other contents. Rejects with `config_invalid` where it is another's. */
  static async open(
    connection: Connection,
    identity: StoreIdentity,
    { info, changed }: { readonly info: ServerInfo; readonly changed: () => void },
  ): Promise<Contents> {
    const contents = new Contents(connection, identity, changed);
    contents.#mark = info;
    await contents.#learn('');
    await contents.looked(info);
    void contents.#purge();
    return contents;
  }

  get layout(): Layout {
    return this.#layout;
  }

  /**
   * Runs a script that may be run twice, on the contents of now. `read` makes the answer of the reply; where that shows what was never
   * written so, the contents are given up. Rejects with `state_unavailable`.
   */
  async ask<Answer>(
    script: Script,
    inputOf: (layout: Layout) => ScriptInput,
    read: (reply: readonly unknown[], layout: Layout) => Answer,
  ): Promise<Answer> {
    for (let tries = 0; tries < limits.stateTriesMax; tries++) {
      const layout = this.#layout;
      const reply = await this.once(script, layout, inputOf(layout));
      if (reply !== undefined) return await this.#believing(layout, async () => read(reply, layout));
    }
    throw damagedValue();
  }

  /** Undefined: the store holds other contents by now, or did not hold all of these, and nothing was done. */
  async once(
    script: Script,
    layout: Layout,
    { keys, args = [] }: ScriptInput,
  ): Promise<readonly unknown[] | undefined> {
    const reply = await this.#believing(layout, () => this.#connection.run(script, keys, [layout.contents, ...args]));
    if (reply[0] === 'evicted') await this.#giveUp(layout, { ...this.#mark, evictedKeys: BigInt(String(reply[1])) });
    else if (reply[0] !== 'other') return reply;
    else if (this.#layout === layout) await this.#learn('');
    return undefined;
  }

  /** Compares what the server says with what it said when these contents began. */
  async looked(info: ServerInfo): Promise<void> {
    const isSame = info.runId === this.#mark.runId && info.evictedKeys === this.#mark.evictedKeys;
    if (isSame) return;
    // Another instance may have done something about it.
    await this.#learn('');
    if (hasEvicted(info, this.#mark)) await this.#giveUp(this.#layout, info);
    if (info.runId === this.#mark.runId) return;
    this.#mark = { runId: info.runId, evictedKeys: 0n };
    await this.once(runScript, this.#layout, { keys: [this.#layout.control.meta], args: [info.runId, '0'] });
  }

  async #believing<Answer>(layout: Layout, work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      const fault = valueFault(error);
      if (fault instanceof TidemarkError && isDamage(fault)) await this.#giveUp(layout, this.#mark);
      throw fault;
    }
  }

  async #giveUp(layout: Layout, mark: RunMark): Promise<void> {
    this.#mark = mark;
    await this.#learn(layout.contents);
    void this.#purge();
  }

  async #learn(givenUp: string): Promise<void> {
    const { prefix, logId } = this.#identity;
    const { meta, old } = controlKeys(prefix);
    const { runId, evictedKeys } = this.#mark;
    const offered = randomUUID().replaceAll('-', '').slice(0, 12);
    const args = [offered, givenUp, FORMAT, logId, runId, String(evictedKeys)];
    const found = await this.#connection.run(beginScript, [meta, old], args);
    const [contents = '', format, log, run = '', evicted = '0'] = found.map(String);
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
    this.#mark = { runId: run, evictedKeys: BigInt(evicted) };
    if (contents === this.#layout.contents) return;
    const isFirst = this.#layout.contents === '';
    this.#layout = new Layout(prefix, contents);
    if (!isFirst) this.#changed();
  }

  /** Best effort: what is left over takes room and is never read. */
  async #purge(): Promise<void> {
    const { prefix } = this.#identity;
    const { old } = controlKeys(prefix);
    const { client } = this.#connection;
    try {
      for (const contents of await client.smembers(old)) {
        for (const pattern of patternsOf(prefix, contents)) {
          let cursor = '0';
          do {
            const [next, keys] = await client.scan(cursor, 'MATCH', pattern, 'COUNT', limits.statePurgeKeys);
            if (keys.length > 0) await client.unlink(keys);
            cursor = next;
          } while (cursor !== '0');
        }
        await client.srem(old, contents);
      }
    } catch {
      // The next one to open the store goes on.
    }
  }
}
