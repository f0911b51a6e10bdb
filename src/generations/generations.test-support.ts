/** Records of generations for tests. */
import { type GenerationEvent, type GenerationIdentity, type GenerationStarted, generationId } from './record.js';

export function identityOf(name: string): GenerationIdentity {
  return { generation: `words+${name}`, embedder: null, ranking: 'ranking-1' };
}

export const idOf = (name: string): string => generationId(identityOf(name));

export function started(name: string): GenerationStarted {
  const index = identityOf(name);
  const facts = { method: name, passages: 'p', reason: null, by: 'one' };
  return { type: 'generation.started', generation: generationId(index), index, ...facts };
}

export function promoted(name: string, from: string): GenerationEvent {
  return { type: 'generation.promoted', generation: idOf(name), from: idOf(from), by: 'one' };
}

export function dropped(name: string): GenerationEvent {
  return { type: 'generation.dropped', generation: idOf(name), by: 'one' };
}
