/** One connection through the proxy: two lanes of bytes, each of which passes them on as the fault of the moment has it. */
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  | { readonly kind: 'none' }
  /** Every byte arrives so much later, both ways; how many pass per second stays. */
  | { readonly kind: 'delay'; readonly byMs: number }
  /** A black hole: connections stay and are taken, nothing passes either way. */
  | { readonly kind: 'hang' }
  /** So many bytes at a time, both ways, each in a write of its own. */
  | { readonly kind: 'slice'; readonly bytes: number }
  /** A connection is reset (RST) in the middle of an answer, once so many bytes of answers have passed since this fault was set. */
  | { readonly kind: 'reset'; readonly afterAnswerBytes: number }
  /** Open connections are reset and new ones refused. */
  | { readonly kind: 'refuse' };

export interface Counts {
  connections: number;
  /** From clients to the target. */
  bytesUp: number;
  /** Answers. */
  bytesDown: number;
  /** How often the fault changed what would have happened: pieces delayed, held or sliced, connections ended. */
  bites: number;
}

interface Piece {
  readonly bytes: Buffer;
  readonly arrivedMs: number;
}

/** What a lane holds before its sender has to wait. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;

const READ_WITHIN_MS = 20;

export class Link {
  readonly closed: Promise<unknown>;
  readonly #sockets: readonly [client: Socket, target: Socket];
  readonly #counts: Counts;
  #fault: Fault = { kind: 'none' };
  #held: (() => void)[] = [];
  #answerBytes = 0;

  constructor(client: Socket, target: Socket, counts: Counts) {
    this.#sockets = [client, target];
    this.#counts = counts;
    const ends = this.#sockets.map((socket) => {
      socket.setNoDelay(true);
      // The trouble of one end is the other end's to see, not ours; an end in order passes through its lane.
      socket.on('error', () => {});
      socket.once('close', (hadError) => {
        if (hadError) void this.#unhung().then(() => this.reset());
      });
      return new Promise((resolve) => socket.once('close', resolve));
    });
    this.closed = Promise.all(ends);
    this.#lane(client, target, 'bytesUp');
    this.#lane(target, client, 'bytesDown');
  }

  setFault(fault: Fault): void {
    this.#fault = fault;
    this.#answerBytes = 0;
    const held = this.#held;
    this.#held = [];
    for (const release of held) release();
  }

  /** Ends it towards both without saying goodbye. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #lane(from: Socket, to: Socket, count: 'bytesUp' | 'bytesDown'): void {
    const pieces: Piece[] = [];
    let heldBytes = 0;
    let isPassing = false;
    let hasEnded = false;
    const pass = async () => {
      if (isPassing) return;
      isPassing = true;
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
        await this.#pass(piece, to, count);
        heldBytes -= piece.bytes.length;
        if (heldBytes < HELD_BYTES_MAX) from.resume();
      }
      if (hasEnded) {
        await this.#unhung();
        to.end();
      }
      isPassing = false;
    };
    from.on('data', (bytes: Buffer) => {
      pieces.push({ bytes, arrivedMs: performance.now() });
      heldBytes += bytes.length;
      if (heldBytes >= HELD_BYTES_MAX) from.pause();
      void pass();
    });
    from.once('end', () => {
      hasEnded = true;
      void pass();
    });
  }

  async #pass(piece: Piece, to: Socket, count: 'bytesUp' | 'bytesDown'): Promise<void> {
    if (this.#fault.kind === 'hang') this.#counts.bites += 1;
    await this.#unhung();
    const fault = this.#fault;
    if (fault.kind === 'delay') {
      this.#counts.bites += 1;
      const dueMs = piece.arrivedMs + fault.byMs - performance.now();
      // No timer is shorter than a millisecond, and single bytes come more quickly than that.
      if (dueMs > 0) await sleep(dueMs);
    }
    const isCutting = fault.kind === 'reset' && count === 'bytesDown';
    const bytes = isCutting
      ? piece.bytes.subarray(0, Math.max(0, fault.afterAnswerBytes - this.#answerBytes))
      : piece.bytes;
    const sizeMax = fault.kind === 'slice' ? fault.bytes : Math.max(1, bytes.length);
    for (let at = 0; at < bytes.length; at += sizeMax) {
      const slice = bytes.subarray(at, at + sizeMax);
      if (!(await written(to, slice))) return;
      this.#counts[count] += slice.length;
      if (fault.kind === 'slice') await this.#sliced();
    }
    if (count === 'bytesDown') this.#answerBytes += bytes.length;
    if (bytes.length === piece.bytes.length) return;
    this.#counts.bites += 1;
    // A client that finds a reset behind bytes it has not read may take it for an end in order.
    await sleep(READ_WITHIN_MS);
    this.reset();
  }

  /** Resolves when nothing hangs; in a black hole nobody learns even that the other end is gone. */
  async #unhung(): Promise<void> {
    while (this.#fault.kind === 'hang') await new Promise<void>((resolve) => this.#held.push(resolve));
  }

  /** A turn of the loop between two writes, so that the kernel gets them one by one. */
  async #sliced(): Promise<void> {
    this.#counts.bites += 1;
    await nextTurn();
  }
}

/** False when the socket takes no more. */
function written(to: Socket, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    if (to.destroyed || !to.writable) resolve(false);
    else to.write(bytes, (error) => resolve(error == null));
  });
}
