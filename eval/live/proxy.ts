/**
 * A TCP proxy on the loopback interface with a fault that a test chooses, and counts that show that it bit. A broker needs a listener of
 * its own behind it (`kafkaProxyPorts`), or clients leave the proxy after their first look at the cluster.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Counts, type Fault, Link } from './proxy-link.js';
import { freePorts, loopback } from './services/ports.js';

export interface ProxyPorts {
  /** 0: any free one. */
  readonly listen: number;
  readonly target: number;
}

export class FaultProxy {
  readonly #links = new Set<Link>();
  readonly #counts: Counts = { connections: 0, bytesUp: 0, bytesDown: 0, bites: 0 };
  readonly #ports: ProxyPorts;
  #fault: Fault = { kind: 'none' };
  #server: Server | undefined;

  private constructor(ports: ProxyPorts) {
    this.#ports = ports;
  }

  static async open(ports: ProxyPorts): Promise<FaultProxy> {
    // Not one that the system chooses: while the proxy refuses, an outgoing connection of anybody could be given it.
    const [free = 0] = ports.listen === 0 ? await freePorts(1) : [];
    const proxy = new FaultProxy({ ...ports, listen: ports.listen === 0 ? free : ports.listen });
    await proxy.#listen();
    return proxy;
  }

  /** `host:port` for clients. */
  get address(): string {
    return `${loopback}:${this.#ports.listen}`;
  }

  /** Since it was opened; `bites` since the fault was last set. */
  get counts(): Readonly<Counts> {
    return { ...this.#counts };
  }

  get openConnections(): number {
    return this.#links.size;
  }

  /** From now on, on the open connections as well. What a hang has held back passes on when it ends. */
  async setFault(fault: Fault): Promise<void> {
    this.#fault = fault;
    this.#counts.bites = 0;
    if (fault.kind === 'refuse') {
      this.#counts.bites = this.#links.size;
      await this.#unlisten();
    } else if (this.#server === undefined) await this.#listen();
    for (const link of this.#links) link.setFault(fault);
  }

  /** Ends all open connections at once, as when a cable is drawn; new ones are taken. */
  cut(): void {
    for (const link of this.#links) link.reset();
  }

  async close(): Promise<void> {
    await this.#unlisten();
  }

  #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#take(client));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#ports.listen, loopback, () => {
        this.#server = server;
        resolve();
      });
    });
  }

  async #unlisten(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.cut();
    await closed;
  }

  #take(client: Socket): void {
    this.#counts.connections += 1;
    const target = connect({ port: this.#ports.target, host: loopback, allowHalfOpen: true });
    const link = new Link(client, target, this.#counts);
    this.#links.add(link);
    link.setFault(this.#fault);
    void link.closed.then(() => this.#links.delete(link));
  }
}
