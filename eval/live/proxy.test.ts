import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './eventually.test-support.js';
import { FaultProxy } from './proxy.js';
import { loopback } from './services/ports.js';

/** What a client has seen of its connection. */
class Client {
  received = Buffer.alloc(0);
  /** How many pieces it came in. */
  pieces = 0;
  ended: 'no' | 'in_order' | 'reset' = 'no';
  readonly socket: Socket;

  constructor({ address }: FaultProxy) {
    this.socket = connect(Number(address.split(':')[1]), loopback);
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.pieces += 1;
    });
    this.socket.once('end', () => {
      this.ended = 'in_order';
    });
    this.socket.once('error', () => {
      this.ended = 'reset';
    });
  }

  /** Resolves with the time it took until so many bytes had come in all. */
  async sendUntil(bytes: Buffer, countMin: number): Promise<number> {
    const startedMs = performance.now();
    this.socket.write(bytes);
    await eventually(() => expect(this.received.length).toBeGreaterThanOrEqual(countMin), { everyMs: 1 });
    return performance.now() - startedMs;
  }
}

let echo: Server;
let proxy: FaultProxy;
let seenByTarget = 0;
const clients: Client[] = [];
const text = Buffer.from('what is sent comes back '.repeat(100));

function client(): Client {
  const made = new Client(proxy);
  clients.push(made);
  return made;
}

beforeEach(async () => {
  seenByTarget = 0;
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      seenByTarget += bytes.length;
      socket.write(bytes);
    });
    socket.on('end', () => socket.end());
  }).listen(0, loopback);
  await once(echo, 'listening');
  const address = echo.address();
  proxy = await FaultProxy.open({
    listen: 0,
    target: typeof address === 'object' && address !== null ? address.port : 0,
  });
});

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await proxy.close();
  echo.close();
});

describe('the proxy', () => {
  it('passes bytes both ways, counts them, and passes an end in order', async () => {
    const one = client();
    await one.sendUntil(text, text.length);
    one.socket.end();
    await eventually(() => expect(one.ended).toBe('in_order'));
    expect(one.received).toEqual(text);
    expect(proxy.counts).toEqual({ connections: 1, bytesUp: text.length, bytesDown: text.length, bites: 0 });
    await eventually(() => expect(proxy.openConnections).toBe(0));
  });

  it('delays both ways and keeps the order', async () => {
    await proxy.setFault({ kind: 'delay', byMs: 60 });
    const one = client();
    expect(await one.sendUntil(text, text.length)).toBeGreaterThanOrEqual(115);
    expect(one.received).toEqual(text);
    expect(proxy.counts.bites).toBeGreaterThanOrEqual(2);
  });

  it('delays what is on its way all at once, not piece after piece', async () => {
    await proxy.setFault({ kind: 'delay', byMs: 50 });
    const one = client();
    const large = Buffer.alloc(2_000_000, 7);
    expect(await one.sendUntil(large, large.length)).toBeLessThan(1500);
    expect(proxy.counts.bites).toBeGreaterThan(20);
  });

  it('holds everything while it hangs and passes it on afterwards', async () => {
    const one = client();
    await one.sendUntil(text, text.length);
    await proxy.setFault({ kind: 'hang' });
    one.socket.write(text);
    await eventually(() => expect(proxy.counts.bites).toBeGreaterThan(0));
    expect({ ended: one.ended, seenByTarget }).toEqual({ ended: 'no', seenByTarget: text.length });
    await proxy.setFault({ kind: 'none' });
    await one.sendUntil(Buffer.alloc(0), 2 * text.length);
  });

  it('takes new connections while it hangs and answers nothing', async () => {
    await proxy.setFault({ kind: 'hang' });
    const one = client();
    one.socket.write(text);
    await eventually(() => expect(proxy.counts).toMatchObject({ connections: 1, bites: 1, bytesUp: 0 }));
    expect(one.ended).toBe('no');
  });

  it('slices into single bytes, all of which arrive', async () => {
    await proxy.setFault({ kind: 'slice', bytes: 1 });
    const one = client();
    await one.sendUntil(text, text.length);
    expect(one.received).toEqual(text);
    expect(proxy.counts.bites).toBe(2 * text.length);
    expect(one.pieces).toBeGreaterThan(10);
  });

  it('resets in the middle of an answer, after exactly so many bytes of it', async () => {
    const one = client();
    await one.sendUntil(text, text.length);
    await proxy.setFault({ kind: 'reset', afterAnswerBytes: 10 });
    one.socket.write(text);
    await eventually(() => expect(one.ended).toBe('reset'));
    expect(proxy.counts).toMatchObject({ bytesDown: text.length + 10, bites: 1 });
  });

  it('cuts open connections and takes new ones', async () => {
    const one = client();
    await one.sendUntil(text, text.length);
    proxy.cut();
    await eventually(() => expect(one.ended).toBe('reset'));
    await client().sendUntil(text, text.length);
  });

  it('refuses connections, and takes them again at the same address', async () => {
    const { address } = proxy;
    await proxy.setFault({ kind: 'refuse' });
    const refused = client();
    await eventually(() => expect(refused.ended).toBe('reset'));
    expect(proxy.counts.connections).toBe(0);
    await proxy.setFault({ kind: 'none' });
    expect(proxy.address).toBe(address);
    await client().sendUntil(text, text.length);
  });

  it('resets a connection whose target is gone', async () => {
    echo.close();
    await once(echo, 'close');
    const one = client();
    await eventually(() => expect(one.ended).toBe('reset'));
  });
});
