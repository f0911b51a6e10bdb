/** What the service and the process with the model tell each other. */
import type { Digest } from '../../src/domain/canonical.js';
import type { Dtype, Pooling } from './settings.js';

export interface ModelChildSettings {
  readonly libraryUrl: string;
  readonly folder: string;
  readonly dtype: Dtype;
  readonly pooling: Pooling;
  readonly tokensMax: number;
  /** Of the files that the service has opened: no others are loaded, whatever lies there by now. */
  readonly digest: Digest;
}

export interface ToModel {
  /** Comes back with the answer. */
  readonly number: number;
  readonly text: string;
}

export type FromModel =
  | { readonly kind: 'ready'; readonly dimensions: number }
  /** The model cannot be loaded; nothing more comes. */
  | { readonly kind: 'unloadable'; readonly message: string }
  /** Its files are not those that were opened; nothing more comes. */
  | { readonly kind: 'exchanged' }
  | { readonly kind: 'vector'; readonly number: number; readonly vector: Float32Array }
  | { readonly kind: 'failed'; readonly number: number; readonly message: string };
