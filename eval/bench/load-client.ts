/**
 * A load from another process, so that the server's loop is not the client's. It speaks HTTP/1.1 by itself over plain sockets: the
 * client of Node's own library costs more than the answers it would measure. One argument, a `Load` as JSON; prints a `Loaded` as
 * JSON. Anything but a 200 with a content-length is an error.
 */
import { connect, type Socket } from 'node:net';
import type { Load, Loaded } from './load.js';

const HEAD_END = Buffer.from('\r\n\r\n');

/** One connection that asks one thing after another. */
class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #received: Buffer[] = [];
  #missing = -1;
  #answered: { resolve(): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket, request: Buffer) {
    this.#socket = socket;
    this.#request = request;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#answered?.reject(error));
    socket.on('close', () => this.#answered?.reject(new Error('the server closed a connection in use')));
  }

  static open({ hostname, port }: URL, request: Buffer): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => resolve(new Connection(socket, request)));
      socket.once('error', reject);
    });
  }

  ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#answered = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#missing >= 0) {
      this.#count(chunk.length);
      return;
    }
    this.#received.push(chunk);
    const head = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const end = head.indexOf(HEAD_END);
    if (end < 0) return;
    this.#received = [];
    const text = head.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *([0-9]+)/i.exec(text)?.[1];
    if (!text.startsWith('HTTP/1.1 200') || length === undefined) {
      this.#answered?.reject(new Error(`not a 200 with a content-length: ${text.split('\r\n', 1)[0]}`));
      return;
    }
    this.#missing = Number(length);
    this.#count(head.length - end - HEAD_END.length);
  }

  #count(bytes: number): void {
    this.#missing -= bytes;
    if (this.#missing > 0) return;
    this.#missing = -1;
    this.#answered?.resolve();
  }
}

/** Closed loop: every connection asks again as soon as it has its answer. Returns how many answers there were. */
async function asFastAsAnswered(connections: readonly Connection[], forMs: number): Promise<number> {
  const endsAtMs = performance.now() + forMs;
  let answers = 0;
  const loops = connections.map(async (connection) => {
    while (performance.now() < endsAtMs) {
      await connection.ask();
      answers++;
    }
  });
  await Promise.all(loops);
  return answers;
}

/** The same with one connection: how long each answer took. */
async function oneByOne(connection: Connection, forMs: number): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  const endsAtMs = performance.now() + forMs;
  for (let nowMs = performance.now(); nowMs < endsAtMs; ) {
    await connection.ask();
    const askedAtMs = nowMs;
    nowMs = performance.now();
    latenciesMs.push(nowMs - askedAtMs);
  }
  return latenciesMs;
}

/**
 * Open loop: requests fall due at a fixed rate whatever becomes of those before them, and a latency counts from the moment its
 * request was due. A server that stalls is charged with everything that waited meanwhile.
 */
async function atRate(
  connections: readonly Connection[],
  perSecond: number,
  forMs: number,
): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  const startedAtMs = performance.now();
  const total = Math.floor((forMs * perSecond) / 1_000);
  let next = 0;
  const loops = connections.map(async (connection) => {
    while (next < total) {
      const dueAtMs = startedAtMs + (next++ * 1_000) / perSecond;
      await until(dueAtMs);
      await connection.ask();
      latenciesMs.push(performance.now() - dueAtMs);
    }
  });
  await Promise.all(loops);
  return latenciesMs;
}

/** Timers are a millisecond late: the last two are waited for turn by turn. */
async function until(atMs: number): Promise<void> {
  const early = atMs - performance.now() - 2;
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  while (performance.now() < atMs) await new Promise((resolve) => setImmediate(resolve));
}

function requestOf({ url, body, headers = {} }: Load): Buffer {
  const { host, pathname, search } = new URL(url);
  const content =
    body === null ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  const further = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `${body === null ? 'GET' : 'POST'} ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${content}${further.join('')}\r\n${body ?? ''}`,
  );
}

const load = JSON.parse(process.argv[2] ?? '') as Load;
const request = requestOf(load);
const connections = await Promise.all(
  Array.from({ length: load.connections }, () => Connection.open(new URL(load.url), request)),
);
const startedAtMs = performance.now();
let answers: number;
let latenciesMs: readonly number[] = [];
const [only, ...others] = connections;
if (load.perSecond === null && others.length > 0) answers = await asFastAsAnswered(connections, load.forMs);
else {
  const isClosed = load.perSecond === null && only !== undefined;
  latenciesMs = await (isClosed ? oneByOne(only, load.forMs) : atRate(connections, load.perSecond ?? 0, load.forMs));
  answers = latenciesMs.length;
}
const answersPerSecond = (answers * 1_000) / (performance.now() - startedAtMs);
for (const connection of connections) connection.close();
console.log(JSON.stringify({ answers, answersPerSecond, latenciesMs } satisfies Loaded));
