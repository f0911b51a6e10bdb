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

export interface Mounted {
  /** Of requests of every method; what it throws becomes a problem. */
  answer(incoming: Incoming): Promise<Answer>;
  /** Whether a POST with such headers gets an answer that is at hand as a whole, and so may go the short way. */
  answersWhole(header: (name: string) => string | undefined): boolean;
}
