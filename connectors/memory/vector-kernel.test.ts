import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DotJob, PlainKernel, simdKernel, type VectorKernel } from './vector-kernel.js';

const generator = fileURLToPath(new URL('../../scripts/generate-vector-kernel.mjs', import.meta.url));

/** The greatest numbers of either sign are as likely as all others together. */
const bytes = fc.oneof(fc.constantFrom(-127, 127), fc.integer({ min: -127, max: 127 }));
const words = fc.oneof(fc.constantFrom(-32_767, 32_767), fc.integer({ min: -32_767, max: 32_767 }));
const job = fc.tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 9 })).chain(([sixteens, count]) =>
  fc.record({
    rows: fc.array(bytes, { minLength: sixteens * 16 * count, maxLength: sixteens * 16 * count }),
    query: fc.array(words, { minLength: sixteens * 16, maxLength: sixteens * 16 }),
    scales: fc.array(fc.float({ noNaN: true, min: 0, max: 1 }), { minLength: count, maxLength: count }),
  }),
);

/** Grows the memory in between, as an index does. */
function dotsOf(
  kernel: VectorKernel,
  { rows, query, scales }: { rows: readonly number[]; query: readonly number[]; scales: readonly number[] },
): Float32Array {
  kernel.grow(100_000);
  const at: DotJob = {
    rowsAt: 65_536,
    count: scales.length,
    stride: query.length,
    queryAt: 0,
    scalesAt: 2_048,
    outAt: 4_096,
  };
  new Int8Array(kernel.buffer, at.rowsAt, rows.length).set(rows);
  new Int16Array(kernel.buffer, at.queryAt, query.length).set(query);
  new Float32Array(kernel.buffer, at.scalesAt, scales.length).set(scales);
  kernel.dots(at);
  return new Float32Array(kernel.buffer.slice(at.outAt, at.outAt + 4 * scales.length));
}

describe('vector kernels', () => {
  it('give the same bits with SIMD and without', () => {
    const simd = simdKernel();
    expect(simd, 'this engine runs WebAssembly SIMD').not.toBeNull();
    fc.assert(
      fc.property(job, (given) => {
        if (simd === null) return;
        expect(dotsOf(simd, given)).toEqual(dotsOf(new PlainKernel(), given));
      }),
    );
  });

  it('hold the module that scripts/int8-dots.wat assembles to', () => {
    const { status, stderr } = spawnSync(process.execPath, [generator, '--check'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  }, 30_000);
});
