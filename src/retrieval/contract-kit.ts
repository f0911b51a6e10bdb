/** What the cases of the retrieval index's contract are written with. */
import { digestOf } from '../domain/canonical.js';
import type { EntityKey } from '../domain/entity.js';
import type { Kind } from '../domain/kinds/index.js';
import { defaultRanking } from './method.js';
import type { IndexQuery, IndexWrite, Passage } from './port.js';
import { weighQuestion } from './scorer.js';
import type { Statistics } from './statistics.js';
import { countTerms, tokenize } from './tokenizer.js';

interface WriteOptions {
  readonly tenant?: string;
  readonly kind?: Kind;
  readonly vectors?: readonly (readonly number[])[];
}

/** A present entity with one passage per text. */
export function indexWrite(
  id: string,
  revision: number,
  texts: readonly string[],
  options: WriteOptions = {},
): IndexWrite {
  const key: EntityKey = { tenant: options.tenant ?? 'acme', kind: options.kind ?? 'policy', id };
  const vectors = (options.vectors ?? []).map((vector) => Float32Array.from(vector));
  const entityHash = digestOf(`${id} ${texts.join()}`);
  return { key, entityHash, revision, passages: passagesOfTexts(texts, key), vectors };
}

export function indexDelete(id: string, revision: number): IndexWrite {
  return { ...indexWrite(id, revision, []), entityHash: null };
}

/** The first line of a text of several is its title. */
export function passagesOfTexts(
  texts: readonly string[],
  { kind, id }: Pick<EntityKey, 'kind' | 'id'> = { kind: 'policy', id: 'P' },
): Passage[] {
  return texts.map((text, n): Passage => {
    return { id: `${kind}/${id}#${n}`, text, titleChars: Math.max(0, text.indexOf('\n')), hash: digestOf(text) };
  });
}

/** Ten passages of ten terms, and each term in one of them: all terms weigh the same. */
const evenStatistics: Statistics = {
  id: digestOf('even'),
  passages: 10,
  totalLength: 100,
  documentFrequency: () => 1,
};

interface QueryOptions {
  readonly tenant?: string;
  readonly kind?: Kind;
  readonly vector?: Float32Array | null;
  readonly statistics?: Statistics;
  readonly limit?: number;
}

export function indexQuery(text: string, options: QueryOptions = {}): IndexQuery {
  const { tenant = 'acme', kind = 'policy', vector = null, statistics = evenStatistics, limit = 10 } = options;
  const question = weighQuestion({ counts: countTerms(tokenize(text)), vector }, statistics, defaultRanking);
  return { scope: { tenant, kind }, question, limit };
}
