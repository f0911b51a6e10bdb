import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Connections, type Question } from './connections.js';

let server: Server | undefined;
let connections: Connections | undefined;

afterEach(() => {
  connections?.close();
  server?.close();
});

/** A broker that answers nothing: what it is asked is answered by the test, on whichever connection it was asked. */
async function brokerOf(onSocket: (socket: Socket) => void) {
  const made = createServer(onSocket);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const address = made.address();
  if (address === null || typeof address === 'string') throw new Error('a server listens on a port');
  connections = new Connections({ brokers: [], clientId: 'c', groupId: 'g' });
  return { connections, address: { host: '127.0.0.1', port: address.port } };
}

describe('a question', () => {
  it('is put again on a new connection where the one that was there has been closed', async () => {
    const sockets: Socket[] = [];
    const { connections, address } = await brokerOf((socket) => sockets.push(socket.on('error', () => undefined)));
    const ports: (number | undefined)[] = [];
    const answered: Question<string> = (connection, done) => {
      ports.push(connection.socket.localPort);
      done(null, 'yes');
    };
    expect(await connections.ask(address, answered)).toBe('yes');
    const closedOnce: Question<string> = (connection, done) => {
      if (connection.socket.localPort === ports[0]) done(new Error('Connection closed'), undefined);
      else answered(connection, done);
    };
    expect(await connections.ask(address, closedOnce)).toBe('yes');
    expect(new Set(ports).size).toBe(2);
  });

  it('is not put again where a new connection does not last either', async () => {
    const { connections, address } = await brokerOf((socket) => socket.on('error', () => undefined));
    let asked = 0;
    const closed: Question<string> = (_connection, done) => {
      asked += 1;
      done(new Error('Connection closed'), undefined);
    };
    await expect(connections.ask(address, closed)).rejects.toThrow('Connection closed');
    expect(asked).toBe(1);
  });
});
