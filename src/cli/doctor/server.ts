/** Checks of a running server, through its API. */
import { type ApiClient, ProblemError } from '../client.js';
import { objectOf, textAt } from '../json-read.js';
import { type Check, fail, failedBy, ok, warn } from './check.js';

export async function checkServer(client: ApiClient): Promise<readonly Check[]> {
  try {
    const ready = await client.get('/readyz');
    return [readyCheck(client.base, ready.status), await positionsCheck(client)];
  } catch (error) {
    return [failedBy('server', error)];
  }
}

function readyCheck(base: string, status: number): Check {
  if (status < 300) return ok('server', `${base} is ready`);
  if (status === 503)
    return warn('server', `${base} is not ready`, `Wait for it to catch up; ${base}/readyz tells how far it is.`);
  return fail('server', `${base}/readyz answers ${status}`, 'Check that this is the address of a Tidemark server.');
}

async function positionsCheck(client: ApiClient): Promise<Check> {
  try {
    const positions = await client.read('/v1/positions');
    const trouble = textAt(objectOf(objectOf(positions.state).trouble), 'kind');
    if (trouble !== '') return notBelieved(trouble);
    if (positions.totals === null) return notTold();
    const totals = objectOf(positions.totals);
    const found = `${textAt(totals, 'records')} records, each with one outcome`;
    if (totals.addsUp === true) return ok('positions', found);
    return fail(
      'positions',
      'the counters do not add up',
      'Report this with the output of `tidemark positions --partitions`.',
    );
  } catch (error) {
    if (!(error instanceof ProblemError) || (error.status !== 401 && error.status !== 403))
      return failedBy('positions', error);
    return warn(
      'positions',
      'the server asks for a key',
      'Set TIDEMARK_KEY, or TIDEMARK_KEY_FILE, to check its positions.',
    );
  }
}

function notBelieved(trouble: string): Check {
  return fail(
    'positions',
    `the server does not believe its state (${trouble}): reads are refused, events are taken`,
    'Look after the state store (STATE_URL); the server goes on by itself when it can be believed.',
  );
}

function notTold(): Check {
  return warn(
    'positions',
    'the key is not told the counts',
    'Use an operator key, or one with the scope metrics, to check that they add up.',
  );
}
