/** The channel of moves, on a connection of its own. What was said while it was away is not said again: so then everything has moved. */
import { Redis } from 'ioredis';
import { limits } from '../../src/limits.js';
import { connected } from './connecting.js';
import { openError } from './errors.js';
import { clientOptions, type RedisSettings } from './settings.js';

export interface ChannelEar {
  heard(message: string): void;
  /** Something may have been missed. */
  missed(): void;
}

/** What is said so that a connection which hears nothing is known to be dead. */
export const HEARTBEAT = '';

export class Subscription {
  readonly #client: Redis;
  readonly #channel: string;
  #isOpen = false;
  #heardMs = 0;

  private constructor(settings: RedisSettings, channel: string) {
    this.#channel = channel;
    this.#client = new Redis(clientOptions(settings, () => this.#isOpen));
  }

  static async open(settings: RedisSettings, channel: string, ear: ChannelEar): Promise<Subscription> {
    const subscription = new Subscription(settings, channel);
    const client = subscription.#client;
    // Its failures show in what it does not hear; an emitter without a listener would end the process.
    client.on('error', () => undefined);
    client.on('message', (_channel: string, message: string) => {
      subscription.#heardMs = performance.now();
      if (message !== HEARTBEAT) ear.heard(message);
    });
    try {
      await connected(client);
      await client.subscribe(channel);
    } catch (error) {
      client.disconnect();
      throw openError(error);
    }
    subscription.#heardMs = performance.now();
    subscription.#isOpen = true;
    client.on('ready', () => void subscription.#again(ear));
    return subscription;
  }

  /** Called now and then while the server is known to answer: a connection that has heard no heartbeat for long is made anew. */
  look(): void {
    if (performance.now() - this.#heardMs < limits.stateSilenceMs) return;
    this.#heardMs = performance.now();
    this.#client.disconnect(true);
  }

  close(): void {
    this.#isOpen = false;
    this.#client.disconnect();
  }

  async #again(ear: ChannelEar): Promise<void> {
    try {
      await this.#client.subscribe(this.#channel);
      this.#heardMs = performance.now();
      ear.missed();
    } catch {
      if (this.#isOpen) this.#client.disconnect(true);
    }
  }
}
