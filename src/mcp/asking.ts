/** How a tool asks: one address of the API, with the caller's own credential, and an answer that is either told or refused. */
import type { Ask, AskReply } from '../api/ask.js';
import { problemOf } from '../api/problems.js';
import type { JsonObject } from '../domain/canonical.js';
import { isJsonObject } from '../domain/json.js';
import { TidemarkError } from '../errors.js';
import { factsOfSnapshot } from './snapshot-facts.js';

export interface Told {
  readonly kind: 'told';
  readonly value: JsonObject;
  /** Of a snapshot: `value` without its items, which costs a fraction to read. */
  readonly facts?: JsonObject;
  /** `value` as the API wrote it. */
  readonly text: string;
}

/** A problem (RFC 9457): it has `code`, `detail` and `advice`. */
export interface Refused {
  readonly kind: 'refused';
  readonly problem: JsonObject;
}

export type Reply = Told | Refused;

export type Query = Readonly<Record<string, readonly string[]>>;

/** What a request carried that is the caller's: who they are, and what their calls belong to. */
export type CallerHeaders = Readonly<Record<string, string>>;

export class Asking {
  readonly #ask: Ask;
  readonly #headers: CallerHeaders;

  constructor(ask: Ask, headers: CallerHeaders) {
    this.#ask = ask;
    this.#headers = headers;
  }

  /** The same caller, with further headers: the trace context of one call. */
  with(headers: CallerHeaders): Asking {
    return new Asking(this.#ask, { ...this.#headers, ...headers });
  }

  /** What the caller's calls belong to, as far as their request says. */
  get correlationId(): string | undefined {
    return this.#headers['correlation-id'];
  }

  get(path: string, query?: Query): Promise<Reply> {
    const asked = { method: 'GET', path, headers: this.#headers } as const;
    return this.#reply(query === undefined ? asked : { ...asked, query });
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.#reply({ method: 'POST', path, body, headers: this.#headers });
  }

  /** Never rejects: what nobody has an answer to is refused as well, without whatever an error of a library may quote. */
  async #reply(call: Parameters<Ask>[0]): Promise<Reply> {
    try {
      return replyOf(await this.#ask(call));
    } catch (error) {
      const { code, message, advice, retriable } = problemOf(error);
      return { kind: 'refused', problem: { code, detail: message, advice, retriable } };
    }
  }
}

/** A snapshot whose items nobody here looks at: they are read when somebody does. */
class ToldSnapshot implements Told {
  readonly kind = 'told';
  readonly text: string;
  readonly facts: JsonObject;
  #value: JsonObject | undefined;

  constructor(text: string, facts: JsonObject) {
    this.text = text;
    this.facts = facts;
  }

  get value(): JsonObject {
    this.#value ??= readObject(this.text);
    return this.#value;
  }
}

function replyOf({ status, body }: AskReply): Reply {
  const facts = status === 200 ? factsOfSnapshot(body) : undefined;
  if (facts !== undefined) return new ToldSnapshot(body, facts);
  const value = readObject(body);
  // Readiness is told with the same body whether or not it is a refusal; a problem names its code.
  const isProblem = status >= 400 && typeof value.code === 'string';
  return isProblem ? { kind: 'refused', problem: value } : { kind: 'told', value, text: body };
}

/** One segment of a path: an id is customer text. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}

function readObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON: told below; whoever answered is no service of this kind.
  }
  if (isJsonObject(value)) return value;
  throw new TidemarkError({
    code: 'unreachable',
    message: 'what answered is no Tidemark service',
    advice: 'Correct TIDEMARK_URL or --url.',
    retriable: false,
  });
}
