/** Asking a running server: what is asked in process elsewhere goes over the network, as the key's credential. */
import type { Ask, AskReply } from '../api/ask.js';
import { TidemarkError } from '../errors.js';

/** `fetched`: of the platform, unless a test has its own. Rejects with `unreachable`. */
export function askOverNetwork(url: string, key: string | undefined, fetched: typeof fetch = fetch): Ask {
  const base = url.replace(/\/+$/, '');
  return async ({ method, path, query, body, headers }): Promise<AskReply> => {
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

function unreachable(base: string, cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: `no Tidemark service answers at ${base}`,
    advice: 'Ask again; if it repeats, start it with `tidemark serve`, or correct TIDEMARK_URL or --url.',
    retriable: true,
    cause,
  });
}
