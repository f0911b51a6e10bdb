/** What goes back: the structured content with the same JSON as text, or an error that says what to do. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { JsonObject } from '../domain/canonical.js';
import { isJsonObject } from '../domain/json.js';
import type { Told } from './asking.js';
import { PROVENANCE, type Provenance } from './provenance.js';

export const PROBLEM = 'tidemark/problem';

export interface Link {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
}

export function toldResult({ value, text }: Told, provenance: Provenance, links: readonly Link[]): CallToolResult {
  const linked = links.map((link) => ({ type: 'resource_link', mimeType: 'application/json', ...link }) as const);
  return {
    content: [{ type: 'text', text }, ...linked],
    structuredContent: { ...value },
    _meta: { [PROVENANCE]: provenance },
  };
}

/** A model reads the text; the problem itself is in `_meta`, for programs: structured content is for what was asked for. */
export function refusedResult(problem: JsonObject, provenance: Provenance): CallToolResult {
  return {
    isError: true,
    content: [{ type: 'text', text: problemText(problem, provenance) }],
    _meta: { [PROVENANCE]: provenance, [PROBLEM]: problem },
  };
}

export function problemText(
  { code, detail, advice, errors }: JsonObject,
  { readiness }: Pick<Provenance, 'readiness'>,
) {
  const members = (Array.isArray(errors) ? errors : []).flatMap((fault) =>
    isJsonObject(fault) ? [`- ${fault.pointer === '' ? 'the arguments' : fault.pointer}: ${fault.detail}`] : [],
  );
  const hint = `Hint: ${advice}`;
  return [`${code}: ${detail}.`, ...members, hint, ...(readiness === 'ready' ? [] : [notReady[readiness]])].join('\n');
}

const notReady = {
  loading: 'The service is still loading its log (readiness: loading): that something is missing says nothing yet.',
  degraded: 'The service is degraded (readiness: degraded): something may be missing that is on record.',
} as const;
