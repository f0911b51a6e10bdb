/** Splits bytes into lines, without ever holding more than one line and one chunk. */

export interface RawLine {
  /** Counts from 1, as editors do. */
  readonly number: number;
  /** Without its line end. Of a line beyond the limit only the beginning is kept. */
  readonly bytes: Buffer;
  readonly tooLong: boolean;
  /** Bytes of the input up to and including this line. */
  readonly inputBytes: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export async function* linesOf(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<RawLine> {
  let number = 1;
  let inputBytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  let tooLong = false;
  const take = (bytes: Buffer): void => {
    tooLong ||= rest.length + bytes.length > bytesMax;
    if (rest.length < bytesMax) rest = Buffer.concat([rest, bytes]).subarray(0, bytesMax);
  };
  const finished = (): RawLine => {
    const bytes = rest.at(-1) === CARRIAGE_RETURN ? rest.subarray(0, -1) : rest;
    const line = { number: number++, bytes, tooLong, inputBytes };
    rest = Buffer.alloc(0);
    tooLong = false;
    return line;
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      take(bytes.subarray(start, end));
      inputBytes += end + 1 - start;
      start = end + 1;
      yield finished();
    }
    take(bytes.subarray(start));
    inputBytes += bytes.length - start;
  }
  if (rest.length > 0) yield finished();
}
