/** Qdrant stands still, cannot be reached, or has no room (rows 33, 49, 36); or takes one policy for none. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { tenant } from '../../../src/fixtures.test-support.js';
import { limits } from '../../../src/limits.js';
import { size } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { type Found, isMarked, p99, QdrantScene, qdrantSceneMissing } from './qdrant-scene.test-support.js';

/** Below this a difference says nothing: the machine does much else. */
const NOISE_MS = 50;

describe.skipIf(qdrantSceneMissing !== undefined)(
  `a Qdrant that is away (${qdrantSceneMissing ?? 'on Redis and Qdrant'})`,
  () => {
    let scene: QdrantScene;
    afterEach(() => scene.close());

    /** Events and questions until then: marked, in no time but for those that found it out, and keyed reads as ever. */
    async function degrades(untilMs: number): Promise<void> {
      const calm = await scene.keyedReadsMs(50);
      const [answers, keyed]: [Found[], number[]] = [[], []];
      for (let n = 0; performance.now() < untilMs; n++) {
        await scene.put(`S-${n}`);
        answers.push(await scene.askTruly(`S-${n}`));
        keyed.push(...(await scene.keyedReadsMs(5)));
      }
      expect(answers.every(isMarked), 'the fault bit').toBe(true);
      expect(await scene.service.engines.state.pendingCount()).toBe(answers.length);
      // Who asks while it is found out waits for the time limit, and all after it are told at once.
      const waited = answers.filter(({ tookMs }) => tookMs > limits.indexAskMs).length;
      expect(waited).toBeLessThanOrEqual(2 + answers.length / 20);
      expect(p99(keyed) / Math.max(p99(calm), NOISE_MS)).toBeLessThanOrEqual(2);
    }

    it('stands still 10 s: marked, events are taken, what is pending is drained 30 s after (row 33)', async () => {
      scene = await QdrantScene.running('A-0');
      scene.own.server.pause();
      await eventually(() => expect(scene.own.server.isStopped).toBe(true));
      await degrades(performance.now() + size(2_500, 10_000));
      scene.own.server.resume();
      expect(await scene.converged()).toBeLessThan(30_000);
      await scene.isWhole();
    });

    it.each(['refuse', 'hang'] as const)('link down 30 s (%s): the same; nothing else fails (row 49)', async (kind) => {
      scene = await QdrantScene.running('A-0');
      await scene.proxy.setFault({ kind });
      await degrades(performance.now() + size(2_500, 30_000));
      await scene.proxy.setFault({ kind: 'none' });
      expect(await scene.converged()).toBeLessThan(30_000);
      await scene.isWhole();
    });

    it('refuses one policy as it is: others go on, questions score it beside the index, and a change mends it', async () => {
      scene = await QdrantScene.running('A-0');
      const picky = await Stand.before(scene.own.url);
      await scene.serve({ INDEX_URL: picky.url });
      picky.answer = (body) => (body.includes('P-bad') ? badRequest : undefined);
      await scene.put('G-1', 'P-bad', 'G-2');
      const { state, index } = scene.service.engines;
      await eventually(async () => {
        expect((await state.pendingKeys(tenant)).map(({ id }) => id)).toEqual(['P-bad']);
        expect(index.facts?.refused, 'the fault bit').toBeGreaterThan(0);
      });
      for (const id of ['G-1', 'P-bad', 'G-2'])
        expect(await scene.askTruly(id)).toMatchObject({ label: 'fresh', reasons: [] });
      expect(scene.refusals).toContain('HTTP status 400');
      const tries = picky.refused;
      await scene.put('G-3');
      await eventually(async () => expect(await state.pendingCount()).toBe(1));
      // It is not tried with each of the others.
      expect(picky.refused - tries).toBeLessThanOrEqual(1);
      picky.answer = () => undefined;
      await scene.put('P-bad');
      await scene.converged();
      await scene.isWhole();
      await scene.end();
      await picky.close();
    });

    it('takes no writes for want of room: questions are answered truly, what is written waits, and none is lost (row 36)', async () => {
      scene = await QdrantScene.running('A-0');
      const full = await Stand.before(scene.own.url);
      await scene.serve({ INDEX_URL: full.url });
      full.answer = () => noRoom;
      const ids = Array.from({ length: size(20, 300) }, (_, n) => `D-${n}`);
      for (const id of ids) await scene.put(id);
      await eventually(() => expect(full.refused, 'the fault bit').toBeGreaterThan(1));
      for (const id of ids.slice(0, 5)) await scene.askTruly(id);
      const { state } = scene.service.engines;
      await eventually(async () => expect(await state.pendingCount()).toBe(ids.length));
      // It backs off: not one try for each entity.
      expect(full.refused).toBeLessThan(ids.length + 20);
      full.answer = () => undefined;
      await scene.converged();
      await scene.isWhole();
      await scene.end();
      await full.close();
    });
  },
);

/** As Qdrant says it when the disk is full, and when it takes a point for none. */
const noRoom = {
  status: 500,
  error: 'Service internal error: No space left on device: WAL buffer size exceeds available disk space',
};
const badRequest = { status: 400, error: 'Wrong input: a point that it does not like' };

/** Before a Qdrant: what changes points may get another answer than its own. */
class Stand {
  answer: (body: string) => { readonly status: number; readonly error: string } | undefined = () => undefined;
  refused = 0;
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer(async (asked, reply) => {
      const { method = 'GET', url = '/', headers } = asked;
      const chunks: Buffer[] = [];
      for await (const chunk of asked) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const other = method === 'PUT' ? this.answer(body.toString()) : undefined;
      if (other !== undefined) {
        this.refused += 1;
        reply.writeHead(other.status, { 'content-type': 'application/json' });
        reply.end(JSON.stringify({ status: { error: other.error }, time: 0 }));
        return;
      }
      const passed = request(new URL(url, target), { method, headers }, (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
      });
      passed.on('error', () => reply.destroy());
      passed.end(body);
    });
  }

  static async before(target: string): Promise<Stand> {
    const stand = new Stand(target);
    await new Promise<void>((resolve) => stand.#server.listen(0, '127.0.0.1', resolve));
    return stand;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
