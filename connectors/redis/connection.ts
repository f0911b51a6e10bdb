/**
 * One connection for calls that are answered at once. After one that was not, while the server has not answered a probe beside it either,
 * no other is made until it has: who asks is told in no time, and a server that comes back is not met by a queue. One long call alone is
 * no such silence.
 */
import { Redis } from 'ioredis';
import { limits } from '../../src/limits.js';
import { connected } from './connecting.js';
import { callError, noAnswer, reasonOf } from './errors.js';
import type { Script } from './script.js';
import { clientOptions, type RedisSettings } from './settings.js';

export class Connection {
  readonly client: Redis;
  #isOpen = false;
  /** A call has had no answer, and no probe either. */
  #isSilent = false;
  /** A call has had no answer, and this connection has brought no later one since. */
  #isLate = false;
  /** Any answer at all, and the last probe: ms of `performance.now`. */
  readonly #word = { heardMs: 0, askedMs: 0 };
  #beside: Connection | undefined;
  #watchdog: NodeJS.Timeout | undefined;

  private constructor(settings: RedisSettings) {
    this.client = new Redis(clientOptions(settings, () => this.#isOpen));
  }

  /** Rejects with `unreachable` or `config_invalid`. */
  static async open(settings: RedisSettings): Promise<Connection> {
    const connection = new Connection(settings);
    await connection.#connect();
    return connection;
  }

  get isUp(): boolean {
    return this.client.status === 'ready' && !this.#isSilent;
  }

  /** Rejects with `state_unavailable`, within `limits.stateAskMs`. Then the script may have run or not, or may yet. */
  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return rowOf(await this.ask(() => this.client.call('EVALSHA', [script.sha1, ...rest])));
    } catch (error) {
      if (reasonOf(error) !== 'NOSCRIPT') throw callError(error);
    }
    try {
      return rowOf(await this.ask(() => this.client.call('EVAL', [script.text, ...rest])));
    } catch (error) {
      throw callError(error);
    }
  }

  /** Rejects with an error of the client, or with `state_unavailable` within `limits.stateAskMs`. */
  async ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    if (!this.isUp) throw noAnswer('disconnected');
    return this.#inTime(call());
  }

  /** From now on probes go over that one: what is answered here comes after what is late. */
  probeOver(beside: Connection): void {
    this.#beside = beside;
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#watchdog);
    this.client.disconnect();
  }

  async #connect(): Promise<void> {
    // Its failures show in what is not answered; an emitter without a listener would end the process.
    this.client.on('error', () => undefined);
    await connected(this.client);
    this.#isOpen = true;
    this.client.on('ready', () => {
      this.#isSilent = false;
      this.#isLate = false;
      clearTimeout(this.#watchdog);
    });
    // Also one that connects and then says nothing is begun anew: the other end of it may be gone for good.
    this.client.on('close', () => this.#watch());
  }

  async #inTime<Answer>(work: Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const doubt = setTimeout(() => this.#probe(), limits.stateAskMs / 2);
    // When this process has been busy the answer may lie in the socket: it has one more turn to come.
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => setImmediate(() => setImmediate(() => reject(noAnswer('timeout')))), limits.stateAskMs);
    });
    silence.catch(() => undefined);
    try {
      const answer = await Promise.race([work, silence]);
      this.#word.heardMs = performance.now();
      return answer;
    } catch (error) {
      if (reasonOf(error) === 'state_unavailable') this.#suspect();
      throw error;
    } finally {
      clearTimeout(doubt);
      clearTimeout(timer);
    }
  }

  #probe(): void {
    const now = performance.now();
    // One at a time, and the answer to an earlier one tells as much.
    if (now - this.#word.askedMs < limits.stateAskMs / 2) return;
    this.#word.askedMs = now;
    const { client } = this.#beside ?? this;
    client.ping().then(
      () => {
        this.#word.heardMs = performance.now();
      },
      () => undefined,
    );
  }

  #suspect(): void {
    if (this.#word.heardMs < this.#word.askedMs) this.#isSilent = true;
    if (this.#isLate) return;
    this.#isLate = true;
    this.#watch();
    this.client.ping().then(
      () => {
        this.#isSilent = false;
        this.#isLate = false;
        clearTimeout(this.#watchdog);
      },
      () => undefined,
    );
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    if (!this.#isOpen) return;
    this.#watchdog = setTimeout(() => {
      if (!this.#isOpen || (this.isUp && !this.#isLate)) return;
      this.client.disconnect(true);
      this.#watch();
    }, limits.stateProbeMs);
    this.#watchdog.unref();
  }
}

function rowOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [reply];
}
