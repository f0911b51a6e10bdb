/** What an index that cannot be asked in time rejects with: answers are then marked, or refused where the caller wants that. */
import { TidemarkError } from '../errors.js';

export function indexUnavailable(cause?: unknown): TidemarkError {
  return new TidemarkError({
    code: 'index_unavailable',
    message: 'the retrieval index cannot be asked',
    advice: 'Try again; when it lasts, see that the index is up and that this service reaches it.',
    retriable: true,
    cause,
  });
}

export function isIndexUnavailable(error: unknown): boolean {
  return error instanceof TidemarkError && error.code === 'index_unavailable';
}
