/**
 * Vectors that were made once, kept: a replay and a rebuild of known text ask no model and come out the same on a processor that
 * would give other bits. Implementations: `connectors/memory`, `connectors/file`. Contract: `vector-record.contract.ts`.
 */
import type { Digest } from '../domain/canonical.js';
import { TidemarkError } from '../errors.js';
import { type EmbedderIdentity, type EmbeddingRole, identityText } from './embedder.js';

export interface VectorKey {
  readonly role: EmbeddingRole;
  /** Digest of the text. */
  readonly hash: Digest;
}

export interface RecordedVector extends VectorKey {
  readonly vector: Float32Array;
}

export interface VectorRecord {
  /** Whose vectors these are, and no others. */
  readonly embedder: EmbedderIdentity;
  /** How many it keeps of each role, to be told. */
  readonly held: Readonly<Record<EmbeddingRole, number>>;
  /** In order; undefined where none is known. One whose bytes are damaged is not known. */
  read(keys: readonly VectorKey[]): Promise<readonly (Float32Array | undefined)[]>;
  /**
   * What is resolved is found by later reads, also after the process has died; a power loss may take the newest. What is known is not
   * written again, what does not fit the bound of the record or comes from an onlooker is not kept: then the model is asked again.
   * Rejects with `log_failed`, retriable, when the disk refuses, and for vectors of other dimensions.
   */
  write(entries: readonly RecordedVector[]): Promise<void>;
  close(): Promise<void>;
}

/** Throws `config_invalid`: vectors of another model must not be taken for those of this one. */
export function assertRecordOf(embedder: EmbedderIdentity, recorded: EmbedderIdentity): void {
  if (identityText(embedder) === identityText(recorded)) return;
  throw new TidemarkError({
    code: 'config_invalid',
    message: `the vectors on record are of the model ${recorded.id} ${recorded.revision}, not of ${embedder.id} ${embedder.revision}`,
    advice: 'Start with the model that made them (EMBEDDER), or let this model have a folder of its own.',
    retriable: false,
  });
}

/** Throws: a vector of other dimensions is another model's. */
export function assertDimensions({ dimensions }: EmbedderIdentity, entries: readonly RecordedVector[]): void {
  if (entries.every(({ vector }) => vector.length === dimensions)) return;
  throw new TidemarkError({
    code: 'internal',
    message: `a vector has other dimensions than the ${dimensions} of its model`,
    advice: 'Report this: what is recorded is untouched.',
    retriable: false,
  });
}
