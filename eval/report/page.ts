/** The report as one page: what was asked, how good the answers were, beside the others, and every question on its own. */
import type { Report } from '../harness/types.js';
import { readAssets } from './assets.js';
import { documentOf } from './document.js';
import { reportBody } from './page-body.js';
import { pageData } from './page-data.js';

/** A whole HTML document; it loads nothing, so it may be mailed, kept and opened from a disk. */
export async function reportPage(report: Report): Promise<string> {
  const title = `${report.suite.name}: ${report.passed ? 'passed' : 'failed'} · Tidemark evaluation`;
  return documentOf({ title, data: pageData(report), body: reportBody(report) }, await readAssets('report'));
}
