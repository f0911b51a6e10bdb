/**
 * What an address of the API is. Every route file has the same parts in the same order: schemas, definition, handler. The zod
 * schemas that validate are the ones the OpenAPI document is made from.
 *
 * Bodies go through `readJson` and not through the framework's validator: nesting is bounded and numbers are exact before any
 * schema sees them, and nothing is parsed twice.
 */
import { z } from '@hono/zod-openapi';
import type { JsonValue } from '../domain/canonical.js';
import type { ErrorCode } from '../errors.js';
import type { Credential, Scope } from './auth.js';
import { readBody } from './body.js';
import type { ApiContext } from './context.js';
import { faultsOf, invalid, type MemberFault, type Problem, problem } from './problems.js';
import type { Reply } from './reply.js';
import type { ApiRequest } from './request.js';
import type { Trace } from './trace.js';

export type Answer = Reply | Problem;

/** A request on its way in. */
export interface Incoming {
  readonly request: ApiRequest;
  readonly context: ApiContext;
  readonly trace: Trace;
}

/** A request that has a credential and valid parameters. */
export interface Call<Params, Query, Body> extends Incoming {
  readonly credential: Credential;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Of the body; empty when there is none. */
  readonly mediaType: string;
}

export interface Documentation {
  readonly method: 'get' | 'post';
  /** With `{name}` for each path parameter. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly reply: { readonly description: string; readonly mediaType?: string; readonly schema: z.ZodType };
  /** Codes of its own; those every address has are added. */
  readonly problems: readonly ErrorCode[];
}

const nothing = z.strictObject({});
type Nothing = typeof nothing;

export interface BodyParts<B extends z.ZodType> {
  readonly schema: B;
  /** What the document shows where the schema leaves judging to other code; the schema itself when not given. */
  readonly shown?: z.ZodType;
  readonly mediaTypes?: readonly string[];
  /** An empty body means an empty object. */
  readonly optional?: boolean;
}

export interface EndpointParts<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> extends Documentation {
  readonly scope: Scope;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: BodyParts<B>;
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer>;
}

/** An endpoint as the application mounts it: its types are checked inside. `scope` null: open to everybody. */
export interface Endpoint extends Documentation {
  readonly scope: Scope | null;
  readonly params: z.ZodType | null;
  readonly query: z.ZodType | null;
  readonly body: Required<BodyParts<z.ZodType>> | null;
  answer(incoming: Incoming, credential: Credential | null): Promise<Answer>;
}

const jsonOnly = ['application/json'] as const;

export function endpoint<P extends z.ZodType = Nothing, Q extends z.ZodType = Nothing, B extends z.ZodType = Nothing>(
  parts: EndpointParts<P, Q, B>,
): Endpoint {
  const params = parts.params ?? null;
  const query = parts.query ?? null;
  const { schema, mediaTypes = jsonOnly, optional = false } = parts.body ?? {};
  const body = schema === undefined ? null : { schema, shown: parts.body?.shown ?? schema, mediaTypes, optional };
  const answer = async (incoming: Incoming, credential: Credential | null): Promise<Answer> => {
    if (credential === null) throw new Error('an endpoint with a scope was called without a credential');
    const { request } = incoming;
    const faults: MemberFault[] = [];
    const read = <T extends z.ZodType>(type: T | null, value: unknown, where: MemberFault['in']) => {
      const result = (type ?? nothing).safeParse(value);
      if (!result.success) faults.push(...faultsOf(result.error, where));
      return result.data as z.output<T>;
    };
    const pathValues = params === null ? {} : read(params, request.param(), 'path');
    const queryValues = read(query, request.url.includes('?') ? queryOf(request) : {}, 'query');
    if (faults.length > 0) return invalid(faults);
    const content = body === null ? null : await readBody(request, body.mediaTypes);
    if (content?.kind === 'problem') return content;
    const bodyValue = read<z.ZodType>(body?.schema ?? null, contentOf(content?.value, body?.optional ?? true), 'body');
    if (faults.length > 0) return invalid(faults);
    const mediaType = content?.mediaType ?? '';
    const { context, trace } = incoming;
    const call = {
      request,
      context,
      trace,
      credential,
      params: pathValues,
      query: queryValues,
      mediaType,
      body: bodyValue,
    };
    // What was read with a schema has its output type; the compiler cannot follow that through the optional parts.
    return parts.handle(call as Call<z.output<P>, z.output<Q>, z.output<B>>);
  };
  return { ...parts, params, query, body, answer };
}

function contentOf(value: JsonValue | undefined, optional: boolean): unknown {
  return value === undefined && optional ? {} : value;
}

/** A parameter given once is a string; one given several times is a list, which only a list's schema takes. */
function queryOf(request: ApiRequest): Record<string, string | readonly string[]> {
  const entries = Object.entries(request.queries());
  return Object.fromEntries(entries.map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]));
}

export interface OpenEndpointParts extends Documentation {
  handle(incoming: Incoming): Promise<Answer>;
}

/** An address that asks for no credential: it tells nothing about anybody's data. */
export function openEndpoint(parts: OpenEndpointParts): Endpoint {
  return { ...parts, scope: null, params: null, query: null, body: null, answer: (incoming) => parts.handle(incoming) };
}

/** A media range of an Accept header with its weight (RFC 9110 section 12.5.1); the most specific range decides. */
export function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header === '*/*' || header.trim() === '') return true;
  const ranges = header.split(',').map((part) => {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    return { range, refused: parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) };
  });
  const type = mediaType.split(';', 1)[0] ?? '';
  for (const wanted of [type, `${type.split('/', 1)[0]}/*`, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found !== undefined) return !found.refused;
  }
  return false;
}

export function notAcceptable(mediaType: string): Problem {
  return problem({
    code: 'not_acceptable',
    message: 'the Accept header leaves out the only type this address has',
    advice: 'Accept the type named, or leave the header out.',
    retriable: false,
    facts: { mediaType },
  });
}
