/** A Qdrant of one test's own, for faults that would harm others. */
import { freePorts } from './services/ports.js';
import { QdrantServer } from './services/qdrant-server.js';
import { ServiceRecord } from './services/record.js';

export class OwnQdrant {
  readonly server: QdrantServer;
  readonly #record: ServiceRecord;

  private constructor(server: QdrantServer, record: ServiceRecord) {
    this.server = server;
    this.#record = record;
  }

  /** An empty one; it answers when this resolves. `shim`: even where there is a server. The key is asked for by a server alone. */
  static async start(kind?: 'shim', apiKey?: string): Promise<OwnQdrant> {
    const record = ServiceRecord.create('with_this_process');
    try {
      const [port = 0] = await freePorts(1);
      const server = new QdrantServer(
        { name: 'qdrant', port, ...(kind && { kind }), ...(apiKey && { apiKey }) },
        record,
      );
      await server.start();
      return new OwnQdrant(server, record);
    } catch (error) {
      await record.stop();
      throw error;
    }
  }

  /** `http://host:port`; it stays the same. */
  get url(): string {
    return this.server.url;
  }

  /** kill -9, and started again on what it had written. */
  async restart(): Promise<void> {
    await this.server.kill();
    await this.server.start();
  }

  /** Keeps all that it holds now under this name, for `restore`; restarted on the way. */
  async keepCopy(name: string): Promise<void> {
    await this.server.kill();
    await this.server.copyAside(name);
    await this.server.start();
  }

  /** As it was when the copy of this name was kept: what was written since is gone. */
  async restore(name: string): Promise<void> {
    await this.server.kill();
    await this.server.putBack(name);
    await this.server.start();
  }

  /** kill -9, and started again with nothing, as on a new disk. */
  async restartEmpty(): Promise<void> {
    await this.server.kill();
    await this.server.clear();
    await this.server.start();
  }

  /** Ends it and removes its files. */
  stop(): Promise<void> {
    return this.#record.stop();
  }
}
