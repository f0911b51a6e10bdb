/**
 * Every request to Qdrant and every reply of it, held against its OpenAPI document:
 *
 *     const checked = await checkedQdrant(url);            // use checked.url in place of url
 *     afterAll(() => checked.close());
 *     it.skipIf(openApiPath() === undefined)(`… (${openApiMissing})`, () => {
 *       expect(checked.violations).toEqual([]);
 *       expect(checked.exchanges).toBeGreaterThan(0);
 *     });
 */
import { existsSync, readFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { dataFolder, dataFolderMissing } from '../../data.js';
import { OpenApiCheck, type Violation } from './openapi-check.js';
import { isSchema } from './openapi-schema.js';
import { loopback } from './ports.js';

/** Of a server of this or an earlier version: what clients of 1.18 send and get is in it. */
const documentPath = 'qdrant_openapi/openapi-v1.19.json';

export const openApiMissing = `needs ${documentPath}: ${dataFolderMissing}`;

/** Undefined when it is not to be had here. */
export function openApiPath(): string | undefined {
  const folder = dataFolder();
  const path = folder === undefined ? undefined : join(folder, documentPath);
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** Undefined when the document is not to be had here. */
export function qdrantCheck(): OpenApiCheck | undefined {
  const path = openApiPath();
  if (path === undefined) return undefined;
  const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isSchema(document)) throw new Error(`${path} is no OpenAPI document`);
  return new OpenApiCheck(document);
}

export interface CheckedQdrant {
  /** Passes everything on to the URL given; that URL itself when there is no document. */
  readonly url: string;
  /** So far; the first of each place and kind. */
  readonly violations: readonly Violation[];
  /** Requests that were answered and checked, so far. */
  readonly exchanges: number;
  close(): Promise<void>;
}

export async function checkedQdrant(url: string): Promise<CheckedQdrant> {
  const check = qdrantCheck();
  if (check === undefined) return { url, violations: [], exchanges: 0, close: async () => {} };
  const proxy = new CheckingProxy(new URL(url), check);
  await proxy.listen();
  return proxy;
}

class CheckingProxy implements CheckedQdrant {
  url = '';
  exchanges = 0;
  readonly #found = new Map<string, Violation>();
  readonly #target: URL;
  readonly #check: OpenApiCheck;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;

  constructor(target: URL, check: OpenApiCheck) {
    this.#target = target;
    this.#check = check;
    this.#server = createServer((asked, answer) => {
      // A server that is gone is gone for the client too: its connection ends without a reply.
      this.#pass(asked, answer).catch(() => answer.destroy());
    });
  }

  get violations(): readonly Violation[] {
    return [...this.#found.values()];
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, loopback, () => {
        const address = this.#server.address();
        if (address !== null && typeof address === 'object') this.url = `http://${loopback}:${address.port}`;
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = asked;
    const body = await bytesOf(asked);
    const reply = await this.#ask(asked, answer, body);
    const bytes = await bytesOf(reply);
    const { statusCode: status = 0, headers } = reply;
    // Checked before the client has the reply: whoever has awaited a request finds its violations.
    const replyType = headers['content-type'] ?? '';
    const exchange = { method, path, request: body.toString(), status, replyType, reply: bytes.toString() };
    for (const one of this.#check.violations(exchange)) this.#found.set(`${one.where} ${one.what}`, one);
    this.exchanges += 1;
    answer.writeHead(status, { 'content-type': replyType, 'content-length': bytes.length });
    answer.end(bytes);
  }

  #ask(asked: IncomingMessage, answer: ServerResponse, body: Buffer): Promise<IncomingMessage> {
    const passedOn = Object.entries(asked.headers).filter(([name]) => !ownHeaders.has(name));
    const headers = { ...Object.fromEntries(passedOn), 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, method: asked.method, headers };
      const passed = request(new URL(asked.url ?? '/', this.#target), options, resolve);
      passed.once('error', reject);
      answer.once('close', () => passed.destroy());
      passed.end(body);
    });
  }
}

/** Of one connection, or, as `accept-encoding`, of whoever reads the reply: that is this proxy. */
const ownHeaders = new Set(['accept-encoding', 'connection', 'host', 'keep-alive', 'transfer-encoding']);

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
