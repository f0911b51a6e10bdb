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

/** What came of a call. */
export type Outcome =
  | { readonly kind: 'told'; readonly reply: Told; readonly provenance: Provenance; readonly links: readonly Link[] }
  | { readonly kind: 'refused'; readonly problem: JsonObject; readonly provenance: Provenance };

export function resultOf(outcome: Outcome): CallToolResult {
  const { _meta, content } = partsOf(outcome);
  if (outcome.kind === 'refused') return { isError: true, content: [...content], _meta };
  return { content: [...content], structuredContent: { ...outcome.reply.value }, _meta };
}

/** The same as JSON, with what the protocol adds to every result; the API's own text is passed on as it is. */
export function resultText(outcome: Outcome, server: object): string {
  const { _meta, content } = partsOf(outcome);
  const named = JSON.stringify({ ..._meta, 'io.modelcontextprotocol/serverInfo': server });
  const rest = outcome.kind === 'refused' ? '"isError":true' : `"structuredContent":${outcome.reply.text}`;
  return `{"_meta":${named},"content":${JSON.stringify(content)},${rest},"resultType":"complete"}`;
}

type Content = CallToolResult['content'];

interface Parts {
  readonly content: Content;
  readonly _meta: Record<string, unknown>;
}

/** A model reads the text; a problem itself is in `_meta`, for programs: structured content is for what was asked for. */
function partsOf(outcome: Outcome): Parts {
  const { provenance } = outcome;
  if (outcome.kind === 'refused') {
    const text = problemText(outcome.problem, provenance);
    return { content: [{ type: 'text', text }], _meta: { [PROVENANCE]: provenance, [PROBLEM]: outcome.problem } };
  }
  const { reply, links } = outcome;
  const linked = links.map((link) => ({ type: 'resource_link', mimeType: 'application/json', ...link }) as const);
  return { content: [{ type: 'text', text: reply.text }, ...linked], _meta: { [PROVENANCE]: provenance } };
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
