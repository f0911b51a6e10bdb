/**
 * Where checkpoints are kept: whole or not at all. What is in them is for others to say. Implementations: `connectors/file`.
 * Contract: `contract.ts` beside this file.
 */

/** A part of a checkpoint. `kind` is of the format (`format.ts`); a store only keeps it. */
export interface Chunk {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** `base`: an expired part of the log rests on it, so it is kept until another base has taken its place. */
export interface CheckpointName {
  readonly role: 'checkpoint' | 'base';
  /** Later ones have higher numbers. A base has the number of the checkpoint it was made of. */
  readonly number: number;
}

export type CheckpointReading =
  | { readonly kind: 'sound'; readonly chunks: readonly { readonly kind: number; readonly bytes: Buffer }[] }
  /** Not what was written, in whatever respect: none of it can be used. */
  | { readonly kind: 'damaged'; readonly why: string };

export interface CheckpointStore {
  /** Newest first; of equal numbers the checkpoint before the base. */
  list(): Promise<readonly CheckpointName[]>;
  /** Everything has been verified when it resolves with `sound`. Rejects only when the medium cannot be read at all. */
  read(name: CheckpointName): Promise<CheckpointReading>;
  /**
   * Durable and complete under its name when it resolves; no trace under any name when it rejects, or when the process ends before.
   * Chunks are asked for one after the other, with turns for others between. Rejects with the reason of `signal` when that aborts,
   * and with `internal` for a chunk of more than `limits.checkpointChunkBytesMax`, which is read back by nobody.
   */
  write(chunks: Iterable<Chunk>, signal: AbortSignal): Promise<CheckpointName>;
  /** Makes a checkpoint the base as well; durable when it resolves. Older bases stay until `removeBasesBefore`. */
  makeBase(checkpoint: CheckpointName): Promise<CheckpointName>;
  /** Once nothing rests on them any more. */
  removeBasesBefore(base: CheckpointName): Promise<void>;
  /** All checkpoints but the newest `count`. */
  keepNewest(count: number): Promise<void>;
}

export function textOf({ role, number }: CheckpointName): string {
  return `${role} ${number}`;
}
