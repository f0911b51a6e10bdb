/** Calls to Qdrant: each ends in time, and what goes wrong has one of four meanings. */
import { QdrantClient } from '@qdrant/js-client-rest';
import { limits } from '../../src/limits.js';

export interface QdrantSettings {
  /** `http://host:port` or `https://host:port`, without credentials. */
  readonly url: string;
  readonly apiKey: string | null;
  /** The alias under which the current collection is known, and the beginning of the collections' names. */
  readonly alias: string;
}

/**
 * `silent`: no answer in time, or one that Qdrant does not give. `failing`: it answers that it cannot. `missing`: the collection is not
 * there. `denied`: not with this key. `refused`: not such a request.
 */
export type FailureKind = 'silent' | 'failing' | 'missing' | 'denied' | 'refused';

/** Holds nothing that was sent or answered: both have customers' data in them. */
export class QdrantFailure extends Error {
  override readonly name = 'QdrantFailure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, why: string) {
    super(why);
    this.kind = kind;
  }
}

/**
 * After a call without an answer all others fail at once, until `probe` was answered: whoever reads is told in no time rather than
 * after the time limit, and a server that only stumbled is found up again a moment later.
 */
export class QdrantCalls {
  readonly #asking: QdrantClient;
  readonly #writing: QdrantClient;
  readonly #fellSilent: () => void;
  #isSilent = false;
  #wasCut = false;

  constructor(settings: QdrantSettings, fellSilent: () => void) {
    this.#asking = clientOf(settings, limits.indexAskMs);
    this.#writing = clientOf(settings, limits.indexWriteMs);
    this.#fellSilent = fellSilent;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Whether a connection failed since `probe` was answered: a server that was started again may lack what it took. One that is late is not. */
  get wasCut(): boolean {
    return this.#wasCut;
  }

  /** A question of a search. */
  async ask<T>(call: (client: QdrantClient) => Promise<T>): Promise<T> {
    this.#requireHeard();
    try {
      return await this.#attempt(() => call(this.#asking));
    } catch (error) {
      if (isFailure(error, 'silent') && !this.#isSilent) {
        this.#isSilent = true;
        this.#fellSilent();
      }
      throw error;
    }
  }

  /** What may take as long as a write. One that gets no answer says nothing about questions: a full disk still answers those. */
  async write<T>(call: (client: QdrantClient) => Promise<T>): Promise<T> {
    this.#requireHeard();
    return await this.#attempt(() => call(this.#writing));
  }

  /** A question that is asked even of a server that fell silent; its answer ends the silence. */
  async probe<T>(call: (client: QdrantClient) => Promise<T>): Promise<T> {
    try {
      const answer = await this.#attempt(() => call(this.#asking));
      this.#isSilent = false;
      this.#wasCut = false;
      return answer;
    } catch (error) {
      // Any answer of Qdrant ends the silence, also one that refuses.
      this.#isSilent = isFailure(error, 'silent');
      throw error;
    }
  }

  async #attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'silent' && failure.message !== LATE) this.#wasCut = true;
      throw failure;
    }
  }

  #requireHeard(): void {
    if (this.#isSilent) throw new QdrantFailure('silent', 'it did not answer a moment ago');
  }
}

export function isFailure(error: unknown, kind: FailureKind): error is QdrantFailure {
  return error instanceof QdrantFailure && error.kind === kind;
}

/** What the client calls an answer that did not come in time. */
const LATE = 'QdrantClientTimeoutError';

function failureOf(error: unknown): QdrantFailure {
  if (error instanceof QdrantFailure) return error;
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
  if (status === null) return new QdrantFailure('silent', error instanceof Error ? error.name : 'no answer');
  return new QdrantFailure(meaningOf(status), `HTTP status ${status}`);
}

function meaningOf(status: number): FailureKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'missing';
  if (status === 408 || status === 429 || status >= 500) return 'failing';
  return status >= 400 ? 'refused' : 'silent';
}

function clientOf({ url, apiKey }: QdrantSettings, timeoutMs: number): QdrantClient {
  const { protocol, hostname, port } = new URL(url);
  const isHttps = protocol === 'https:';
  return new QdrantClient({
    host: hostname,
    https: isHttps,
    port: port === '' ? (isHttps ? 443 : 80) : Number(port),
    timeout: timeoutMs,
    // A compressed reply leaves in two parts, of which the second waits 40 ms for an acknowledgement. The key goes with the headers,
    // for the client's own setting writes to the console.
    headers: { 'accept-encoding': 'identity', ...(apiKey === null ? {} : { 'api-key': apiKey }) },
    checkCompatibility: false,
  });
}
