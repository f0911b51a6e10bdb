/** What is wrong and was found out by trying. */
import { TidemarkError } from '../errors.js';

/** Of a configuration that only an engine could find wrong: the program ends as one that has failed, not as one used wrongly. */
export function asTried(error: unknown): unknown {
  if (!(error instanceof TidemarkError) || error.code !== 'config_invalid') return error;
  const { message, advice, facts } = error;
  return new TidemarkError({ code: 'log_failed', message, advice, facts, retriable: false, cause: error });
}
