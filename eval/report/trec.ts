/**
 * Runs and judgements in the formats that other programs read: TREC runs (`qid Q0 docid rank score tag`), TREC qrels (`qid 0 docid gain`)
 * and the qrels of BEIR (tab-separated `query-id corpus-id score` under a header). So trec_eval can check our figures, and its users can
 * bring theirs. In the TREC formats white space divides columns: in ids it is percent-encoded (RFC 3986), and so is the percent sign.
 */
import { TidemarkError } from '../../src/errors.js';
import type { Judgements, Ranking } from '../metrics/judgements.js';

/** Rankings by question id. */
export type Run = ReadonlyMap<string, Ranking>;
export type Qrels = ReadonlyMap<string, Judgements>;

/**
 * The score is the number of ranks from here to the end. Ours may tie, and trec_eval, which goes by scores alone, would put what ties in
 * another order than we did.
 */
export function runText(run: Run, tag: string): string {
  return linesOf(
    [...run].flatMap(([question, ranking]) =>
      ranking.map((id, at) =>
        [encoded(question), 'Q0', encoded(id), at + 1, ranking.length - at, encoded(tag)].join(' '),
      ),
    ),
  );
}

/** Orders as trec_eval does, whatever the ranks say: by score, and what ties by descending document id. */
export function readRun(text: string): Run {
  const scored = new Map<string, { id: string; score: number }[]>();
  for (const [question = '', , document = '', , scoreText = ''] of rowsOf(text, 6, 'a TREC run')) {
    const score = Number(scoreText);
    if (Number.isNaN(score)) throw invalid('a TREC run', `a score that is no number: ${scoreText}`);
    const known = scored.get(decoded(question)) ?? [];
    known.push({ id: decoded(document), score });
    scored.set(decoded(question), known);
  }
  return new Map(
    [...scored].map(([question, documents]) => {
      documents.sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));
      return [question, documents.map(({ id }) => id)];
    }),
  );
}

export function qrelsText(qrels: Qrels): string {
  return linesOf(
    [...qrels].flatMap(([question, judgements]) =>
      [...judgements].map(([id, gain]) => [encoded(question), 0, encoded(id), gain].join(' ')),
    ),
  );
}

export function readQrels(text: string): Qrels {
  return gathered(
    rowsOf(text, 4, 'TREC qrels').map(([question = '', , document = '', gain = '']) => [
      decoded(question),
      decoded(document),
      gain,
    ]),
    'TREC qrels',
  );
}

const BEIR_HEADER = 'query-id\tcorpus-id\tscore';

/** Ids stand as they are: only a tab or a line break would be read as something else, and an id with one is refused. */
export function beirQrelsText(qrels: Qrels): string {
  const rows = [...qrels].flatMap(([question, judgements]) =>
    [...judgements].map(([id, gain]) => {
      if (/[\t\r\n]/.test(question + id)) throw invalid('BEIR qrels', 'an id with a tab or a line break');
      return [question, id, gain].join('\t');
    }),
  );
  return linesOf([BEIR_HEADER, ...rows]);
}

export function readBeirQrels(text: string): Qrels {
  const [header = '', ...rows] = text.split(/\r?\n/);
  if (header !== BEIR_HEADER) throw invalid('BEIR qrels', `no header "${BEIR_HEADER.replaceAll('\t', ' ')}"`);
  const cells = rows.filter((row) => row !== '').map((row) => row.split('\t'));
  const odd = cells.findIndex((row) => row.length !== 3);
  if (odd !== -1) throw invalid('BEIR qrels', `line ${odd + 2} has not three columns`);
  return gathered(cells as [string, string, string][], 'BEIR qrels');
}

function gathered(rows: readonly [question: string, document: string, gain: string][], format: string): Qrels {
  const qrels = new Map<string, Map<string, number>>();
  for (const [question, document, gainText] of rows) {
    if (!/^-?\d{1,9}(?:\.\d{1,9})?$/.test(gainText)) throw invalid(format, `a gain that is no number: ${gainText}`);
    const judgements = qrels.get(question) ?? new Map<string, number>();
    qrels.set(question, judgements.set(document, Number(gainText)));
  }
  return qrels;
}

function rowsOf(text: string, columns: number, format: string): readonly (readonly string[])[] {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.flatMap((row, at) => {
    if (row.length === 1 && row[0] === '') return [];
    if (row.length !== columns) throw invalid(format, `line ${at + 1} has ${row.length} columns and not ${columns}`);
    return [row];
  });
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function encoded(id: string): string {
  return id.replaceAll(/[\s%\p{Cc}]/gu, (character) => encodeURIComponent(character));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Of another program, which encodes nothing.
    return text;
  }
}

function invalid(format: string, what: string): TidemarkError {
  const advice = 'Repair the file; the formats are those of trec_eval and BEIR.';
  return new TidemarkError({ code: 'suite_invalid', message: `${format} with ${what}`, advice, retriable: false });
}
