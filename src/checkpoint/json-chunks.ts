/** Lists of small things in a checkpoint: chunks of JSON arrays. Offsets and bytes are written as tagged strings. */
import { limits } from '../limits.js';

const BIGINT = '\u0000n';
const BYTES = '\u0000b';

/** Of at most `limits.checkpointChunkBytes`, but for an item that is larger alone. */
export function* jsonChunks(items: Iterable<unknown>): Generator<Buffer, void, void> {
  let texts: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const text = JSON.stringify(item, tag);
    const itemBytes = Buffer.byteLength(text) + 2;
    if (texts.length > 0 && bytes + itemBytes > limits.checkpointChunkBytes) {
      yield Buffer.from(`[${texts.join(',')}]`);
      [texts, bytes] = [[], 0];
    }
    texts.push(text);
    bytes += itemBytes;
  }
  if (texts.length > 0) yield Buffer.from(`[${texts.join(',')}]`);
}

/** What `jsonChunks` was given, item by item. */
export function itemsIn<T>(chunks: readonly Buffer[]): readonly T[] {
  return chunks.flatMap((chunk) => JSON.parse(chunk.toString('utf8'), untag) as T[]);
}

function tag(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  // A Buffer has become an object of numbers by the time `value` is given.
  const given = this[name];
  if (typeof given === 'bigint') return `${BIGINT}${given}`;
  if (given instanceof Uint8Array) return `${BYTES}${Buffer.from(given).toString('base64')}`;
  // A text that looks like a tag would be read as one.
  return typeof given === 'string' && given.startsWith('\u0000') ? `\u0000s${given}` : value;
}

function untag(_name: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('\u0000')) return value;
  const rest = value.slice(2);
  if (value.startsWith(BIGINT)) return BigInt(rest);
  return value.startsWith(BYTES) ? new Uint8Array(Buffer.from(rest, 'base64')) : rest;
}
