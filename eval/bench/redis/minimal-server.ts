/**
 * The least that answers with an account from Redis: hono as its documentation sets it up, one script of one call, and the JSON of the
 * entities put together as it lies there. In a process of its own, as `constant-server.ts` is. The parent sends a plan and is sent the URL.
 */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Redis } from 'ioredis';
import { addressOf } from '../../../connectors/redis/settings.js';
import { jsonOf, type KeyedRead, readAccount } from './keyed-read.js';

process.on('message', async ({ address, keys }: KeyedRead) => {
  const client = new Redis(addressOf(address));
  const sha = String(await client.script('LOAD', readAccount));
  const app = new Hono().post('/v1/context', async (c) => {
    await c.req.json();
    const reply = (await client.evalsha(sha, keys.length, ...keys)) as readonly (readonly string[])[];
    return c.body(jsonOf(reply), 200, { 'content-type': 'application/json' });
  });
  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
    process.send?.(`http://127.0.0.1:${port}/v1/context`);
  });
});
process.once('disconnect', () => process.exit());
