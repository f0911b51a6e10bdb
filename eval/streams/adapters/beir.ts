/**
 * A folder in the layout of BEIR (Thakur et al., 2021), so that users bring their own: `corpus.jsonl` {_id, title, text},
 * `queries.jsonl` {_id, text}, `qrels/test.tsv` with a header and the columns query-id, corpus-id and score. Documents are the policies
 * of one tenant. Asked are the queries that have judgements, as in BEIR; a score of 0 or below judges a document irrelevant.
 */
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { relevantCount } from '../../metrics/judgements.js';
import type { StreamSource } from '../source.js';
import { type CollectionDocument, policyEntries } from './entries.js';
import { badData, type DataFile, jsonRows, linesOf, openFile } from './files.js';
import { questionOf } from './question.js';

const documentSchema = z.object({ _id: z.string().min(1), title: z.string().nullish(), text: z.string() });
const querySchema = z.object({ _id: z.string().min(1), text: z.string().min(1) });

const QRELS_HEADER = 'query-id\tcorpus-id\tscore';

/** Throws `suite_invalid`: a file is missing, a line is bad, an id is there twice, judgements name an unknown id, or there are none. */
export function beir(folder: string): StreamSource {
  const tenant = basename(resolve(folder));
  const documents = byId(openFile(folder, 'corpus.jsonl'), documentSchema);
  const queries = byId(openFile(folder, 'queries.jsonl'), querySchema);
  const judged = judgementsIn(openFile(folder, 'qrels/test.tsv'), { documents, queries });
  const questions = [...queries.values()].flatMap(({ _id: id, text }) => {
    const relevant = judged.get(id);
    return relevant === undefined ? [] : [questionOf({ id, tenant, text, expect: { relevant } })];
  });
  return {
    name: tenant,
    async *entries() {
      yield* policyEntries(tenant, [...documents.values()].map(documentOf));
    },
    questions: async () => questions,
  };
}

function documentOf({ _id: id, title, text }: z.infer<typeof documentSchema>): CollectionDocument {
  return { id, title: title ?? '', text };
}

function byId<Row extends { readonly _id: string }>(file: DataFile, schema: z.ZodType<Row>): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const { row, number } of jsonRows(file, schema)) {
    if (rows.has(row._id)) throw badData(file.name, `line ${number}: the id ${row._id} is there twice`);
    rows.set(row._id, row);
  }
  if (rows.size === 0) throw badData(file.name, 'holds no rows');
  return rows;
}

interface Known {
  readonly documents: ReadonlyMap<string, unknown>;
  readonly queries: ReadonlyMap<string, unknown>;
}

/** Gain by reference, by query. A score below 0 is a gain of 0, judged irrelevant; where all are, nothing is relevant, and no recall either. */
function judgementsIn(file: DataFile, known: Known): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const [header, ...lines] = linesOf(file);
  if (header?.line !== QRELS_HEADER) throw badData(file.name, 'line 1 is not the header query-id, corpus-id, score');
  const judged = new Map<string, Map<string, number>>();
  for (const { line, number } of lines) {
    const [query = '', document = '', score = ''] = line.split('\t');
    const at = `line ${number}`;
    if (!/^-?\d+$/.test(score)) throw badData(file.name, `${at}: the score is no whole number`);
    if (!known.queries.has(query)) throw badData(file.name, `${at}: no query has the id ${query}`);
    if (!known.documents.has(document)) throw badData(file.name, `${at}: no document has the id ${document}`);
    const gains = judged.get(query) ?? new Map<string, number>();
    judged.set(query, gains);
    gains.set(`policy/${document}`, Math.max(0, Number(score)));
  }
  if ([...judged.values()].every((gains) => relevantCount(gains) === 0))
    throw badData(file.name, 'judges nothing relevant');
  return judged;
}
