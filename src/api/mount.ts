/** Something that stands beside the API at an address of its own, in the same application, and asks the API in process. */
import type { Ask } from './ask.js';
import type { ApiContext } from './context.js';
import type { Answer, Incoming } from './endpoint.js';

export interface Mount {
  readonly path: string;
  open(parts: MountParts): Mounted;
}

export interface MountParts {
  readonly context: ApiContext;
  readonly ask: Ask;
}

/** Answers requests of every method; what it throws becomes a problem. */
export type Mounted = (incoming: Incoming) => Promise<Answer>;
