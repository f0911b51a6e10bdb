/** Which interaction a request belongs to: the member of the body, else the header. */
import type { Call } from './endpoint.js';
import { faultsOf, invalid, type Problem } from './problems.js';
import { correlationId } from './schemas.js';

type Named = { readonly kind: 'named'; readonly correlationId: string | undefined } | Problem;

/** A header that cannot be kept is refused: the records of an interaction would fall apart without a word. */
export function correlationOf({
  body,
  request,
}: Pick<Call<unknown, unknown, { readonly correlationId?: string | undefined }>, 'body' | 'request'>): Named {
  if (body.correlationId !== undefined) return { kind: 'named', correlationId: body.correlationId };
  const header = correlationId.safeParse(request.header('correlation-id'));
  if (header.success) return { kind: 'named', correlationId: header.data };
  return invalid(faultsOf(header.error, 'header').map((fault) => ({ ...fault, pointer: '/correlation-id' })));
}
