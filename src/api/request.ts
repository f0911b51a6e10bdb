/** A request as the API reads it, whoever carried it here: the framework, or Node's server itself. */
import type { IncomingMessage } from 'node:http';
import type { HonoRequest } from 'hono';

export interface ApiRequest extends Pick<HonoRequest, 'method' | 'url'> {
  header(name: string): string | undefined;
  headers(): Readonly<Record<string, string>>;
  param(): Readonly<Record<string, string>>;
  queries(): Readonly<Record<string, readonly string[]>>;
  /** Aborts when the caller goes away; only what is answered bit by bit asks for it. */
  readonly signal: AbortSignal;
  /** The whole body; undefined when it is longer than `bytesMax`, and what is beyond is not read. Rejects when it ends early. */
  bytes(bytesMax: number): Promise<Uint8Array | undefined>;
}

export function requestOf(request: HonoRequest): ApiRequest {
  return {
    method: request.method,
    url: request.url,
    header: (name) => request.header(name),
    headers: () => request.header(),
    param: () => request.param(),
    queries: () => request.queries(),
    get signal() {
      return request.raw.signal;
    },
    bytes: async (bytesMax) => {
      const declared = request.header('content-length');
      if (declared === undefined) return readStream(request.raw.body, bytesMax);
      return Number(declared) > bytesMax ? undefined : new Uint8Array(await request.arrayBuffer());
    },
  };
}

async function readStream(body: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.length;
    if (size > bytesMax) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
}

const nothing = {};

/** What Node's server has read, without a `Request` around it: for addresses without parameters, asked without a query. */
export class NodeRequest implements ApiRequest {
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
  }

  get method(): string {
    return this.#incoming.method ?? '';
  }

  get url(): string {
    return this.#incoming.url ?? '';
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  headers(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.keys(this.#incoming.headers).map((name) => [name, this.header(name) ?? '']));
  }

  param(): Readonly<Record<string, string>> {
    return nothing;
  }

  queries(): Readonly<Record<string, readonly string[]>> {
    return nothing;
  }

  get signal(): AbortSignal {
    const gone = new AbortController();
    this.#incoming.socket.once('close', () => gone.abort());
    return gone.signal;
  }

  bytes(bytesMax: number): Promise<Uint8Array | undefined> {
    const incoming = this.#incoming;
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      let isWhole = false;
      incoming.on('data', (chunk: Uint8Array) => {
        size += chunk.length;
        if (size <= bytesMax) chunks.push(chunk);
      });
      incoming.once('end', () => {
        isWhole = true;
        if (size > bytesMax) resolve(undefined);
        else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
      });
      // A message is closed after its end as well, and an error that nobody sees costs what one costs that somebody does.
      incoming.once('close', () => {
        if (!isWhole) reject(new Error('the body ended early'));
      });
    });
  }
}
