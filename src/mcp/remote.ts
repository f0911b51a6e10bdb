/** Asking a running server: what is asked in process elsewhere goes over the network, as the key's credential. */
import type { Ask, AskReply } from '../api/ask.js';
import { TidemarkError } from '../errors.js';

/** `fetched`: of the platform, unless a test has its own. Rejects with `unreachable`. */
export function askOverNetwork(url: string, key: string | undefined, fetched: typeof fetch = fetch): Ask {
  const base = url.replace(/\/+$/, '');
  return async ({ method, path, query, body, headers }): Promise<AskReply> => {
    if (path.split('/').some((segment) => segment === '.' || segment === '..')) throw unaddressable();
    const pairs = Object.entries(query ?? {}).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const search = pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
    const sent = {
      ...headers,
      accept: 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      const response = await fetched(`${base}${path}${search}`, { method, headers: sent, ...content });
      const text = await response.text();
      return { status: response.status, headers: Object.fromEntries(response.headers), body: text };
    } catch (cause) {
      throw unreachable(base, cause);
    }
  };
}

/** In an address such a segment is a step (RFC 3986 section 5.2.4, and the URL Standard, encoded or not): another one would be asked. */
function unaddressable(): TidemarkError {
  return new TidemarkError({
    code: 'request_invalid',
    message: 'an id of one or two dots cannot be asked for over the network',
    advice: 'Pass the id of something else; records with such an id can be read from the log.',
    retriable: false,
  });
}

function unreachable(base: string, cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: `no Tidemark service answers at ${base}`,
    advice: 'Ask again; if it repeats, start it with `tidemark serve`, or correct TIDEMARK_URL or --url.',
    retriable: true,
    cause,
  });
}
