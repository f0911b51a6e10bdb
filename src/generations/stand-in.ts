/**
 * What a start does when the generation that is live on record cannot be opened any more: its model is gone, or by another version of
 * this service or of a library its method makes another generation. Nothing answers in its name. Where the configured method is the
 * same by name, or the setting GENERATION_LOST says so, the configured generation is promoted in its place, on record; otherwise the
 * start is refused with the ways out.
 */
import { canonicalJson } from '../domain/canonical.js';
import { TidemarkError } from '../errors.js';
import { type Generation, startedOf } from './generation.js';
import type { GenerationEvent, GenerationStarted } from './record.js';
import { isOpen, type Standing } from './standing.js';

/** Who promotes, on record. */
const BY = 'start';

export interface StandIn {
  readonly events: readonly GenerationEvent[];
  readonly notice: string;
}

export interface LostLive {
  readonly standing: Standing;
  readonly started: GenerationStarted;
  readonly trouble: TidemarkError;
  readonly configured: Generation;
  readonly whenLost: 'refuse' | 'configured' | undefined;
}

/** Throws `config_invalid` when the configured generation is not to take its place. */
export function standInFor(lost: LostLive): StandIn {
  const { standing, started, trouble, configured, whenLost } = lost;
  if (!isSameMethod(lost) && whenLost !== 'configured') throw cannotStart(lost);
  const { generation: from } = started;
  const { id: generation, methodText } = configured;
  const notice =
    `the generation ${from} (${started.method}) that was live on record cannot be opened: ${trouble.message}; ` +
    `${generation} (EMBEDDER=${methodText}) was promoted in its place`;
  return {
    events: [
      ...(isOpen(standing, generation) ? [] : [startedOf(configured, BY, 'in place of one that cannot be opened')]),
      { type: 'generation.promoted', generation, from, by: BY },
    ],
    notice,
  };
}

/** Then the difference is one of versions or files, and whoever configured it wants what the name stands for now. */
function isSameMethod({ started, configured }: LostLive): boolean {
  if (started.method !== configured.methodText) return false;
  const { model } = configured;
  // A record that does not say how its model is read goes by the configuration.
  return (
    started.model === undefined ||
    (model !== undefined && canonicalJson({ ...started.model }) === canonicalJson({ ...model }))
  );
}

function cannotStart({ started, trouble, configured }: LostLive): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `the generation ${started.generation} that is live on record (${started.method}) cannot be opened: ${trouble.message}`,
    advice:
      `Put back what it needs: ${trouble.advice} Or go on without it: ${settingsOf(started)} takes the same method as it is now, ` +
      `GENERATION_LOST=configured takes EMBEDDER=${configured.methodText}; the start writes on record that it was promoted.`,
    retriable: trouble.retriable,
    cause: trouble,
  });
}

function settingsOf({ method, model }: GenerationStarted): string {
  if (model === undefined) return `EMBEDDER=${method}`;
  const prefixes = [
    ['EMBEDDER_QUESTION_PREFIX', model.questionPrefix],
    ['EMBEDDER_PASSAGE_PREFIX', model.passagePrefix],
  ].flatMap(([name, prefix]) => (prefix === '' ? [] : [`${name}=${JSON.stringify(prefix)}`]));
  return [`EMBEDDER=${method}`, `EMBEDDER_DTYPE=${model.dtype}`, `EMBEDDER_POOLING=${model.pooling}`, ...prefixes].join(
    ' ',
  );
}
