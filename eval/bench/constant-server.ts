/**
 * The baseline of reads over HTTP: hono as its documentation sets it up, answering with a constant string. In a process of its own,
 * because hono's default replaces the global Request and Response of the whole process. The parent sends the string and is sent the
 * URL, and later on the processor time used, in microseconds; when the parent goes, so does this.
 */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

process.on('message', ({ serve: constant }: { readonly serve?: string }) => {
  if (constant === undefined) {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
    return;
  }
  const app = new Hono().post('/v1/context', (c) => c.body(constant, 200, { 'content-type': 'application/json' }));
  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
    process.send?.(`http://127.0.0.1:${port}/v1/context`);
  });
});
process.once('disconnect', () => process.exit());
