/** What the programs that are measured on Kafka are told, and what they tell. */

/** Of a bare consumer. It ends by itself when it has seen so many records; null: never. */
export interface ConsumerPlan {
  readonly servers: readonly string[];
  readonly topic: string;
  readonly count: number | null;
}

/** Of one that writes each record into Redis by a script of its own. */
export interface EvalshaPlan extends ConsumerPlan {
  readonly count: number;
  /** `host:port` */
  readonly redis: string;
}

/** Sent to the process that measures. Times are milliseconds since 1970 with fractions, as `nowMs` has them. */
export type Told =
  /** The first record has come off the wire. */
  | { readonly kind: 'first'; readonly atMs: number }
  /** So many records are done with, all in all. */
  | { readonly kind: 'done'; readonly count: number; readonly atMs: number }
  /** Records of probes are visible to whoever reads them by their keys. */
  | { readonly kind: 'visible'; readonly ids: readonly string[]; readonly atMs: number }
  /** It takes part, and has what was there. */
  | { readonly kind: 'ready' };

/** Records whose ids begin with this are told of one by one. */
export const PROBE = 'probe-';

/** One clock for all processes of a machine. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export function tell(told: Told): void {
  process.send?.(told);
}
