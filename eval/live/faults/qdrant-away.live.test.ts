/** Qdrant stands still, cannot be reached, or has no room (rows 33, 49, 36). */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
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

    it('takes no writes for want of room: questions are answered truly, what is written waits, and none is lost (row 36)', async () => {
      scene = await QdrantScene.running('A-0');
      const full = await FullDisk.before(scene.own.url);
      await scene.serve({ INDEX_URL: full.url });
      full.isFull = true;
      const ids = Array.from({ length: size(20, 300) }, (_, n) => `D-${n}`);
      for (const id of ids) await scene.put(id);
      await eventually(() => expect(full.refused, 'the fault bit').toBeGreaterThan(1));
      for (const id of ids.slice(0, 5)) await scene.askTruly(id);
      const { state } = scene.service.engines;
      await eventually(async () => expect(await state.pendingCount()).toBe(ids.length));
      // It backs off: not one try for each entity.
      expect(full.refused).toBeLessThan(ids.length + 20);
      full.isFull = false;
      await scene.converged();
      await scene.isWhole();
      await scene.end();
      await full.close();
    });
  },
);

/** Before a Qdrant: while it is full, what changes points is answered as Qdrant answers that the disk is full. */
class FullDisk {
  isFull = false;
  refused = 0;
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((asked, reply) => {
      const { method = 'GET', url = '/', headers } = asked;
      if (this.isFull && method === 'PUT') {
        this.refused += 1;
        asked.resume();
        reply.writeHead(500, { 'content-type': 'application/json' });
        const error = 'Service internal error: No space left on device: WAL buffer size exceeds available disk space';
        reply.end(JSON.stringify({ status: { error }, time: 0 }));
        return;
      }
      const passed = request(new URL(url, target), { method, headers }, (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
      });
      passed.on('error', () => reply.destroy());
      asked.pipe(passed);
    });
  }

  static async before(target: string): Promise<FullDisk> {
    const full = new FullDisk(target);
    await new Promise<void>((resolve) => full.#server.listen(0, '127.0.0.1', resolve));
    return full;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
