/**
 * One connection per broker, made when it is first needed, for questions that are answered at once. The client's own pool is not used:
 * it keeps a connection after a question nobody answered, and takes the late answer for garbage; and a second error of one of its
 * connections ends the process.
 */
import { type Callback, Connection, ResponseError } from '@platformatic/kafka';
import { limits } from '../../src/limits.js';
import { connectionOptions, type KafkaSettings, type NodeAddress } from './settings.js';

/** Sends one request and calls back with its answer: an API of the client with its arguments. */
export type Question<Answer> = (connection: Connection, done: Callback<Answer>) => void;

export class Connections {
  readonly #settings: KafkaSettings;
  readonly #open = new Map<string, Opened>();
  #isClosed = false;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  /**
   * Rejects, with an error of the client, within `limits.remoteAskMs`: connecting is part of it. A question may reach the broker twice:
   * that a connection has been closed since its last use is found by the next one, which is then made again on a new connection.
   */
  async ask<Answer>(address: NodeAddress, question: Question<Answer>): Promise<Answer> {
    const beganMs = performance.now();
    const isReused = this.#known(address) !== undefined;
    try {
      return await this.#askOnce(address, question, limits.remoteAskMs);
    } catch (error) {
      const leftMs = beganMs + limits.remoteAskMs - performance.now();
      const isFinal = error instanceof ResponseError || error instanceof NoAnswer;
      if (!isReused || isFinal || this.#isClosed || leftMs <= 0) throw error;
      return await this.#askOnce(address, question, leftMs);
    }
  }

  async #askOnce<Answer>(address: NodeAddress, question: Question<Answer>, ms: number): Promise<Answer> {
    const opened = this.#openedFor(address);
    try {
      return await within(
        opened.connected.then(() => answerOf(opened.connection, question)),
        address,
        ms,
      );
    } catch (error) {
      // An answer that names a fault is an answer; after anything else nobody knows what comes next on this connection.
      if (!(error instanceof ResponseError)) this.#drop(address, opened);
      throw error;
    }
  }

  isConnected({ host, port }: NodeAddress): boolean {
    return this.#open.get(`${host}:${port}`)?.connection.isConnected() === true;
  }

  /** What is under way rejects. */
  close(): void {
    this.#isClosed = true;
    for (const { connection } of this.#open.values()) connection.socket?.destroy();
    this.#open.clear();
  }

  #openedFor(address: NodeAddress): Opened {
    const { host, port } = address;
    const known = this.#known(address);
    if (known !== undefined) return known;
    const connection = new Connection(this.#settings.clientId, connectionOptions(this.#settings, host));
    // Its failures come with the answers; an emitter without a listener would end the process.
    connection.on('error', () => undefined);
    const connected = Promise.resolve(connection.connect(host, port));
    connected.catch(() => undefined);
    const opened = { connection, connected };
    this.#open.set(`${host}:${port}`, opened);
    return opened;
  }

  #known({ host, port }: NodeAddress): Opened | undefined {
    const known = this.#open.get(`${host}:${port}`);
    return known === undefined || isOver(known.connection) ? undefined : known;
  }

  #drop({ host, port }: NodeAddress, opened: Opened): void {
    opened.connection.socket?.destroy();
    if (this.#open.get(`${host}:${port}`) === opened) this.#open.delete(`${host}:${port}`);
  }
}

interface Opened {
  readonly connection: Connection;
  readonly connected: Promise<void>;
}

function isOver({ status }: Connection): boolean {
  return status === 'closed' || status === 'closing' || status === 'error';
}

function answerOf<Answer>(connection: Connection, question: Question<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    question(connection, (error, answer) => {
      if (error !== null && error !== undefined) reject(error);
      else if (answer === undefined) reject(new Error('a broker answered nothing'));
      else resolve(answer);
    });
  });
}

/** Nobody answered. Known by its code, as the system's own `ETIMEDOUT` is. */
class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';
}

async function within<T>(work: Promise<T>, { host, port }: NodeAddress, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer from ${host}:${port}`)), ms);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
