/**
 * Virtual time. Everything that happens is an event on one queue, in the order of its instant and, at one instant, of its scheduling.
 * Between two events all promise reactions run to their end: two turns of `setImmediate`, the first for the reactions, the second for
 * code that gives way to them by `setImmediate` itself (`src/domain/within.ts`). Immediates and reactions are first in, first out and
 * nothing real is waited for, so a run depends on its seed alone.
 */
import { Trace } from './trace.js';

interface Event {
  readonly dueMs: number;
  readonly place: number;
  act(): void;
}

export class Scheduler {
  readonly trace: Trace;
  /** What the wall clock has jumped by so far. */
  wallSkewMs = 0;
  /** A binary heap: the earliest event is first. */
  readonly #heap: Event[] = [];
  /** Listeners of sleepers that nothing will wake: a signal that is listened to is never collected. */
  readonly #sleepers = new Set<() => void>();
  #nowMs = 0;
  #placed = 0;
  #steps = 0;

  constructor(linesKept: number) {
    this.trace = new Trace(linesKept);
  }

  /** Milliseconds since the run began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Calls `act` in `ms` milliseconds. */
  after(ms: number, act: () => void): void {
    this.#push({ dueMs: this.#nowMs + ms, place: this.#placed++, act });
  }

  /** Calls `wake` in `ms` milliseconds, or when `signal` aborts, whichever is first; each once. */
  wakeAfter(ms: number, signal: AbortSignal, act: { onTime(wake: () => void): void; wake(): void }): void {
    const release = () => {
      signal.removeEventListener('abort', wake);
      this.#sleepers.delete(release);
    };
    const wake = () => {
      release();
      act.wake();
    };
    this.#sleepers.add(release);
    this.after(ms, () => act.onTime(wake));
    signal.addEventListener('abort', wake, { once: true });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  note(line: string): void {
    this.trace.add(`${this.#nowMs.toFixed(3)} ${line}`);
  }

  /** One event after the other, until `isOver` or nothing is left to happen. */
  async run(isOver: () => boolean): Promise<void> {
    await settled();
    while (!isOver()) {
      const event = this.#pop();
      if (event === undefined) return;
      this.#nowMs = event.dueMs;
      this.#steps++;
      event.act();
      await settled();
    }
  }

  /** After the run: who still sleeps is forgotten. */
  end(): void {
    for (const release of this.#sleepers) release();
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
      const below = heap[child];
      if (below === undefined || isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.dueMs === b.dueMs ? a.place < b.place : a.dueMs < b.dueMs;
}

async function settled(): Promise<void> {
  await turn();
  await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
