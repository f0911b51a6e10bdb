/**
 * A connection to one broker that only fetches, one question at a time: long polls would hold up whatever shares a connection with
 * them. After any failure it is dropped and made anew, since an answer that comes late would be taken for that of another question.
 */
import { Connection } from '@platformatic/kafka';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import {
  FETCH_API_KEY,
  FETCH_VERSION,
  type FetchAnswer,
  type FetchBounds,
  type PartitionAsk,
  readFetch,
  writeFetch,
} from './fetch-wire.js';
import { connectionOptions, type KafkaSettings, type NodeAddress } from './settings.js';

const bounds: FetchBounds = {
  waitMsMax: limits.remoteFetchWaitMs,
  bytesMax: limits.remoteFetchBytesMax,
  partitionBytesMax: limits.remoteFetchPartitionBytesMax,
};

export class NodeLink {
  private connection: Connection | undefined;

  constructor(
    readonly address: NodeAddress,
    private readonly settings: KafkaSettings,
  ) {}

  /** Rejects when the broker cannot be reached, is silent for `limits.remoteSilenceMs`, or refuses the whole question. */
  async fetch(asks: readonly PartitionAsk[]): Promise<FetchAnswer> {
    try {
      const connection = await this.connected();
      const answer = await askUnlessSilent(connection, asks);
      if (answer.errorCode !== 0) throw refused(answer.errorCode);
      return answer;
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** Whatever is under way rejects. */
  drop(): void {
    const { connection } = this;
    this.connection = undefined;
    // `close` alone would wait until what was written has gone out, which it never does to a peer that is gone.
    connection?.close(() => undefined);
    connection?.socket?.destroy();
  }

  private async connected(): Promise<Connection> {
    if (this.connection?.isConnected() === true) return this.connection;
    this.drop();
    const { host, port } = this.address;
    const connection = new Connection(this.settings.clientId, {
      ...connectionOptions(this.settings, host),
      requestTimeout: limits.remoteAnswerMsMax,
    });
    // Its failures come with the answers; an emitter without a listener would end the process.
    connection.on('error', () => undefined);
    this.connection = connection;
    await connection.connect(host, port);
    return connection;
  }
}

/** An answer may take long to arrive over a slow line, but not to move at all: that is a connection of which the other end is gone. */
async function askUnlessSilent(connection: Connection, asks: readonly PartitionAsk[]): Promise<FetchAnswer> {
  let heard = connection.socket.bytesRead;
  let silentMs = 0;
  const watch = setInterval(() => {
    const { bytesRead } = connection.socket;
    silentMs = bytesRead === heard ? silentMs + limits.remoteSilenceLookMs : 0;
    heard = bytesRead;
    if (silentMs >= limits.remoteSilenceMs) connection.socket.destroy();
  }, limits.remoteSilenceLookMs);
  try {
    return await new Promise<FetchAnswer>((resolve, reject) => {
      connection.send<FetchAnswer>(
        FETCH_API_KEY,
        FETCH_VERSION,
        () => writeFetch(asks, bounds),
        readFetch,
        true,
        true,
        (error, answer) => (answer ? resolve(answer) : reject(error ?? new Error('no answer'))),
      );
    });
  } finally {
    clearInterval(watch);
  }
}

function refused(errorCode: number): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'The broker refused to be read from.',
    advice: 'Brokers from Kafka 3.1 on can be read; look the number up in the protocol guide of Kafka.',
    retriable: true,
    facts: { errorCode },
  });
}
