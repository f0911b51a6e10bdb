/** How a command ends. */
import type { JsonObject } from '../domain/canonical.js';
import { TidemarkError } from '../errors.js';
import { ProblemError } from './client.js';
import { objectOf, scalarText } from './json-read.js';
import { type Line, line, span } from './text/line.js';

export const exitCodes = {
  ok: 0,
  /** It failed, or the answer is no: not found, superseded, not a match. */
  failed: 1,
  /** Wrong usage or configuration: nothing was tried. */
  usage: 2,
  /** An evaluation ran to its end, and a threshold of its suite is not met. */
  threshold: 100,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What happened, one line a fault, and what to do. */
export function errorLines(error: unknown): readonly Line[] {
  const { what, advice } = toldBy(error);
  const faults = faultsOfSuite(error).map((fault) => line([fault], 7, 2));
  return [line([span('error: ', 'bad'), what], 0, 7), ...faults, ...(advice === '' ? [] : [line([advice], 7)])];
}

const codesOfUsage: readonly string[] = ['config_invalid', 'suite_invalid'];

export function codeOf(error: unknown): ExitCode {
  return error instanceof TidemarkError && codesOfUsage.includes(error.code) ? exitCodes.usage : exitCodes.failed;
}

/** A person corrects a file by its lines; one fault alone is the message itself. */
function faultsOfSuite(error: unknown): readonly string[] {
  if (!(error instanceof TidemarkError) || error.code !== 'suite_invalid') return [];
  const { faults } = error.facts;
  return Array.isArray(faults) && faults.length > 1 ? faults.map(String) : [];
}

function toldBy(error: unknown): { readonly what: string; readonly advice: string } {
  if (error instanceof TidemarkError) return { what: error.message, advice: error.advice };
  if (error instanceof ProblemError) return toldByProblem(error);
  const what = error instanceof Error ? error.message : String(error);
  return {
    what,
    advice: 'This is not an error we foresaw: run it again with LOG_LEVEL=debug and report what it prints.',
  };
}

function toldByProblem({ problem, status, message }: ProblemError): { readonly what: string; readonly advice: string } {
  const { advice, title, errors } = problem;
  const first = Array.isArray(errors) ? errors.slice(0, 3).map(faultText) : [];
  const facts = factTexts(objectOf(problem.facts));
  const what = [message, ...first, ...(facts === '' ? [] : [`(${facts})`])].join(' · ').replace(' · (', ' (');
  if (typeof advice === 'string') return { what, advice };
  if (status === 401) return { what, advice: 'Set TIDEMARK_KEY, or TIDEMARK_KEY_FILE, to a key of this server.' };
  return { what, advice: typeof title === 'string' && title !== message ? title : '' };
}

const FACTS_SHOWN_MAX = 4;

function factTexts(facts: JsonObject): string {
  const texts = Object.entries(facts).flatMap(([name, value]) => {
    const text = scalarText(value);
    return text === undefined ? [] : [`${name}: ${text}`];
  });
  return texts.slice(0, FACTS_SHOWN_MAX).join(', ');
}

function faultText(fault: unknown): string {
  if (typeof fault === 'string') return fault;
  if (typeof fault !== 'object' || fault === null) return String(fault);
  const { pointer, detail } = fault as { pointer?: unknown; detail?: unknown };
  return `${typeof pointer === 'string' ? `${pointer}: ` : ''}${typeof detail === 'string' ? detail : ''}`;
}
