/**
 * Binary content mode of the CloudEvents HTTP protocol binding 1.0.2, section 3.1: attributes in `ce-` headers, the data is the body
 * and its media type the content type.
 */
import type { JsonObject, JsonValue } from '../domain/canonical.js';
import type { MemberFault } from './problems.js';

export type BinaryReading =
  /** No required attribute comes in a header: the body is the event. */
  | { readonly kind: 'not_binary' }
  | { readonly kind: 'event'; readonly event: JsonObject }
  | { readonly kind: 'faulty'; readonly faults: readonly MemberFault[] };

const PREFIX = 'ce-';
const requiredHeaders = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'] as const;
const ATTRIBUTE_NAME = /^[a-z0-9]+$/;
const PRINTABLE = /^[\x20-\x7e]*$/;
const QUOTED = /^"((?:[^"\\]|\\.)*)"$/;

/** `headers` by lower-case name; `data` undefined for an empty body, which only a delete may have. */
export function readBinaryEvent(
  headers: Readonly<Record<string, string | undefined>>,
  data: JsonValue | undefined,
): BinaryReading {
  if (!requiredHeaders.some((name) => headers[name] !== undefined)) return { kind: 'not_binary' };
  const attributes: [name: string, value: string][] = [];
  const faults: MemberFault[] = [];
  for (const [header, text] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX) || text === undefined) continue;
    const name = header.slice(PREFIX.length);
    const value = decoded(text);
    if (!ATTRIBUTE_NAME.test(name) || name === 'data' || name === 'datacontenttype')
      faults.push({
        in: 'header',
        pointer: `/${header.slice(0, NAME_MAX)}`,
        detail: 'is no attribute that a header carries',
      });
    else if (value === undefined)
      faults.push({ in: 'header', pointer: `/${header.slice(0, NAME_MAX)}`, detail: 'is not percent-encoded UTF-8' });
    else attributes.push([name, value]);
  }
  if (faults.length > 0) return { kind: 'faulty', faults };
  const type = headers['content-type'];
  const event = {
    ...Object.fromEntries(attributes),
    ...(type === undefined ? {} : { datacontenttype: type }),
    ...(data === undefined ? {} : { data }),
  };
  return { kind: 'event', event };
}

const NAME_MAX = 64;

/** Section 3.1.3.2: quotes and their escapes come off first, then one round of percent-decoding; what is no UTF-8 is refused. */
function decoded(text: string): string | undefined {
  if (!PRINTABLE.test(text)) return undefined;
  const bare = QUOTED.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? text;
  try {
    return decodeURIComponent(bare);
  } catch {
    return undefined;
  }
}
