/**
 * A key on each node, given when contents begin: a node that was emptied lacks it. Its tag is chosen so that its slot is the node's. When
 * slots are moved another key is looked for and not found, and everything begins anew: that is rare, and safe.
 */
import { encodeText } from './layout.js';

/** Redis Cluster has so many slots (Redis Cluster specification, "Key distribution model"). */
const SLOTS = 16_384;
/** More than enough to meet every node of the largest cluster that Redis recommends, 1,000. */
const NAMES_MAX = 200_000;

/** CRC-16/XMODEM of the tag, modulo the number of slots (the specification's appendix A). */
export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc % SLOTS;
}

/** For each node the key it is to have. Throws when a node serves no slot that a name was found for. */
export function nodeMarks(
  root: { readonly prefix: string; readonly contents: string },
  nodes: readonly string[],
  nodeOf: (slot: number) => string | undefined,
): ReadonlyMap<string, string> {
  const wanted = new Set(nodes);
  const found = new Map<string, string>();
  for (let n = 0; n < NAMES_MAX && found.size < wanted.size; n++) {
    const tag = `${encodeText(root.prefix)}:${root.contents}:n:${n}`;
    const node = nodeOf(slotOf(tag));
    if (node !== undefined && wanted.has(node) && !found.has(node)) found.set(node, `{${tag}}`);
  }
  return found;
}
