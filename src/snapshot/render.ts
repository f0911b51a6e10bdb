/**
 * The released body: the manifest's members with each item's value put in, behind the id, before what is outside the hash. It is a
 * pure function of the manifest and the values, so replaying both replays the bytes. Values are spliced as the canonical text they
 * are stored as; nothing is parsed.
 */
import type { AuditPlaceJson } from '../audit/place.js';
import type { Digest } from '../domain/canonical.js';
import type { Manifest, ManifestText } from './manifest.js';

/** Outside the hash: what says where the release is recorded and what to wait for next. */
export interface Envelope {
  readonly token: string;
  /** Where the audit record stands; null when audit is off. */
  readonly audit: AuditPlaceJson | null;
}

export function renderBody(
  id: Digest,
  { head, fragments, tail }: ManifestText,
  values: readonly string[],
  messages: string | null = null,
): string {
  const items = fragments.map((fragment, index) => withValue(fragment, values[index] ?? 'null'));
  return listText(`{"id":"${id}",${head.slice(1)}`, items, `${tail.slice(0, -1)}${promptText(messages)}`);
}

/** An item of a manifest with the canonical text of its value. */
export function withValue(fragment: string, value: string): string {
  return `${fragment.slice(0, -1)},"value":${value}}`;
}

/** Closes a body with its envelope. */
export function withEnvelope(body: string, envelope: Envelope): string {
  return `${body}${envelopeText(envelope)}`;
}

/** Both at once, from items that have their values. */
export function renderReleased(
  { id, head, items, tail, messages }: Pick<Manifest, 'id' | 'head' | 'items' | 'tail' | 'messages'>,
  envelope: Envelope,
): string {
  const end = `${tail.slice(0, -1)}${promptText(messages)}${envelopeText(envelope)}`;
  return listText(`{"id":"${id}",${head.slice(1)}`, items, end);
}

/** Nothing where no messages were asked for: the bytes are those of before there were any. */
function promptText(messages: string | null): string {
  return messages === null ? '' : `,"prompt":{"messages":${messages}}`;
}

function envelopeText({ token, audit }: Envelope): string {
  return `,"token":${JSON.stringify(token)},"audit":${JSON.stringify(audit)}}`;
}

/** The parts with commas between them, behind `head` and before `tail`; joined in one go, which copies every character once. */
export function listText(head: string, parts: readonly string[], tail: string): string {
  const last = parts.length - 1;
  if (last < 0) return head + tail;
  const pieces = [...parts];
  pieces[0] = `${head}${pieces[0]}`;
  pieces[last] = `${pieces[last]}${tail}`;
  return pieces.join(',');
}

export function etagOf(content: Digest): string {
  return `"${content}"`;
}
