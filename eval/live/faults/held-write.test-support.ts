/** Between one instance and Redis: a relay that can stop the next write of the state on its way, and sees what becomes of it. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { writeScript } from '../../../connectors/redis/scripts.js';
import { loopback } from '../services/ports.js';

export class WriteRelay {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Called with how to pass the write on, once: null while all pass. */
  #hold: ((pass: () => Promise<string>) => void) | null = null;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#relay(client));
  }

  /** `target`: the port of Redis. */
  static async open(target: number): Promise<WriteRelay> {
    const relay = new WriteRelay(target);
    await new Promise<void>((resolve) => relay.#server.listen(0, loopback, resolve));
    return relay;
  }

  get address(): string {
    const address = this.#server.address();
    return `${loopback}:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** `caught` is called in the turn in which the next write comes by, which waits until it is passed on; then what Redis answers. */
  holdNext(caught: (pass: () => Promise<string>) => void): void {
    this.#hold = caught;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(client: Socket): void {
    const redis = connect(this.#target, loopback);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    redis.pipe(client);
    client.on('data', (bytes) => {
      const hold = bytes.includes(writeScript.sha1) ? this.#hold : null;
      if (hold === null) return void redis.write(bytes);
      this.#hold = null;
      // What comes after it on this connection comes after it in Redis, too.
      client.pause();
      hold(async () => {
        const answer = new Promise<string>((resolve) => redis.once('data', (reply) => resolve(String(reply))));
        redis.write(bytes);
        client.resume();
        return answer;
      });
    });
  }
}
