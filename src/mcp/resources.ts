/** Snapshots and accounts as resources. They are not listed: whoever has an id has it from a result, or from the business. */
import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { type Asking, segment } from './asking.js';
import { ACCOUNT_TEMPLATE, SNAPSHOT_TEMPLATE } from './links.js';
import { PROVENANCE, provenanceOf } from './provenance.js';
import { PROBLEM, problemText } from './results.js';

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly template: ResourceTemplate;
  /** Of the API. */
  readonly path: string;
  readonly notFound: string;
}

const kinds: readonly Kind[] = [
  {
    name: 'snapshot',
    title: 'A released snapshot',
    description: 'The bytes that were released, rebuilt from the log. Read it to see again what a decision rested on.',
    template: new ResourceTemplate(SNAPSHOT_TEMPLATE, { list: undefined }),
    path: '/v1/snapshots/',
    notFound: 'snapshot_not_found',
  },
  {
    name: 'account',
    title: 'The state of an account',
    description:
      'The account, its tickets and entitlements as they are now, with the position each was last changed at.',
    template: new ResourceTemplate(ACCOUNT_TEMPLATE, { list: undefined }),
    path: '/v1/accounts/',
    notFound: 'account_not_found',
  },
];

export function registerResources(server: McpServer, asking: Asking): void {
  for (const kind of kinds) {
    const { name, title, description, template } = kind;
    const shown = { title, description, mimeType: 'application/json' };
    server.registerResource(name, template, shown, (uri, { id }) => read(kind, { uri: uri.href, id }, asking));
  }
}

interface Wanted {
  readonly uri: string;
  readonly id: string | string[] | undefined;
}

async function read(kind: Kind, { uri, id }: Wanted, asking: Asking): Promise<ReadResourceResult> {
  const known = decoded(id);
  if (known === undefined) throw new ResourceNotFoundError(uri);
  const reply = await asking.get(`${kind.path}${segment(known)}`);
  const about = kind.name === 'snapshot' ? known : null;
  if (reply.kind === 'told') {
    const provenance = await provenanceOf(reply.value, asking, about);
    const content = { uri, mimeType: 'application/json', text: reply.text };
    return { contents: [content], _meta: { [PROVENANCE]: provenance } };
  }
  const { problem } = reply;
  const provenance = await provenanceOf(problem, asking, null);
  // What is not loaded yet is no resource that does not exist.
  if (problem.code === kind.notFound && provenance.readiness !== 'loading') throw new ResourceNotFoundError(uri);
  const told = problemText(problem, provenance);
  throw new ProtocolError(ProtocolErrorCode.InternalError, told, { [PROBLEM]: problem, [PROVENANCE]: provenance });
}

/** Undefined: no id can be written like this. */
function decoded(id: Wanted['id']): string | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
}
