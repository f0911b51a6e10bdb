/** The report as a file. */
import { canonicalJson } from '../../src/domain/canonical.js';
import type { Report } from '../harness/types.js';
import { rounded } from './rounded.js';

/**
 * Stable bytes: members in canonical order (RFC 8785), numbers to nine decimals, one question a line, and last what took how long, which
 * alone differs in another run of the same suite.
 */
export function reportText(report: Report): string {
  const { times, questions, ...head } = rounded(report);
  const lines = questions.map((question) => canonicalJson(question)).join(',\n');
  return `${canonicalJson(head).slice(0, -1)},\n"questions":[\n${lines}\n],\n"times":${canonicalJson(times)}}\n`;
}
