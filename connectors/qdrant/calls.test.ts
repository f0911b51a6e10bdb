import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { QdrantCalls } from './calls.js';

describe('calls to Qdrant', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function calling(answer: RequestListener, apiKey: string | null = null) {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it listens on a port');
    let silences = 0;
    const settings = { url: `http://127.0.0.1:${address.port}`, apiKey, alias: 'test' };
    const calls = new QdrantCalls(settings, () => silences++);
    return { calls, silences: () => silences };
  }

  const ask = (calls: QdrantCalls) => calls.ask((client) => client.getCollections());

  it.each([
    [401, 'denied'],
    [403, 'denied'],
    [404, 'missing'],
    [400, 'refused'],
    [409, 'refused'],
    [408, 'failing'],
    [429, 'failing'],
    [500, 'failing'],
    [503, 'failing'],
  ])('an answer of %i means %s, and nothing of it is told', async (status, kind) => {
    const { calls, silences } = await calling((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"status":{"error":"customer text"}}');
    });
    const failure = await ask(calls).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind, message: `HTTP status ${status}` });
    expect(silences()).toBe(0);
  });

  it('one that never answers is silent in time, and the next fail at once until a probe is answered', async () => {
    let isUp = false;
    let asked = 0;
    const { calls, silences } = await calling((_, response) => {
      asked += 1;
      if (isUp) response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":{"collections":[]}}');
    });
    await expect(ask(calls)).rejects.toMatchObject({ kind: 'silent' });
    await expect(ask(calls)).rejects.toMatchObject({ kind: 'silent' });
    await expect(calls.write((client) => client.getCollections())).rejects.toMatchObject({ kind: 'silent' });
    expect([asked, silences(), calls.isSilent, calls.wasCut]).toEqual([1, 1, true, false]);
    isUp = true;
    await calls.probe((client) => client.getCollections());
    expect(await ask(calls)).toEqual({ collections: [] });
  });

  it('one whose connection breaks off may have lost what it took, until it answers again', async () => {
    let isUp = false;
    const { calls } = await calling((request, response) => {
      if (isUp) response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":{"collections":[]}}');
      else request.socket.destroy();
    });
    await expect(calls.write((client) => client.getCollections())).rejects.toMatchObject({ kind: 'silent' });
    expect([calls.isSilent, calls.wasCut]).toEqual([false, true]);
    isUp = true;
    await calls.probe((client) => client.getCollections());
    expect(calls.wasCut).toBe(false);
  });

  it('what is no answer of Qdrant is silence', async () => {
    const { calls } = await calling((_, response) => response.end('<html>'));
    await expect(ask(calls)).rejects.toMatchObject({ kind: 'silent' });
  });

  it('carry the key, and ask for an answer in one piece', async () => {
    let headers: Record<string, unknown> = {};
    const { calls } = await calling((request, response) => {
      headers = request.headers;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":{"collections":[]}}');
    }, 'the-key');
    await ask(calls);
    expect(headers).toMatchObject({ 'api-key': 'the-key', 'accept-encoding': 'identity' });
  });
});
