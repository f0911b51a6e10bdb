/** What a run leaves in its folder beside its answers: all of it a function of the report alone. */
import type { QuestionReport, Report } from '../harness/types.js';
import { baselineOf, baselineText } from './baseline.js';
import { reportText } from './json.js';
import { junitText } from './junit.js';
import { reportPage } from './page.js';
import { qrelsText, runText } from './trec.js';

/**
 * Texts by file name. The TREC files are those that trec_eval takes: `trec_eval -c qrels.trec run.trec`; with
 * `-c` a question that nothing was found for counts 0, as it does here, and is not left out.
 */
export async function reportFiles(report: Report): Promise<ReadonlyMap<string, string>> {
  const judged = report.questions.filter(({ relevant }) => relevant !== null);
  const trec: [string, string][] = [
    ['run.trec', runText(new Map(judged.map(({ id, ranking }) => [id, ranking.map(({ ref }) => ref)])), 'tidemark')],
    ['qrels.trec', qrelsText(new Map(judged.map((question) => [question.id, gainsOf(question)])))],
  ];
  return new Map([
    ['report.json', reportText(report)],
    ['report.html', await reportPage(report)],
    ['junit.xml', junitText(report)],
    // To be committed, and named by a suite: what the next run is compared with.
    ['baseline.json', baselineText(baselineOf(report, `baseline ${report.setup.name}`))],
    ...(judged.length === 0 ? [] : trec),
  ]);
}

function gainsOf({ relevant }: QuestionReport): ReadonlyMap<string, number> {
  return new Map(Object.entries(relevant ?? {}));
}
