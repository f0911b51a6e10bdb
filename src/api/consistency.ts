/** The consistency a caller asks for (design section 6), with its defaults. */
import { z } from '@hono/zod-openapi';
import type { PositionVector } from '../domain/position.js';
import { decodeToken, type LogIdentity, mergeTokens } from '../domain/token.js';
import { limits } from '../limits.js';
import type { Consistency } from '../snapshot/request.js';
import { tokenList } from './schemas.js';

export const consistencySchema = z
  .strictObject({
    level: z.enum(['fastest', 'at_least', 'latest']).default('fastest'),
    tokens: tokenList.default([]),
    maxStalenessMs: z.int().min(0).max(limits.maxStalenessMsMax).default(limits.maxStalenessMsDefault),
    deadlineMs: z.int().min(0).max(limits.deadlineMsMax).default(limits.deadlineMsDefault),
    onViolation: z.enum(['wait', 'mark', 'refuse']).optional(),
  })
  .refine(({ level, tokens }) => level !== 'at_least' || tokens.length > 0, {
    path: ['tokens'],
    error: 'at_least needs a token to be at least as new as',
  })
  .openapi('Consistency', {
    description:
      '`fastest` answers from what is applied now, `at_least` first covers the tokens, `latest` first covers the end of the log as ' +
      'of the request. `onViolation` defaults to `mark` for `fastest` and to `wait` for the others. With `asOf` only `deadlineMs` and ' +
      '`onViolation: refuse` matter: half a past is none, so it is never marked.',
  });

export type ConsistencyInput = z.output<typeof consistencySchema>;

/** Throws what a bad token throws. */
export function asOfOf(identity: LogIdentity, token: string | undefined): PositionVector | null {
  return token === undefined ? null : decodeToken(identity, token);
}

/** Throws what a bad token throws. */
export function consistencyOf(identity: LogIdentity, asked: ConsistencyInput | undefined): Consistency {
  if (asked === undefined) return asFast;
  const { level, tokens, maxStalenessMs, deadlineMs } = asked;
  const onViolation = asked.onViolation ?? (level === 'fastest' ? 'mark' : 'wait');
  return { level, atLeast: mergeTokens(identity, tokens), maxStalenessMs, deadlineMs, onViolation };
}

const asFast: Consistency = {
  level: 'fastest',
  atLeast: new Map(),
  maxStalenessMs: limits.maxStalenessMsDefault,
  deadlineMs: limits.deadlineMsDefault,
  onViolation: 'mark',
};
