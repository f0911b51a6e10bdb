/**
 * What the records of generations come to: which are open and which one is live. A pure fold in the order of the topic, so that every
 * instance comes to the same, whoever wrote at once.
 */
import { unreachable } from '../errors.js';
import type { GenerationEvent, GenerationStarted } from './record.js';

export interface KnownGeneration {
  readonly started: GenerationStarted;
  /** When the log took the record, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** A dropped one is known by what it was: it can be started again. */
  readonly status: 'open' | 'dropped';
}

export interface Standing {
  readonly known: ReadonlyMap<string, KnownGeneration>;
  /** Null: nothing was ever promoted, and the configured one is live. */
  readonly live: string | null;
  /** The one that was live before: what a rollback goes to. Null: none, or it was dropped. */
  readonly former: string | null;
}

export const nothingRecorded: Standing = { known: new Map(), live: null, former: null };

/** The standing itself where the event changes nothing, because another came before it. */
export function standingAfter(standing: Standing, event: GenerationEvent, atMs: number): Standing {
  switch (event.type) {
    case 'generation.started':
      if (isOpen(standing, event.generation) || !hasRoom(standing, event)) return standing;
      return withKnown(standing, { started: event, startedAtMs: atMs, status: 'open' });
    case 'generation.promoted': {
      const { generation, from } = event;
      if (!isOpen(standing, generation) || generation === standing.live || generation === from) return standing;
      if (standing.live !== null && standing.live !== from) return standing;
      return { ...standing, live: generation, former: isOpen(standing, from) ? from : null };
    }
    case 'generation.dropped': {
      const known = standing.known.get(event.generation);
      if (known?.status !== 'open' || event.generation === standing.live) return standing;
      const former = standing.former === event.generation ? null : standing.former;
      return { ...withKnown(standing, { ...known, status: 'dropped' }), former };
    }
    default:
      return unreachable(event);
  }
}

export function isOpen({ known }: Standing, generation: string): boolean {
  return known.get(generation)?.status === 'open';
}

/** By its place on record, so that of several that were asked for at once all instances refuse the same. */
function hasRoom(standing: Standing, { openMax }: GenerationStarted): boolean {
  return openMax === undefined || openCount(standing) < openMax;
}

export function openCount({ known }: Standing): number {
  return [...known.values()].filter(({ status }) => status === 'open').length;
}

function withKnown(standing: Standing, one: KnownGeneration): Standing {
  return { ...standing, known: new Map([...standing.known, [one.started.generation, one]]) };
}
