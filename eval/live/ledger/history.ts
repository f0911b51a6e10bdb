/** What was seen from outside while the ledger ran, and what lay in the engines afterwards. Checkers know nothing else. */
import { z } from 'zod';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import type { Sending } from './workload.js';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A record that the brokers have acknowledged, and when, on the one clock of all histories. */
export interface Acked extends Sending, Place {
  readonly ackedAtMs: number;
}

/** A record as it lies in its topic. */
export interface Dumped extends Place {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface Question {
  /** A reader that passes on what it was told last. */
  readonly session: string;
  readonly instance: string;
  readonly tenant: string;
  readonly account: string;
  readonly question: string | null;
  /** Whether the token of the session's last answer was passed. */
  readonly passesOn: boolean;
  /** Places of acknowledged records that were passed as tokens. */
  readonly after: readonly Place[];
  readonly maxStalenessMs: number;
  readonly askedAtMs: number;
}

/** A reply, whole. Status 0: the connection was cut. */
export interface Reply extends Question {
  readonly status: number;
  readonly text: string;
}

/** What an engine holds of one entity. A deleted one has no value. */
export interface HeldState {
  readonly offset: bigint;
  readonly version: string | null;
  readonly value: JsonObject | null;
}

export interface HeldIndex {
  /** Digest of the entity; null: a tombstone. */
  readonly hash: string | null;
  readonly isWhole: boolean;
}

/** `/v1/positions` of one instance after all was quiet. */
export interface Counted {
  readonly instance: string;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly highWatermark: string;
    readonly counts: Readonly<Record<Outcome, number>> & { readonly addsUp: boolean };
  }[];
}

export type Outcome = 'applied' | 'superseded' | 'duplicate' | 'rejected';

const jsonObject = z.custom<JsonObject>((value) => isJsonObject(value as JsonObject));

const answerSchema = z.object({
  id: z.string(),
  freshness: z.object({
    label: z.string(),
    ageMs: z.number().nullable(),
    reasons: z.array(z.object({ code: z.string() })),
  }),
  items: z.array(
    z.object({
      ref: z.string(),
      source: z.object({
        topic: z.string(),
        partition: z.number(),
        offset: z.string(),
        entityVersion: z.string().nullable(),
      }),
      value: jsonObject,
    }),
  ),
  omitted: z.array(z.object({ ref: z.string() })),
  omittedCount: z.number(),
  stamp: z.object({ through: z.record(z.string(), z.record(z.string(), z.string())) }),
  token: z.string(),
});

export type Answer = z.infer<typeof answerSchema>;

/** Undefined for what is no answer: a refusal, an account that there is not, a cut. */
export function answerOf({ status, text }: Pick<Reply, 'status' | 'text'>): Answer | undefined {
  return status === 200 ? answerSchema.parse(JSON.parse(text)) : undefined;
}

export function hasReason({ freshness }: Pick<Answer, 'freshness'>, code: string): boolean {
  return freshness.reasons.some((reason) => reason.code === code);
}

/** How far an answer has come in a partition, as it says; -1: nothing of it. */
export function throughOf({ stamp }: Pick<Answer, 'stamp'>, topic: string, partition: number): bigint {
  return BigInt(stamp.through[topic]?.[String(partition)] ?? -1);
}
