import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf, type RawLine } from './lines.js';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size: number, bytesMax = 1_000) {
  const found: RawLine[] = [];
  for await (const line of linesOf(inPieces(text, size), bytesMax)) found.push(line);
  return found;
}

describe('lines of a file', () => {
  it('are the same however the bytes arrive', async () => {
    const lines = fc.array(fc.stringMatching(/^[a-zäß€ ]{0,12}$/), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (given, size) => {
        const found = await read(given.map((line) => `${line}\n`).join(''), size);
        expect(found.map(({ bytes }) => bytes.toString())).toEqual(given);
        expect(found.map(({ number }) => number)).toEqual(given.map((_, index) => index + 1));
      }),
    );
  });

  it('end with a carriage return or without, and the last one without an end', async () => {
    const found = await read('a\r\nb\nc', 2);
    expect(found.map(({ bytes }) => bytes.toString())).toEqual(['a', 'b', 'c']);
    expect(found.at(-1)?.inputBytes).toBe(6);
  });

  it('beyond the limit are marked, cut, and do not hide the next one', async () => {
    const found = await read(`${'x'.repeat(5_000)}\nnext\n`, 7, 100);
    expect(found.map(({ tooLong }) => tooLong)).toEqual([true, false]);
    expect(found[0]?.bytes.length).toBe(100);
    expect(found[1]?.bytes.toString()).toBe('next');
  });
});
