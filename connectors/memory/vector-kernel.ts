/**
 * Dot products of 8-bit rows with a 16-bit query, sixteen at a time where WebAssembly has SIMD. Sums are exact integers, so
 * both kernels give the same bits.
 */
import { kernelBase64 } from './vector-kernel.generated.js';

/** Where everything lies in the kernel's memory, in bytes from its start. */
export interface DotJob {
  /** `count` rows of `stride` signed bytes each, one behind the other. */
  readonly rowsAt: number;
  readonly count: number;
  /** A multiple of 16. */
  readonly stride: number;
  /** `stride` signed numbers of 16 bits, such that no sum leaves 32 bits. */
  readonly queryAt: number;
  /** A 32-bit float for each row, by which its sum is multiplied. */
  readonly scalesAt: number;
  /** Gets `count` 32-bit floats. */
  readonly outAt: number;
}

export interface VectorKernel {
  /** All memory there is. Another one after `grow`. */
  readonly buffer: ArrayBuffer;
  /** Adds at least so many bytes, as zeros. */
  grow(bytes: number): void;
  dots(job: DotJob): void;
}

/** What of WebAssembly is used here; the types of Node do not have it. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface Wasm {
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly dots: WasmDots } };
  validate(bytes: Uint8Array): boolean;
}
type WasmDots = (
  ...job: [rows: number, count: number, stride: number, query: number, scales: number, out: number]
) => void;

const PAGE_BYTES = 65_536;

/** The fast kernel where the engine can run it, else the plain one. */
export function vectorKernel(): VectorKernel {
  return simdKernel() ?? new PlainKernel();
}

/** Null without WebAssembly, or without its SIMD. */
export function simdKernel(): VectorKernel | null {
  const { WebAssembly: wasm } = globalThis as { readonly WebAssembly?: Wasm };
  const bytes = Buffer.from(kernelBase64, 'base64');
  return wasm?.validate(bytes) ? new SimdKernel(wasm, bytes) : null;
}

class SimdKernel implements VectorKernel {
  readonly #memory: WasmMemory;
  readonly #dots: WasmDots;

  constructor(wasm: Wasm, bytes: Uint8Array) {
    this.#memory = new wasm.Memory({ initial: 1 });
    const imports = { tidemark: { memory: this.#memory } };
    this.#dots = new wasm.Instance(new wasm.Module(bytes), imports).exports.dots;
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  grow(bytes: number): void {
    this.#memory.grow(Math.ceil(bytes / PAGE_BYTES));
  }

  dots({ rowsAt, count, stride, queryAt, scalesAt, outAt }: DotJob): void {
    if (count > 0) this.#dots(rowsAt, count, stride, queryAt, scalesAt, outAt);
  }
}

export class PlainKernel implements VectorKernel {
  buffer = new ArrayBuffer(PAGE_BYTES);

  grow(bytes: number): void {
    const grown = new Uint8Array(this.buffer.byteLength + Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES);
    grown.set(new Uint8Array(this.buffer));
    this.buffer = grown.buffer;
  }

  dots({ rowsAt, count, stride, queryAt, scalesAt, outAt }: DotJob): void {
    const rows = new Int8Array(this.buffer, rowsAt, count * stride);
    const query = new Int16Array(this.buffer, queryAt, stride);
    const scales = new Float32Array(this.buffer, scalesAt, count);
    const out = new Float32Array(this.buffer, outAt, count);
    for (let row = 0; row < count; row++) {
      let sum = 0;
      for (let i = 0; i < stride; i++) sum += (rows[row * stride + i] ?? 0) * (query[i] ?? 0);
      // The other kernel turns the sum into a 32-bit float before it multiplies.
      out[row] = Math.fround(sum) * (scales[row] ?? 0);
    }
  }
}
