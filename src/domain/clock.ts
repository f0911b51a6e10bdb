/** Time as a port. Wall time is stamped and compared with validity windows; only monotonic time measures ages and deadlines. */
export interface Clock {
  /** Milliseconds since 1970 UTC. May jump. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start. Never goes back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
