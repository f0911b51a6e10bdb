/** GET /openapi.json, and GET /docs: a page over it that loads nothing from other hosts. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from '@hono/zod-openapi';
import { type Endpoint, openEndpoint } from '../endpoint.js';
import { json, jsonText, type Reply } from '../reply.js';

export const getOpenApi = openEndpoint({
  method: 'get',
  path: '/openapi.json',
  operationId: 'openApi',
  tag: 'service',
  summary: 'Read this description',
  reply: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) },
  problems: [],
  handle: async ({ context }) => jsonText(context.openApi()),
});

// Scripts from here only and none inline. Swagger UI writes style attributes, which is all that 'unsafe-inline' lets through.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidemark API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });
`;

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

/** Where somebody who knows the address only finds the rest; a browser is taken there. */
const getRoot = openEndpoint({
  method: 'get',
  path: '/',
  operationId: 'root',
  tag: 'service',
  summary: 'Find the documentation',
  reply: {
    description: 'Where to go on',
    schema: z.object({ service: z.string(), docs: z.string(), openApi: z.string() }),
  },
  problems: [],
  handle: async ({ request }): Promise<Reply> => {
    const isBrowser = request.header('accept')?.includes('text/html') ?? false;
    if (isBrowser) return { kind: 'reply', status: 302, headers: { location: '/docs' }, body: null };
    return json({ service: 'tidemark', docs: '/docs', openApi: '/openapi.json' });
  },
});

export const docsEndpoints: readonly Endpoint[] = [
  getRoot,
  documentEndpoint('/docs', 'docsPage', html, async () => page),
  documentEndpoint('/docs/start.js', 'docsStart', script, async () => start),
  documentEndpoint('/docs/swagger-ui-bundle.js', 'docsScript', script, () => staticFile('swagger-ui-bundle.js')),
  documentEndpoint('/docs/swagger-ui.css', 'docsStyle', 'text/css; charset=utf-8', () => staticFile('swagger-ui.css')),
];

function documentEndpoint(path: string, operationId: string, mediaType: string, read: () => Promise<string>): Endpoint {
  return openEndpoint({
    method: 'get',
    path,
    operationId,
    tag: 'service',
    summary: 'Part of the documentation page',
    reply: { description: 'A file', mediaType, schema: z.string() },
    problems: [],
    handle: async (): Promise<Reply> => {
      const headers = {
        'content-type': mediaType,
        'content-security-policy': policy,
        'referrer-policy': 'no-referrer',
      };
      return { kind: 'reply', status: 200, headers, body: await read() };
    },
  });
}

const files = new Map<string, Promise<string>>();

function staticFile(name: string): Promise<string> {
  const known = files.get(name) ?? read(name);
  files.set(name, known);
  return known;
}

/** The build copies the files beside the compiled code; run from the sources, they come from the development dependency. */
async function read(name: string): Promise<string> {
  try {
    return await readFile(join(fileURLToPath(new URL('../static/', import.meta.url)), name), 'utf8');
  } catch {
    const installed = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');
    return readFile(join(dirname(installed), name), 'utf8');
  }
}
