/**
 * What a handler answers with: plain data, made into a `Response` in one place (`exchange.ts`), where the headers that every
 * response carries are added. Bodies that are stored as JSON text are passed on as text.
 */

export interface Reply {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

const jsonType = 'application/json; charset=utf-8';

export function json(value: unknown, status = 200): Reply {
  return jsonText(JSON.stringify(value), {}, status);
}

export function jsonText(text: string, headers: Readonly<Record<string, string>> = {}, status = 200): Reply {
  return { kind: 'reply', status, headers: { 'content-type': jsonType, ...headers }, body: text };
}

/** JSON text of `head` with one more member, `value`, whose text is at hand. */
export function withValue(head: Readonly<Record<string, unknown>>, value: string): string {
  return `${JSON.stringify(head).slice(0, -1)},"value":${value}}`;
}
