/** What is wrong with a suite, its stream or the folder of its run: told before hours of work, one clear line each. */
import { TidemarkError } from '../../src/errors.js';

export function suiteInvalid(faults: readonly string[], advice = 'Correct the suite and run it again.'): TidemarkError {
  const [first = 'The suite is not valid.'] = faults;
  return new TidemarkError({
    code: 'suite_invalid',
    message: faults.length === 1 ? first : `the suite has ${faults.length} faults`,
    advice,
    retriable: false,
    facts: { faults },
  });
}
