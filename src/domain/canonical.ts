/** Canonical JSON (RFC 8785) and the digests taken over it. */
import { createHash, hash as oneShotHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { orderedText } from './canonical-text.js';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** `sha256-` and 64 lower-case hex digits. */
export type Digest = `sha256-${string}`;

/**
 * RFC 8785 text of a value. Throws on what the format cannot hold (NaN, infinities, lone surrogates): callers parse first. Values of
 * classes and what has no JSON form are the library's to convert or to refuse.
 */
export function canonicalJson(value: unknown): string {
  const text = orderedText(value) ?? canonicalize(value);
  if (text === undefined) throw new Error('value has no JSON form');
  return text;
}

// `crypto.hash` (Node 20.12) is faster than createHash for short input: 2.3 M/s against 1.4 M/s of 400 B.
export function sha256Hex(content: string | Uint8Array): string {
  return oneShotHash('sha256', content, 'hex');
}

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256-${sha256Hex(content)}`;
}

/** Digest over parts without joining them first; a newline separates them, so parts must hold none. */
export function digestOfLines(lines: Iterable<string>): Digest {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return `sha256-${hash.digest('hex')}`;
}

/** The form of a digest. */
export const DIGEST = /^sha256-[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}
