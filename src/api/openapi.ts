/** The OpenAPI 3.1 document, made from the endpoints and the zod schemas that validate. */
import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { ErrorCode } from '../errors.js';
import type { Endpoint } from './endpoint.js';
import { problemTypes } from './problems.js';

const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    advice: z.string(),
    retriable: z.boolean(),
    requestId: z.string(),
    errors: z.array(z.looseObject({ in: z.string(), pointer: z.string(), detail: z.string() })).optional(),
    facts: z.looseObject({}).optional(),
  })
  .openapi('Problem', {
    description: 'RFC 9457. `code` is one of a closed list; `advice` says what to do; `errors` names members.',
  });

const tags = [
  { name: 'context', description: 'Snapshots, search, and what became of a snapshot' },
  { name: 'events', description: 'Appending events, positions and tokens' },
  { name: 'accounts', description: 'State with its watermarks, and how it came about' },
  { name: 'interactions', description: 'What agents do: claims, decisions and their traces' },
  { name: 'rejected', description: 'Rejected events: explain, redrive, discard' },
  { name: 'generations', description: 'Index generations side by side: shadow, promote, roll back, drop' },
  { name: 'service', description: 'Health and numbers' },
];

/** JSON text. The same endpoints and version give the same text. */
export function openApiText(endpoints: readonly Endpoint[], version: string): string {
  const hono = new OpenAPIHono();
  hono.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A key of the key file (AUTH=keys:<file>), with the scopes it names: read, write, operate, metrics, and approve for saying that a ' +
      'decision is approved or overridden. With AUTH=none, none is needed, and everything is allowed.',
  });
  for (const endpoint of endpoints) hono.openAPIRegistry.registerPath(routeOf(endpoint));
  const document = hono.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version,
      description: 'Context snapshots for copilots, stamped with their source positions, audited and replayable.',
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

function routeOf(endpoint: Endpoint): RouteConfig {
  const { method, path, operationId, tag, summary, description, reply } = endpoint;
  return {
    method,
    path,
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: endpoint.scope === null ? [] : [{ key: [] }],
    request: requestOf(endpoint),
    responses: {
      200: {
        description: reply.description,
        content: { [reply.mediaType ?? 'application/json']: { schema: reply.schema } },
      },
      ...problemResponses(endpoint),
    },
  };
}

function requestOf({ params, query, body }: Endpoint): NonNullable<RouteConfig['request']> {
  const content = (mediaTypes: readonly string[], schema: z.ZodType) =>
    Object.fromEntries(mediaTypes.map((type) => [type, { schema }]));
  return {
    ...(params instanceof z.ZodObject ? { params } : {}),
    ...(query instanceof z.ZodObject ? { query } : {}),
    ...(body === null ? {} : { body: { required: !body.optional, content: content(body.mediaTypes, body.shown) } }),
  };
}

const ofEveryEndpoint: readonly ErrorCode[] = ['unauthenticated', 'forbidden', 'not_acceptable', 'request_invalid'];
const ofEveryBody: readonly ErrorCode[] = ['request_malformed', 'request_too_large', 'media_type_unsupported'];

/** One response per status; its description lists the codes. */
function problemResponses(endpoint: Endpoint): RouteConfig['responses'] {
  const general = endpoint.scope === null ? [] : ofEveryEndpoint;
  const codes = new Set([...general, ...(endpoint.body === null ? [] : ofEveryBody), ...endpoint.problems]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = problemTypes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: RouteConfig['responses'] = {};
  for (const [status, listed] of [...byStatus].sort(([a], [b]) => a - b)) {
    const description = listed.map((code) => `\`${code}\`: ${problemTypes[code].title}`).join('. ');
    responses[status] = { description, content: { 'application/problem+json': { schema: problemSchema } } };
  }
  return responses;
}
