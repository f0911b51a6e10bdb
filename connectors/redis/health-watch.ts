/** Looks at the server once a second, on a connection of its own: whether it answers, evicts, or was started again. */
import { limits } from '../../src/limits.js';
import type { StateTrouble } from '../../src/state/port.js';
import type { Connection } from './connection.js';
import { readInfo, type ServerInfo, troubleIn } from './health.js';
import { HEARTBEAT } from './subscription.js';

export interface Looker {
  /** The server answers, and has this to say. May reject: that is its own trouble. */
  looked(info: ServerInfo): Promise<void>;
}

export class HealthWatch {
  readonly #connection: Connection;
  readonly #channel: string;
  readonly #looker: Looker;
  #trouble: StateTrouble | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(connection: Connection, channel: string, looker: Looker) {
    this.#connection = connection;
    this.#channel = channel;
    this.#looker = looker;
    this.#later();
  }

  /** As of the last look. */
  get trouble(): StateTrouble | null {
    return this.#trouble;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  #later(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#look().finally(() => this.#later()), limits.stateLookMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      const info = await serverInfo(this.#connection);
      this.#trouble = troubleIn(info);
      await this.#connection.ask(() => this.#connection.client.publish(this.#channel, HEARTBEAT));
      if (this.#trouble === null && !this.#isClosed) await this.#looker.looked(info);
    } catch (error) {
      if (!this.#connection.isUp) this.#trouble = { kind: 'unreachable', error: messageOf(error) };
    }
  }
}

export async function serverInfo(connection: Connection): Promise<ServerInfo> {
  return readInfo(await connection.ask(() => connection.client.info()));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Redis does not answer.';
}
